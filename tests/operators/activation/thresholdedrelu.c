/* ThresholdedRelu against x above alpha, otherwise 0. */
#include "tests/operators/harness.h"

static double alpha;

static double thresholded_relu(double x)
{
    return x > alpha ? x : 0; /* of NaN too */
}

static void reference(struct harness_call *call)
{
    alpha = (double)harness_attr_float(call, "alpha", 1);
    harness_map(call, thresholded_relu);
}

void test_thresholdedrelu(void)
{
    CHECK_OP(.op = "ThresholdedRelu", .opsets = {10, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference, .ulp = 0.51);
    CHECK_OP(.op = "ThresholdedRelu", .opsets = {10, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference, .ulp = 0.51);
    CHECK_OP(.op = "ThresholdedRelu", .opsets = {10, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)},
             .attributes = {ATTR_FLOAT("alpha", -2.5F)}, .reference = reference, .ulp = 0.51);
}
