/* Reshape: the input's elements in their order, under the shape that each case states. */
#include "tests/operators/harness.h"

static void under(struct harness_call *call, int32_t rank, const int64_t *dims)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output(call, 0, x->type, rank, dims);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
}

static void rows_of_six(struct harness_call *call)
{
    under(call, 2, (const int64_t[]){call->inputs[0]->dims[0], 6});
}

static void merged(struct harness_call *call)
{
    under(call, 3, (const int64_t[]){call->inputs[0]->dims[0], 3, 2});
}

static void scalar(struct harness_call *call)
{
    under(call, 0, NULL);
}

static void empty(struct harness_call *call)
{
    under(call, 3, (const int64_t[]){0, 5, 0});
}

#define X TENSOR(HARNESS_T, -50, 50, HARNESS_N, 2, 3)
#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

static void check_refusals(void)
{
    CHECK_OP(.op = "Reshape", .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_INT64, 4, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "6 elements do not fit");
    CHECK_OP(.op = "Reshape", .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_INT64, -1, -1)},
             .fails = HINGE_BAD_SHAPE, .says = "both -1");
    CHECK_OP(.op = "Reshape", .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_INT64, -1, 4)},
             .fails = HINGE_BAD_SHAPE, .says = "cannot be divided");
    CHECK_OP(.op = "Reshape", .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_INT64, -2, -3)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 0 is -2");
    CHECK_OP(.op = "Reshape", .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_INT64, 2, 3, 0)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 2 is to be copied");
    CHECK_OP(.op = "Reshape",
             .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_INT64, 0x1p62, 0x1p62, 0x1p62)},
             .fails = HINGE_BAD_SHAPE);
    CHECK_OP(.op = "Reshape", .attributes = {ATTR_INT("allowzero", 1)},
             .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_INT64, 0, -1)}, .fails = HINGE_BAD_SHAPE);
    CHECK_OP(.op = "Reshape", .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_FLOAT, 6)},
             .fails = HINGE_BAD_MODEL);
}

void test_reshape(void)
{
    CHECK_OP(.op = "Reshape", .opsets = {1, 4}, .types = HARNESS_FLOATS, .inputs = {X},
             .attributes = {ATTR_INTS("shape", -1, 3, 2)}, .reference = merged);
    CHECK_OP(.op = "Reshape", .opsets = {7, 13, 14, 19, 21, 23}, .types = HARNESS_SIZES,
             .inputs = {X, CONSTANT_LIST(HINGE_INT64, 0, 6)}, .reference = rows_of_six);
    CHECK_OP(.op = "Reshape", .opsets = {7, 14}, .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {TENSOR(HARNESS_T, -9, 9, 5, 2, 3), LIST(HINGE_INT64, -1, 6)},
             .reference = rows_of_six);
    CHECK_OP(.op = "Reshape", .inputs = {F32(4, 2, 3), CONSTANT_LIST(HINGE_INT64, 0, 3, -1)},
             .reference = merged);
    CHECK_OP(.op = "Reshape", .inputs = {F32(1, 1), {.type = HINGE_INT64, .rank = 1, .dims = {0}}},
             .reference = scalar);
    CHECK_OP(.op = "Reshape", .attributes = {ATTR_INT("allowzero", 1)},
             .inputs = {F32(2, 0), CONSTANT_LIST(HINGE_INT64, 0, 5, 0)}, .reference = empty);
    CHECK_OP(.op = "Reshape",
             .inputs = {TENSOR(HINGE_UINT4, 0, 15, 3, 2, 3), CONSTANT_LIST(HINGE_INT64, 3, 6)},
             .reference = rows_of_six);
    check_refusals();
}
