/* Tanh against tanh of libm. */
#include "tests/operators/harness.h"

#include <math.h>

static double hyperbolic_tangent(double x)
{
    return tanh(x);
}

static void reference(struct harness_call *call)
{
    harness_map(call, hyperbolic_tangent);
}

void test_tanh(void)
{
    CHECK_OP(.op = "Tanh", .opsets = {1, 6, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -12, 12, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Tanh", .opsets = {1, 6, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -12, 12, HARNESS_N)}, .reference = reference,
             .ulp = 0.51);
}
