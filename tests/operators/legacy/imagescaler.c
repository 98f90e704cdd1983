/* ImageScaler against its formula. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *bias = harness_attr(call, "bias");
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t c = i / (x->dims[2] * x->dims[3]) % x->dims[1];
        harness_set(y, i,
                    harness_get(x, i) * (double)harness_attr_float(call, "scale", 1) +
                        (bias ? (double)bias->floats[c] : 0));
    }
}

#define SCALER(...)                                                                                \
    CHECK_OP(.op = "ImageScaler", .opsets = {1, 9}, .reference = reference, .ulp = 0.51,           \
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) |                     \
                      HARNESS_TYPE(HINGE_FLOAT16),                                                 \
             __VA_ARGS__)

void test_imagescaler(void)
{
    SCALER(.inputs = {TENSOR(HARNESS_T, -9, 9, 2, 3, 5, HARNESS_N)},
           .attributes = {ATTR_FLOATS("bias", -103.9F, 0, 7), ATTR_FLOAT("scale", 0.7F)});
    SCALER(.inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N, 1, 3, 2)},
           .attributes = {ATTR_FLOATS("bias", 5)});
    SCALER(.inputs = {TENSOR(HARNESS_T, -9, 9, 2, HARNESS_N, 3, 2)},
           .attributes = {ATTR_FLOAT("scale", 2)});
    CHECK_OP(.op = "ImageScaler", .opsets = {9}, .fails = HINGE_BAD_SHAPE, .says = "rank 3",
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3, 4, 5)});
    CHECK_OP(.op = "ImageScaler", .opsets = {9}, .fails = HINGE_BAD_SHAPE,
             .says = "bias has 2 numbers, for 3 channels",
             .attributes = {ATTR_FLOATS("bias", 1, 2)},
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 1, 3, 4, 5)});
}
