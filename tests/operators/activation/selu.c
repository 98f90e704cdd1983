/* Selu against gamma alpha expm1(x) below 0. */
#include "tests/operators/harness.h"

#include <math.h>

static double alpha, scale;

static double selu(double x)
{
    return scale * (x > 0 ? x : alpha * expm1(x));
}

static void reference(struct harness_call *call)
{
    alpha = (double)harness_attr_float(call, "alpha", 1.67326319217681884765625F);
    scale = (double)harness_attr_float(call, "gamma", 1.05070102214813232421875F);
    harness_map(call, selu);
}

void test_selu(void)
{
    CHECK_OP(.op = "Selu", .opsets = {1},
             .attributes = {ATTR_FLOAT("alpha", 1.5F), ATTR_FLOAT("gamma", 1.25F)},
             .types = HARNESS_FLOATS, .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)},
             .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Selu", .opsets = {6, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Selu", .opsets = {6, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference,
             .ulp = 0.51);
    CHECK_OP(.op = "Selu", .opsets = {6, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)},
             .attributes = {ATTR_FLOAT("alpha", 0.7F), ATTR_FLOAT("gamma", 1.3F)},
             .reference = reference, .ulp = 1.5);
}
