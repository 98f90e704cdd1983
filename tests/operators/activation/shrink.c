/* Shrink against its three cases. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    double lambda = (double)harness_attr_float(call, "lambd", 0.5F);
    double bias = (double)harness_attr_float(call, "bias", 0);
    if (!harness_is_floating(x->type)) {
        lambda = (double)(int64_t)lambda;
        bias = (double)(int64_t)bias;
    }
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const double value = harness_get(x, i);
        harness_set(y, i,
                    value < -lambda  ? value + bias
                    : value > lambda ? value - bias
                                     : 0); /* of NaN too */
    }
}

void test_shrink(void)
{
    CHECK_OP(.op = "Shrink", .opsets = {9}, .types = HARNESS_FLOATS,
             .inputs = {TENSOR(HARNESS_T, -3, 3, HARNESS_N)}, .reference = reference, .ulp = 0.51);
    CHECK_OP(.op = "Shrink", .opsets = {9}, .types = HARNESS_FLOATS,
             .attributes = {ATTR_FLOAT("lambd", 1.5F), ATTR_FLOAT("bias", 1.25F)},
             .inputs = {TENSOR(HARNESS_T, -3, 3, HARNESS_N)}, .reference = reference, .ulp = 0.51);
    CHECK_OP(.op = "Shrink", .opsets = {9}, .types = HARNESS_SIGNED,
             .attributes = {ATTR_FLOAT("lambd", 2.5F), ATTR_FLOAT("bias", 1.5F)},
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference);
    CHECK_OP(.op = "Shrink", .opsets = {9}, .types = HARNESS_UNSIGNED,
             .attributes = {ATTR_FLOAT("lambd", 2.5F), ATTR_FLOAT("bias", 1.5F)},
             .inputs = {TENSOR(HARNESS_T, 0, 9, HARNESS_N)}, .reference = reference);
    /* Below -lambd comes before above lambd where both hold. */
    CHECK_OP(.op = "Shrink", .opsets = {9}, .types = HARNESS_INTEGERS,
             .attributes = {ATTR_FLOAT("lambd", -5), ATTR_FLOAT("bias", 3)},
             .inputs = {TENSOR(HARNESS_T, 3, 9, HARNESS_N)}, .reference = reference);
}
