/* Exp against exp of libm. */
#include "tests/operators/harness.h"

#include <math.h>

static double exponential(double x)
{
    return exp(x);
}

static void reference(struct harness_call *call)
{
    harness_map(call, exponential);
}

void test_exp(void)
{
    CHECK_OP(.op = "Exp", .opsets = {1, 6, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Exp", .opsets = {1, 6, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference,
             .ulp = 0.51);
}
