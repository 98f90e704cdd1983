/* Relu against x < 0 ? 0 : x; -0 stays -0. */
#include "tests/operators/harness.h"

static double relu(double x)
{
    return x < 0 ? 0 : x;
}

static void reference(struct harness_call *call)
{
    harness_map(call, relu);
}

void test_relu(void)
{
    CHECK_OP(.op = "Relu", .opsets = {1, 6, 13, 14}, .types = HARNESS_FLOATS,
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference,
             .signed_zeros = true);
    CHECK_OP(.op = "Relu", .opsets = {14}, .types = HARNESS_SIGNED,
             .inputs = {TENSOR(HARNESS_T, -99, 99, HARNESS_N)}, .reference = reference);
    CHECK_OP(.op = "Relu", .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, 1, 5, 7)}, .reference = reference);
    CHECK_OP(.op = "Relu", .inputs = {SCALAR(HINGE_FLOAT, -9, 9)}, .reference = reference);
}
