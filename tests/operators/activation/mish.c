/* Mish against x tanh(log1p(exp(x))). */
#include "tests/operators/harness.h"

#include <math.h>

static double mish(double x)
{
    const double softplus = (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
    return x == -INFINITY ? 0 : x * tanh(softplus);
}

static void reference(struct harness_call *call)
{
    harness_map(call, mish);
}

void test_mish(void)
{
    CHECK_OP(.op = "Mish", .opsets = {18, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -30, 30, HARNESS_N)}, .reference = reference, .ulp = 4);
    CHECK_OP(.op = "Mish", .opsets = {18, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -30, 30, HARNESS_N)}, .reference = reference,
             .ulp = 0.51);
}
