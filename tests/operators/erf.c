/* Erf against erf of libm. */
#include "tests/operators/harness.h"

#include <math.h>

static double error_function(double x)
{
    return erf(x);
}

static void reference(struct harness_call *call)
{
    harness_map(call, error_function);
}

void test_erf(void)
{
    CHECK_OP(.op = "Erf", .opsets = {9, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -4, 4, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Erf", .opsets = {9, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -4, 4, HARNESS_N)}, .reference = reference, .ulp = 0.51);
}
