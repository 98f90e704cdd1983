/* LeakyRelu against x, or alpha x below 0. */
#include "tests/operators/harness.h"

#include <math.h>

static double alpha;

static double leaky_relu(double x)
{
    return x < 0 ? alpha * x : x;
}

static void reference(struct harness_call *call)
{
    alpha = (double)harness_attr_float(call, "alpha", 0.01F);
    harness_map(call, leaky_relu);
}

void test_leakyrelu(void)
{
    CHECK_OP(.op = "LeakyRelu", .opsets = {1, 6, 16},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference, .ulp = 0.51);
    CHECK_OP(.op = "LeakyRelu", .opsets = {1, 6, 16},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference, .ulp = 0.51);
    CHECK_OP(.op = "LeakyRelu", .opsets = {1, 6, 16},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)},
             .attributes = {ATTR_FLOAT("alpha", 0.3F)}, .reference = reference, .ulp = 0.51);
}
