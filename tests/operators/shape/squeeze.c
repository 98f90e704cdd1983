/* Squeeze: the input's elements in their order, under the shape that each case states. */
#include "tests/operators/harness.h"

static void to_matrix(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y =
        harness_output(call, 0, x->type, 2, (const int64_t[]){x->dims[1], x->dims[3]});
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
}

static void to_scalar(struct harness_call *call)
{
    harness_move(harness_output(call, 0, call->inputs[0]->type, 0, NULL), 0, call->inputs[0], 0);
}

#define X TENSOR(HARNESS_T, -50, 50, 1, HARNESS_N, 1, 3)

void test_squeeze(void)
{
    CHECK_OP(.op = "Squeeze", .opsets = {7, 11, 12}, .types = HARNESS_SIZES,
             .attributes = {ATTR_INTS("axes", 0, 2)}, .inputs = {X}, .reference = to_matrix);
    CHECK_OP(.op = "Squeeze", .opsets = {13, 21, 23}, .types = HARNESS_ALL_SIZES,
             .inputs = {X, CONSTANT_LIST(HINGE_INT64, -2, 0)}, .reference = to_matrix);
    CHECK_OP(.op = "Squeeze", .opsets = {7, 13}, .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {TENSOR(HARNESS_T, -9, 9, 1, 4, 1, 3)}, .reference = to_matrix);
    CHECK_OP(.op = "Squeeze", .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 1)}, .reference = to_scalar);
    CHECK_OP(.op = "Squeeze",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 4), CONSTANT_LIST(HINGE_INT64, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 1 is 4, not 1");
    CHECK_OP(.op = "Squeeze",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 4), CONSTANT_LIST(HINGE_INT64, 0, -2)},
             .fails = HINGE_BAD_SHAPE, .says = "axis 0 is there twice");
    CHECK_OP(.op = "Squeeze",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 4), CONSTANT_LIST(HINGE_INT64, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "axis 2");
}
