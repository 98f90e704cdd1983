/* Softplus against log1p(exp(x)), arranged not to overflow. */
#include "tests/operators/harness.h"

#include <math.h>

static double softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static void reference(struct harness_call *call)
{
    harness_map(call, softplus);
}

void test_softplus(void)
{
    CHECK_OP(.op = "Softplus", .opsets = {1, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -30, 30, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Softplus", .opsets = {1, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -30, 30, HARNESS_N)}, .reference = reference,
             .ulp = 0.51);
}
