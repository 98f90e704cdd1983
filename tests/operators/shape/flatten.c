/* Flatten: the input's elements in their order, as a matrix that splits the shape at axis. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t axis = harness_attr_int(call, "axis", 1), dims[2] = {1, 1};
    for (int32_t d = 0; d < x->rank; d++)
        dims[d >= (axis < 0 ? axis + x->rank : axis)] *= x->dims[d];
    hinge_tensor *y = harness_output(call, 0, x->type, 2, dims);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
}

void test_flatten(void)
{
    CHECK_OP(.op = "Flatten", .opsets = {7, 9, 11, 13, 21, 23}, .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, 3, HARNESS_N, 2)}, .reference = reference);
    for (int64_t axis = -3; axis <= 3; axis++)
        CHECK_OP(.op = "Flatten", .attributes = {ATTR_INT("axis", axis)},
                 .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 5, 2)}, .reference = reference);
    CHECK_OP(.op = "Flatten", .attributes = {ATTR_INT("axis", 0)},
             .inputs = {SCALAR(HINGE_FLOAT, -9, 9)}, .reference = reference);
    CHECK_OP(.op = "Flatten", .attributes = {ATTR_INT("axis", 4)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 5, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "axis 4 is not in [-3, 3]");
}
