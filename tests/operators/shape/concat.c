/* Concat against a loop that looks up, for every element, the input it falls into. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *first = call->inputs[0];
    int64_t axis = harness_attr_int(call, "axis", 1), dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    axis = axis < 0 ? axis + first->rank : axis;
    for (int32_t d = 0; d < first->rank; d++)
        dims[d] = first->dims[d];
    for (uint32_t k = 1; k < call->n_inputs; k++)
        dims[axis] += call->inputs[k]->dims[axis];
    hinge_tensor *y = harness_output(call, 0, first->type, first->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        uint32_t k = 0;
        harness_coordinates(y, i, at);
        for (; at[axis] >= call->inputs[k]->dims[axis]; k++)
            at[axis] -= call->inputs[k]->dims[axis];
        harness_move(y, i, call->inputs[k], harness_index(call->inputs[k], at));
    }
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

void test_concat(void)
{
    for (int64_t axis = -3; axis < 3; axis++)
        CHECK_OP(.op = "Concat", .attributes = {ATTR_INT("axis", axis)},
                 .inputs = {F32(3, 4, 5), F32(3, 4, 5), F32(3, 4, 5)}, .reference = reference);
    CHECK_OP(.op = "Concat", .opsets = {7, 11, 13}, .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INT("axis", 1)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, 3, HARNESS_N, 2),
                        TENSOR(HARNESS_T, -50, 50, 3, 7, 2), TENSOR(HARNESS_T, -50, 50, 3, 0, 2)},
             .reference = reference);
    CHECK_OP(.op = "Concat", .attributes = {ATTR_INT("axis", 0)},
             .inputs = {F32(HARNESS_N), F32(5)}, .reference = reference);
    CHECK_OP(.op = "Concat", .attributes = {ATTR_INT("axis", 0)}, .inputs = {F32(HARNESS_N, 3)},
             .reference = reference);
    CHECK_OP(.op = "Concat", .attributes = {ATTR_INT("axis", 1)},
             .inputs = {F32(1, 64, 56, 56), F32(1, 32, 56, 56)}, .reference = reference);
    CHECK_OP(.op = "Concat", .attributes = {ATTR_INT("axis", 1)}, .inputs = {F32(3, 4), F32(2, 4)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 0 of input 1 is 2, not 3");
    CHECK_OP(.op = "Concat", .attributes = {ATTR_INT("axis", 2)}, .inputs = {F32(3, 4)},
             .fails = HINGE_BAD_SHAPE, .says = "axis 2");
    CHECK_OP(.op = "Concat", .attributes = {ATTR_INT("axis", 0)},
             .inputs = {F32(3), TENSOR(HINGE_INT32, 0, 1, 3)}, .fails = HINGE_BAD_MODEL,
             .says = "signature");
    CHECK_OP(.op = "Concat", .opsets = {1, 3}, .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3), TENSOR(HINGE_FLOAT, -9, 9, 2, 5)});
}
