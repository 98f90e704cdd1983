/* Elu against alpha expm1(x) below 0. */
#include "tests/operators/harness.h"

#include <math.h>

static double alpha;

static double elu(double x)
{
    return x < 0 ? alpha * expm1(x) : x;
}

static void reference(struct harness_call *call)
{
    alpha = (double)harness_attr_float(call, "alpha", 1);
    harness_map(call, elu);
}

void test_elu(void)
{
    CHECK_OP(.op = "Elu", .opsets = {1, 6, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Elu", .opsets = {1, 6, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)}, .reference = reference,
             .ulp = 0.51);
    CHECK_OP(.op = "Elu", .opsets = {1, 6, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -20, 20, HARNESS_N)},
             .attributes = {ATTR_FLOAT("alpha", 1.7F)}, .reference = reference, .ulp = 1.5);
}
