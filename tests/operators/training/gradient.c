/* Gradient as a node: what it may look like. What it computes is tested with the pass that does:
 * tests/passes/gradients.c. */
#include "tests/operators/harness.h"

#define GRADIENT .op = "Gradient", .domain = "ai.onnx.preview.training"
#define F32(...) TENSOR(HINGE_FLOAT, -3, 3, __VA_ARGS__)
#define F64(...) TENSOR(HINGE_DOUBLE, -3, 3, __VA_ARGS__)
#define I64(...) TENSOR(HINGE_INT64, -3, 3, __VA_ARGS__)
#define XS(...) ATTR_STRINGS("xs", __VA_ARGS__)
#define ZS(...) ATTR_STRINGS("zs", __VA_ARGS__)
#define Y ATTR_STRING("y", "y")
#define REFUSED(text) .fails = HINGE_BAD_MODEL, .says = (text)

static void nothing(struct harness_call *call)
{
    (void)harness_output_like(call, 0, call->inputs[0]);
}

void test_gradient(void)
{
    CHECK_OP(GRADIENT, .attributes = {XS("a"), ZS("b"), Y}, .unwanted = 1, .reference = nothing,
             .inputs = {F32(3), F64(2), F32(3), F64(2), F32(4)});
    CHECK_OP(GRADIENT, .attributes = {XS("a"), ZS("b"), Y},
             .inputs = {F32(3), F64(2), F32(3), F64(2), F32(4)}, .fails = HINGE_UNSUPPORTED,
             .says = "the pass expand-gradients");
    CHECK_OP(GRADIENT, .attributes = {XS("a"), Y}, .inputs = {F32(3), F32(3)},
             REFUSED("xs and zs name 1 tensors, but there are 0 inputs"));
    CHECK_OP(GRADIENT, .attributes = {XS("a"), Y}, .inputs = {F32(3), F32(3), F32(3), F32(3)},
             REFUSED("xs and zs name 1 tensors, but there are 2 inputs"));
    CHECK_OP(GRADIENT, .attributes = {{.name = "xs", .type = HINGE_ATTR_STRINGS}, Y},
             .inputs = {F32(3)}, REFUSED("xs names nothing"));
    CHECK_OP(GRADIENT, .attributes = {XS("a"), Y}, .n_outputs = 2,
             .inputs = {F32(3), F32(3), F32(4)}, REFUSED("2 outputs, but xs names 1 tensors"));
    CHECK_OP(GRADIENT, .attributes = {XS("a"), Y}, .inputs = {F32(3), F32(3), I64(4)},
             REFUSED("y is of type int64, which has no derivative"));
    CHECK_OP(GRADIENT, .attributes = {XS("a"), Y}, .inputs = {F32(3), F64(3), F32(4)},
             REFUSED("input 0 is of type float, what it stands for double"));
    CHECK_OP(GRADIENT, .attributes = {XS("a"), Y}, .inputs = {I64(3), I64(3), F32(4)},
             REFUSED("x 0 is of type int64, by which nothing is differentiated"));
}
