/* Binarizer against a comparison in double. */
#include "tests/operators/harness.h"

#include <math.h>

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const double threshold = (double)harness_attr_float(call, "threshold", 0);
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set(y, i, harness_get(x, i) > threshold ? 1 : 0);
}

#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_INT64) |          \
     HARNESS_TYPE(HINGE_INT32))
#define BINARIZER .op = "Binarizer", .domain = "ai.onnx.ml"

void test_binarizer(void)
{
    const float thresholds[] = {-2.5F, -2, 2, 2.5F, 1e30F, -1e30F, NAN};
    CHECK_OP(BINARIZER, .types = TYPES, .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)},
             .reference = reference);
    for (int i = 0; i < 7; i++)
        CHECK_OP(BINARIZER, .types = TYPES, .inputs = {TENSOR(HARNESS_T, -5, 5, 3, HARNESS_N)},
                 .attributes = {ATTR_FLOAT("threshold", thresholds[i])}, .reference = reference);
    CHECK_OP(BINARIZER, .inputs = {TENSOR(HINGE_FLOAT16, -9, 9, 4)}, .fails = HINGE_BAD_MODEL,
             .says = "signature");
}
