/* GatherElements against a loop over the indices' coordinates. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *indices = call->inputs[1];
    int64_t axis = harness_attr_int(call, "axis", 0), at[HINGE_MAX_RANK];
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, indices->dims);
    axis = axis < 0 ? axis + x->rank : axis;
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t index = harness_get_int(indices, i);
        harness_coordinates(y, i, at);
        at[axis] = index < 0 ? index + x->dims[axis] : index;
        harness_move(y, i, x, harness_index(x, at));
    }
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

void test_gatherelements(void)
{
    CHECK_OP(.op = "GatherElements", .opsets = {11, 13}, .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INT("axis", 1)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, 3, 5, 4),
                        TENSOR(HINGE_INT64, -5, 4, 3, HARNESS_N, 2)},
             .reference = reference);
    CHECK_OP(.op = "GatherElements", .attributes = {ATTR_INT("axis", -2)},
             .inputs = {F32(300, 100), TENSOR(HINGE_INT32, 0, 299, 400, 99)},
             .reference = reference);
    CHECK_OP(.op = "GatherElements", .inputs = {F32(3), LIST(HINGE_INT64, 0, -4)},
             .fails = HINGE_BAD_VALUE, .says = "index -4 at position 1 is not in [-3, 3)");
    CHECK_OP(.op = "GatherElements", .reference = reference, .attributes = {ATTR_INT("axis", 1)},
             .inputs = {F32(3, 700), TENSOR(HINGE_INT32, -700, 699, 3, 600)});
    CHECK_OP(.op = "GatherElements", .inputs = {F32(3, 2), TENSOR(HINGE_INT64, 0, 1, 3, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 1 of the indices is 3, above 2");
    CHECK_OP(.op = "GatherElements", .inputs = {F32(3, 2), TENSOR(HINGE_INT64, 0, 1, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "indices have rank 1, the data 2");
}
