/* Slice against a loop that steps from start towards end; an element outside of the input does not
 * exist. */
#include "tests/operators/harness.h"

/* starts, ends, axes, steps: from the attributes or the inputs. */
static int64_t entry(const struct harness_call *call, unsigned list, int64_t i, int64_t otherwise)
{
    static const char *const names[] = {"starts", "ends", "axes", "steps"};
    const struct harness_attribute *attribute = harness_attr(call, names[list]);
    if (attribute)
        return attribute->ints[i];
    return list + 1 < call->n_inputs && call->inputs[list + 1]
               ? harness_get_int(call->inputs[list + 1], i)
               : otherwise;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *starts = harness_attr(call, "starts");
    int64_t n = starts ? (int64_t)starts->count : hinge_count(call->inputs[1]);
    int64_t dims[HINGE_MAX_RANK], first[HINGE_MAX_RANK], step[HINGE_MAX_RANK];
    for (int32_t d = 0; d < x->rank; d++) {
        dims[d] = x->dims[d];
        first[d] = 0;
        step[d] = 1;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t axis = entry(call, 2, i, i), dim;
        axis = axis < 0 ? axis + x->rank : axis;
        dim = x->dims[axis];
        int64_t start = entry(call, 0, i, 0), end = entry(call, 1, i, 0);
        step[axis] = entry(call, 3, i, 1);
        start = start < 0 ? start + dim : start;
        end = end < 0 ? end + dim : end;
        if (start < 0) /* clamped to the first element, by the standard, when stepping back too */
            start = 0;
        if (step[axis] < 0 && start >= dim)
            start = dim - 1;
        first[axis] = start;
        dims[axis] = 0;
        for (int64_t at = start; step[axis] > 0 ? at < end : at > end; at += step[axis]) {
            if (at < 0 || at >= dim)
                break;
            dims[axis]++;
        }
    }
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK];
        harness_coordinates(y, i, at);
        for (int32_t d = 0; d < x->rank; d++)
            at[d] = first[d] + at[d] * step[d];
        harness_move(y, i, x, harness_index(x, at));
    }
}

#define X TENSOR(HARNESS_T, -50, 50, 7, HARNESS_N, 5)
#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)
#define INTS(...) CONSTANT_LIST(HINGE_INT64, __VA_ARGS__)

static void check_every_range(void)
{
    static const double bounds[] = {-0x1p62, -6, -5, -4, -1, 0, 1, 3, 4, 5, 6, 0x1p62};
    static const double steps[] = {-0x1p62, -5, -2, -1, 1, 2, 5, 0x1p62};
    size_t n_bounds = sizeof bounds / sizeof *bounds, n_steps = sizeof steps / sizeof *steps;
    for (size_t s = 0; s < n_bounds; s++)
        for (size_t e = 0; e < n_bounds; e++)
            for (size_t p = 0; p < n_steps; p++)
                CHECK_OP(.op = "Slice",
                         .inputs = {F32(2, 5), INTS(bounds[s]), INTS(bounds[e]), INTS(1),
                                    INTS(steps[p])},
                         .reference = reference);
}

static void check_refusals(void)
{
    CHECK_OP(.op = "Slice", .inputs = {F32(5), INTS(0), INTS(5), INTS(0), INTS(0)},
             .fails = HINGE_BAD_VALUE, .says = "step 0 is 0");
    CHECK_OP(.op = "Slice", .inputs = {F32(5), INTS(0), INTS(5), INTS(1)}, .fails = HINGE_BAD_SHAPE,
             .says = "axis 1");
    CHECK_OP(.op = "Slice", .inputs = {F32(5, 5), INTS(0, 0), INTS(5, 5), INTS(1, -1)},
             .fails = HINGE_BAD_SHAPE, .says = "twice");
    CHECK_OP(.op = "Slice", .inputs = {F32(5), INTS(0, 0), INTS(5)}, .fails = HINGE_BAD_SHAPE,
             .says = "differ in length");
    CHECK_OP(.op = "Slice", .inputs = {F32(5), INTS(0, 0), INTS(5, 5)}, .fails = HINGE_BAD_SHAPE,
             .says = "axis 1");
}

void test_slice(void)
{
    CHECK_OP(.op = "Slice", .opsets = {7, 9}, .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INTS("starts", 1, -4), ATTR_INTS("ends", 100, -1),
                            ATTR_INTS("axes", 0, 2)},
             .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Slice", .opsets = {7},
             .attributes = {ATTR_INTS("starts", 1, 2), ATTR_INTS("ends", 4, 7)},
             .inputs = {F32(5, 9, 3)}, .reference = reference);
    CHECK_OP(.op = "Slice", .opsets = {10, 11, 13}, .types = HARNESS_ALL_SIZES,
             .inputs = {X, INTS(5, -1), INTS(-100, -6), INTS(0, 2), INTS(-2, -1)},
             .reference = reference);
    CHECK_OP(.op = "Slice",
             .inputs = {F32(3, HARNESS_N), CONSTANT_LIST(HINGE_INT32, 1),
                        CONSTANT_LIST(HINGE_INT32, 3000000), CONSTANT_LIST(HINGE_INT32, -1)},
             .reference = reference);
    CHECK_OP(.op = "Slice",
             .inputs = {F32(5, 6), LIST(HINGE_INT64, 1), LIST(HINGE_INT64, 4), OMITTED,
                        LIST(HINGE_INT64, 2)},
             .reference = reference);
    check_every_range();
    check_refusals();
}
