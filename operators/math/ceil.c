/* Ceil-1, -6, -13: y = the smallest integer not below x. */
#include "operators/kernels/simd/simd.h"
#include "operators/op/elementwise.h"

OP_UNARY_VF32(ceil_f32, vf32_ceil(x))
OP_UNARY_VF64(ceil_f64, vf64_ceil(x))

const struct hinge_op op_ceil[] = {
    OP_SINCE_1(.name = "Ceil",
               .gradient = "flat:", .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
               .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,
               .kernels = HINGE_KERNELS(OP_FLOATS(ceil))),
    OP_END,
};
