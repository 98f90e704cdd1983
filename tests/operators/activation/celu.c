/* Celu against alpha expm1(x / alpha) below 0. */
#include "tests/operators/harness.h"

#include <math.h>

static double alpha;

static double celu(double x)
{
    return x < 0 ? alpha * expm1(x / alpha) : x;
}

static void reference(struct harness_call *call)
{
    alpha = (double)harness_attr_float(call, "alpha", 1);
    harness_map(call, celu);
}

void test_celu(void)
{
    CHECK_OP(.op = "Celu", .opsets = {12, 28},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Celu", .opsets = {12, 28},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference,
             .ulp = 0.51);
    CHECK_OP(.op = "Celu", .opsets = {12, 28},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)},
             .attributes = {ATTR_FLOAT("alpha", 2.3F)}, .reference = reference, .ulp = 1.5);
    /* Below 0 an exponential that grows, to infinity. */
    static const float alphas[] = {-1, -0.3F, -40, 1e5F};
    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++)
        CHECK_OP(.op = "Celu", .opsets = {12, 28}, .types = HARNESS_TYPE(HINGE_FLOAT),
                 .inputs = {TENSOR(HARNESS_T, -200, 200, HARNESS_N)},
                 .attributes = {ATTR_FLOAT("alpha", alphas[i])}, .reference = reference,
                 .ulp = 1.5);
}
