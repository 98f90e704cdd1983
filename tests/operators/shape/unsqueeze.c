/* Unsqueeze and ExpandDims: the input's elements in their order, under the shape that each case
 * states. */
#include "tests/operators/harness.h"

static void around(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y =
        harness_output(call, 0, x->type, 4, (const int64_t[]){1, x->dims[0], x->dims[1], 1});
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
}

static void behind(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y =
        harness_output(call, 0, x->type, 3, (const int64_t[]){x->dims[0], 1, x->dims[1]});
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
}

#define EXPAND(...) CHECK_OP(.op = "ExpandDims", .domain = "com.microsoft", __VA_ARGS__)

static void expand_dims(void)
{
    for (int k = 0; k < 2; k++) {
        const double axis[] = {k ? -2 : 1};
        const struct harness_tensor scalar = {.type = HINGE_INT32, .values = axis};
        EXPAND(.types = HARNESS_SIZES, .reference = behind,
               .inputs = {TENSOR(HARNESS_T, -50, 50, HARNESS_N, 3), scalar});
    }
    EXPAND(.inputs = {TENSOR(HINGE_FLOAT, -9, 9, 4, 3), CONSTANT_LIST(HINGE_INT32, -2)},
           .reference = behind);
    EXPAND(.inputs = {TENSOR(HINGE_FLOAT, -9, 9, 4, 3), CONSTANT_LIST(HINGE_INT32, 3)},
           .fails = HINGE_BAD_SHAPE, .says = "axis 3");
    EXPAND(.inputs = {TENSOR(HINGE_FLOAT, -9, 9, 4, 3), CONSTANT_LIST(HINGE_INT32, 0, 1)},
           .fails = HINGE_BAD_SHAPE, .says = "axis has 2 values, not one");
}

#define X TENSOR(HARNESS_T, -50, 50, HARNESS_N, 3)
#define F32 TENSOR(HINGE_FLOAT, -9, 9, 4, 3)

void test_unsqueeze(void)
{
    CHECK_OP(.op = "Unsqueeze", .opsets = {7, 11, 12}, .types = HARNESS_SIZES,
             .attributes = {ATTR_INTS("axes", 0, 3)}, .inputs = {X}, .reference = around);
    CHECK_OP(.op = "Unsqueeze", .opsets = {13, 21, 23}, .types = HARNESS_ALL_SIZES,
             .inputs = {X, CONSTANT_LIST(HINGE_INT64, -1, 0)}, .reference = around);
    CHECK_OP(.op = "Unsqueeze", .inputs = {F32, LIST(HINGE_INT64, 3, 0)}, .reference = around);
    CHECK_OP(.op = "Unsqueeze", .inputs = {F32, CONSTANT_LIST(HINGE_INT64, 1, -3)},
             .fails = HINGE_BAD_SHAPE, .says = "axis 1 is there twice");
    CHECK_OP(.op = "Unsqueeze", .inputs = {F32, CONSTANT_LIST(HINGE_INT64, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "axis 3");
    CHECK_OP(.op = "Unsqueeze",
             .inputs = {F32, CONSTANT_LIST(HINGE_INT64, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                           13, 14)},
             .fails = HINGE_LIMIT, .says = "rank 17");
    expand_dims();
}
