/* Sqrt-1, -6, -13: y = the square root of x, correctly rounded; NaN below 0. */
#include "operators/kernels/simd/simd.h"
#include "operators/op/elementwise.h"

OP_UNARY_VF32(sqrt_f32, vf32_sqrt(x))
OP_UNARY_VF64(sqrt_f64, vf64_sqrt(x))

const struct hinge_op op_sqrt[] = {
    OP_SINCE_1(.name = "Sqrt", .gradient = "dy * 0.5 / y",
               .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
               .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,
               .kernels = HINGE_KERNELS(OP_FLOATS(sqrt))),
    OP_END,
};
