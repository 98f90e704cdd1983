/* Sigmoid against 1 / (1 + exp(-x)), for negative x as exp(x) / (1 + exp(x)). */
#include "tests/operators/harness.h"

#include <math.h>

static double sigmoid(double x)
{
    const double e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

static void reference(struct harness_call *call)
{
    harness_map(call, sigmoid);
}

void test_sigmoid(void)
{
    CHECK_OP(.op = "Sigmoid", .opsets = {1, 6, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Sigmoid", .opsets = {1, 6, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference,
             .ulp = 0.51);
}
