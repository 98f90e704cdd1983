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
    const float alphas[] = {0, -0.5F, 1, 1.5F, 0.1F, 1e-30F, 3e38F, INFINITY};
    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++)
        CHECK_OP(.op = "LeakyRelu", .opsets = {16}, .types = HARNESS_FLOATS,
                 .inputs = {LIST(HARNESS_T, -INFINITY, -65504, -33, -1, -1e-5, -6e-8, -0.0, 0, 6e-8,
                                 1, 65504, INFINITY, NAN)},
                 .attributes = {ATTR_FLOAT("alpha", alphas[i])}, .signed_zeros = true,
                 .reference = reference, .ulp = 0.51);
}
