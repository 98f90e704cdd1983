/* Scaler against (x - offset) scale in double. */
#include "tests/operators/harness.h"

static double number(const struct harness_call *call, const char *name, int64_t i, double otherwise)
{
    const struct harness_attribute *a = harness_attr(call, name);
    return a ? (double)a->floats[(size_t)i % a->count] : otherwise;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output(call, 0, HINGE_FLOAT, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set(
            y, i, (harness_get(x, i) - number(call, "offset", i, 0)) * number(call, "scale", i, 1));
}

#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_INT64) |          \
     HARNESS_TYPE(HINGE_INT32))
#define SCALER .op = "Scaler", .domain = "ai.onnx.ml"

void test_scaler(void)
{
    CHECK_OP(SCALER, .types = TYPES, .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N, 3)},
             .attributes = {ATTR_FLOATS("offset", 1, -2, 0.5F), ATTR_FLOATS("scale", 3, 0.1F, 7)},
             .reference = reference);
    CHECK_OP(SCALER, .types = TYPES, .inputs = {TENSOR(HARNESS_T, -9, 9, 2, 3, HARNESS_N)},
             .attributes = {ATTR_FLOATS("offset", 1.5F), ATTR_FLOATS("scale", 0.3F)},
             .reference = reference);
    CHECK_OP(SCALER, .inputs = {TENSOR(HINGE_INT32, -9, 9, HARNESS_N)}, .reference = reference);
    CHECK_OP(SCALER, .inputs = {SCALAR(HINGE_FLOAT, -9, 9)},
             .attributes = {ATTR_FLOATS("offset", 2)}, .reference = reference);
    CHECK_OP(SCALER, .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 4, 3)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {ATTR_FLOATS("offset", 2, 3)}, .says = "offset has 2 numbers");
    CHECK_OP(SCALER, .inputs = {SCALAR(HINGE_FLOAT, -9, 9)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {ATTR_FLOATS("scale", 2, 3)}, .says = "scale has 2 numbers");
    CHECK_OP(SCALER, .inputs = {TENSOR(HINGE_FLOAT16, -9, 9, 4)}, .fails = HINGE_BAD_MODEL,
             .says = "signature");
}
