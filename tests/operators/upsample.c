/* Upsample: nearest by whole factors against repetition, linear against its two neighbours. */
#include "tests/operators/harness.h"

static double factor(const struct harness_call *call, int32_t d)
{
    const struct harness_attribute *scales = harness_attr(call, "scales");
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

void test_upsample(void)
{
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
