/* Swish against x / (1 + exp(-alpha x)). */
#include "tests/operators/harness.h"

#include <math.h>

static double alpha;

static double swish(double x)
{
    const long double gate = 1 / (1 + expl(-(long double)alpha * (long double)x));
    return gate == 0 ? 0 : (double)((long double)x * gate);
}

static void reference(struct harness_call *call)
{
    alpha = (double)harness_attr_float(call, "alpha", 1);
    harness_map(call, swish);
}

void test_swish(void)
{
    CHECK_OP(.op = "Swish", .opsets = {24},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference, .ulp = 4);
    CHECK_OP(.op = "Swish", .opsets = {24},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference,
             .ulp = 0.51);
    CHECK_OP(.op = "Swish", .opsets = {24},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)},
             .attributes = {ATTR_FLOAT("alpha", 1.702F)}, .reference = reference, .ulp = 4);
}
