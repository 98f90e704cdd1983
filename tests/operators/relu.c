/* Relu against x <= 0 ? 0 : x; of -0 it makes 0. */
#include "tests/operators/harness.h"

static double relu(double x)
{
    return x <= 0 ? 0 : x;
}

static void reference(struct harness_call *call)
{
    harness_map(call, relu);
}

void test_relu(void)
{
    CHECK_OP(.op = "Relu", .opsets = {6, 13, 14}, .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference,
             .signed_zeros = true);
    CHECK_OP(.op = "Relu", .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, 1, 5, 7)}, .reference = reference);
    CHECK_OP(.op = "Relu", .inputs = {SCALAR(HINGE_FLOAT, -9, 9)}, .reference = reference);
}
