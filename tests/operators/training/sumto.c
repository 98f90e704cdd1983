/* SumTo against a loop over the elements, each added to the one that it is broadcast from. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *shape = call->inputs[1];
    int64_t dims[HINGE_MAX_RANK];
    for (int64_t d = 0; d < hinge_count(shape); d++)
        dims[d] = harness_get_int(shape, d);
    hinge_tensor *y = harness_output(call, 0, x->type, (int32_t)hinge_count(shape), dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t at = harness_broadcast_index(x, i, y);
        harness_set(y, at, harness_get(y, at) + harness_get(x, i));
    }
}

#define SUM_TO .op = "SumTo", .domain = "ai.hinge", .opsets = {1}
#define X(...) TENSOR(HARNESS_T, -3, 3, __VA_ARGS__)
#define F32(...) TENSOR(HINGE_FLOAT, -3, 3, __VA_ARGS__)
#define SHAPE(...) LIST(HINGE_INT64, __VA_ARGS__)
#define SCALARS TENSOR(HINGE_INT64, 0, 1, 0)
#define CHECK_SUM(...)                                                                             \
    CHECK_OP(SUM_TO, .reference = reference, .types = HARNESS_FLOATS, .ulp = 1, .relative = 1e-13, \
             .absolute = 1e-12, .inputs = {__VA_ARGS__})

void test_sumto(void)
{
    CHECK_SUM(X(HARNESS_N), SHAPE(1));
    CHECK_SUM(X(HARNESS_N), SCALARS);
    CHECK_SUM(X(HARNESS_N, 3), SHAPE(3));
    CHECK_SUM(X(3, HARNESS_N), SHAPE(3, 1));
    CHECK_SUM(X(2, 3, 5, 7), SHAPE(3, 1, 7));
    CHECK_SUM(X(2, 3, 300, 2), SHAPE(2, 1, 300, 1));
    CHECK_SUM(X(2, 1, 3), SHAPE(2, 1, 3));
    CHECK_SUM(X(2, 1, 3), SHAPE(1, 3));
    CHECK_SUM(SCALAR(HARNESS_T, -3, 3), SCALARS);
    CHECK_SUM(X(0, 3), SHAPE(1, 3));
    CHECK_SUM(X(2, 0), SHAPE(1, 0));
    CHECK_OP(SUM_TO, .inputs = {F32(2, 3), SHAPE(2)}, .fails = HINGE_BAD_SHAPE,
             .says = "[2, 3] is not what [2] is broadcast to");
    CHECK_OP(SUM_TO, .inputs = {F32(3), SHAPE(1, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "[3] is not what [1, 3] is broadcast to");
}
