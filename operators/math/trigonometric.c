/* Sin-7, -22, Cos-7, -22, Tan-7, -22, Asin-7, -22, Acos-7, -22, Atan-7, -22, Sinh-9, -22, Cosh-9,
 * -22, Asinh-9, -22, Acosh-9, -22, Atanh-9, -22: those of the C library. */
#include <math.h>

#include "operators/op_elementwise.h"

#define KERNELS(name)                                                                              \
    OP_UNARY(name##_f32, float, float, name##f(x))                                                 \
    OP_UNARY(name##_f64, double, double, name(x))

KERNELS(sin)
KERNELS(cos)
KERNELS(tan)
KERNELS(asin)
KERNELS(acos)
KERNELS(atan)
KERNELS(sinh)
KERNELS(cosh)
KERNELS(asinh)
KERNELS(acosh)
KERNELS(atanh)

#define ENTRY(onnx_name, first_opset, kernel)                                                      \
    {                                                                                              \
        .name = (onnx_name), .since = (first_opset),                                               \
        .signature = "(input: T) -> (output: T); T: " OP_TYPES_FLOAT,                              \
        .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,                 \
        .kernels = HINGE_KERNELS(OP_FLOATS(kernel))                                                \
    }

const struct hinge_op op_trigonometric[] = {
    ENTRY("Sin", 7, sin),     ENTRY("Cos", 7, cos),     ENTRY("Tan", 7, tan),
    ENTRY("Asin", 7, asin),   ENTRY("Acos", 7, acos),   ENTRY("Atan", 7, atan),
    ENTRY("Sinh", 9, sinh),   ENTRY("Cosh", 9, cosh),   ENTRY("Asinh", 9, asinh),
    ENTRY("Acosh", 9, acosh), ENTRY("Atanh", 9, atanh), OP_END,
};
