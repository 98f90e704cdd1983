/* HardSigmoid against alpha x + beta within 0 and 1. */
#include "tests/operators/harness.h"

#include <math.h>

static double alpha, beta;

static double hard_sigmoid(double x)
{
    const double y = fma(alpha, x, beta);
    return y < 0 ? 0 : y > 1 ? 1 : y;
}

static void reference(struct harness_call *call)
{
    alpha = (double)harness_attr_float(call, "alpha", 0.2F);
    beta = (double)harness_attr_float(call, "beta", 0.5F);
    harness_map(call, hard_sigmoid);
}

void test_hardsigmoid(void)
{
    CHECK_OP(.op = "HardSigmoid", .opsets = {1, 6, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "HardSigmoid", .opsets = {1, 6, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference, .ulp = 0.51);
    CHECK_OP(.op = "HardSigmoid", .opsets = {1, 6, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)},
             .attributes = {ATTR_FLOAT("alpha", 0.7F), ATTR_FLOAT("beta", 0.1F)},
             .reference = reference, .ulp = 1.5);
}
