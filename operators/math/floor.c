/* Floor-1, -6, -13: y = the largest integer not above x. */
#include "operators/kernels/simd/simd.h"
#include "operators/op/elementwise.h"

OP_UNARY_VF32(floor_f32, vf32_floor(x))
OP_UNARY_VF64(floor_f64, vf64_floor(x))

const struct hinge_op op_floor[] = {
    OP_SINCE_1(.name = "Floor",
               .gradient = "flat:", .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
               .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,
               .kernels = HINGE_KERNELS(OP_FLOATS(floor))),
    OP_END,
};
