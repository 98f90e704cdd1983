/* Round-11, -22: y = the integer nearest to x, halves to the even one. */
#include "operators/kernels/simd/simd.h"
#include "operators/op/elementwise.h"

OP_UNARY_VF32(round_f32, vf32_round(x))
OP_UNARY_VF64(round_f64, vf64_round(x))

const struct hinge_op op_round[] = {
    {.name = "Round",
     .gradient = "flat:",
     .since = 11,
     .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_same,
     .kernels = HINGE_KERNELS(OP_FLOATS(round))},
    OP_END,
};
