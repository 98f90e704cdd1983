/* Log against log of libm. */
#include "tests/operators/harness.h"

#include <math.h>

static double logarithm(double x)
{
    return log(x);
}

static void reference(struct harness_call *call)
{
    harness_map(call, logarithm);
}

void test_log(void)
{
    CHECK_OP(.op = "Log", .opsets = {1, 6, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, 0, 20, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Log", .opsets = {1, 6, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, 0, 20, HARNESS_N)}, .reference = reference, .ulp = 0.51);
}
