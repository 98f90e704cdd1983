/* Upsample: nearest by whole factors against repetition, linear against its two neighbours. */
#include "tests/operators/harness.h"

static double factor(const struct harness_call *call, int32_t d)
{
    const struct harness_attribute *scales = harness_attr(call, "scales");
    if (call->opset < 7)
        return d < 2 ? 1
                     : (double)harness_attr_float(call, d == 2 ? "height_scale" : "width_scale", 1);
    return scales ? (double)scales->floats[d] : harness_get(call->inputs[1], d);
}

static void nearest(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d] * (int64_t)factor(call, d);
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        for (int32_t d = 0; d < x->rank; d++)
            at[d] /= (int64_t)factor(call, d);
        harness_move(y, i, x, harness_index(x, at));
    }
}

/* Of a list, twice as long: the elements, and between them the means. */
static void linear(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t n = x->dims[0];
    hinge_tensor *y = harness_output(call, 0, x->type, 1, (const int64_t[]){2 * n});
    for (int64_t i = 0; i < 2 * n; i++) {
        int64_t after = (i + 1) / 2 < n ? (i + 1) / 2 : n - 1;
        harness_set(y, i, (harness_get(x, i / 2) + harness_get(x, after)) / 2);
    }
}

#define X TENSOR(HARNESS_T, -50, 50, 2, HARNESS_N, 4)
#define F32                                                                                        \
    {                                                                                              \
        .type = HINGE_FLOAT, .rank = 1, .dims = {HARNESS_N}, .low = -9, .high = 9,                 \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }

static void check_first_version(void)
{
    CHECK_OP(.op = "Upsample", .opsets = {1, 6}, .types = HARNESS_SIZES, .reference = nearest,
             .attributes = {ATTR_FLOAT("height_scale", 2), ATTR_FLOAT("width_scale", 3)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, 2, 3, HARNESS_N, 4)});
    CHECK_OP(.op = "Upsample", .opsets = {1},
             .attributes = {ATTR_FLOAT("height_scale", 1), ATTR_FLOAT("width_scale", 2),
                            ATTR_STRING("mode", "bilinear")},
             .inputs = {{.type = HINGE_FLOAT,
                         .rank = 4,
                         .dims = {1, 1, 1, 3},
                         .values = (const double[]){1, 4, 2}}},
             .expect = {{.type = HINGE_FLOAT,
                         .rank = 4,
                         .dims = {1, 1, 1, 6},
                         .values = (const double[]){1, 2.5, 4, 3, 2, 2}}});
    CHECK_OP(.op = "Upsample", .opsets = {1},
             .attributes = {ATTR_FLOAT("height_scale", 2), ATTR_FLOAT("width_scale", 3)},
             .inputs = {F32}, .fails = HINGE_BAD_SHAPE, .says = "the input has rank 1, not 4");
    CHECK_OP(.op = "Upsample", .opsets = {1},
             .attributes = {ATTR_FLOAT("height_scale", 2), ATTR_FLOAT("width_scale", 3),
                            ATTR_STRING("mode", "linear")},
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 1, 1, 2, 2)}, .fails = HINGE_BAD_MODEL,
             .says = "no mode linear");
}

void test_upsample(void)
{
    check_first_version();
    CHECK_OP(.op = "Upsample", .opsets = {7, 8}, .types = HARNESS_SIZES,
             .attributes = {ATTR_FLOATS("scales", 1, 2, 3)}, .inputs = {X}, .reference = nearest);
    CHECK_OP(.op = "Upsample", .opsets = {9}, .types = HARNESS_SIZES,
             .inputs = {X, CONSTANT_LIST(HINGE_FLOAT, 1, 3, 2)}, .reference = nearest);
    CHECK_OP(.op = "Upsample", .opsets = {7},
             .attributes = {ATTR_STRING("mode", "linear"), ATTR_FLOATS("scales", 2)},
             .inputs = {F32}, .reference = linear, .ulp = 1);
    CHECK_OP(.op = "Upsample", .opsets = {9}, .attributes = {ATTR_STRING("mode", "linear")},
             .inputs = {F32, LIST(HINGE_FLOAT, 2)}, .reference = linear, .ulp = 1);
    CHECK_OP(.op = "Upsample", .opsets = {7}, .attributes = {ATTR_FLOATS("scales", 1, 2)},
             .inputs = {F32}, .fails = HINGE_BAD_SHAPE, .says = "2 scales");
    CHECK_OP(.op = "Upsample", .opsets = {9}, .attributes = {ATTR_STRING("mode", "cubic")},
             .inputs = {F32, LIST(HINGE_FLOAT, 2)}, .fails = HINGE_BAD_MODEL, .says = "mode cubic");
}
