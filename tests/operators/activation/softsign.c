/* Softsign against x / (1 + |x|), its limits at infinity. */
#include "tests/operators/harness.h"

#include <math.h>

static double softsign(double x)
{
    return isinf(x) ? copysign(1, x) : x / (1 + fabs(x));
}

static void reference(struct harness_call *call)
{
    harness_map(call, softsign);
}

void test_softsign(void)
{
    CHECK_OP(.op = "Softsign", .opsets = {1, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Softsign", .opsets = {1, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference, .ulp = 0.51);
}
