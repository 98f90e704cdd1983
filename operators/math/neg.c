/* Neg-1, -6, -13: y = -x. The least integer stays as it is. */
#include "operators/op/elementwise.h"

OP_UNARY(neg_f32, float, float, -x)
OP_UNARY(neg_f64, double, double, -x)
OP_UNARY(neg_i8, uint8_t, uint8_t, 0U - x)
OP_UNARY(neg_i16, uint16_t, uint16_t, 0U - x)
OP_UNARY(neg_i32, uint32_t, uint32_t, 0U - x)
OP_UNARY(neg_i64, uint64_t, uint64_t, 0U - x)

const struct hinge_op op_neg[] = {
    OP_SINCE_1(.name = "Neg", .gradient = "-dy",
               .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT " " OP_TYPES_SIGNED,
               .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,
               .kernels = HINGE_KERNELS(OP_FLOATS(neg), OP_SIGNED(neg))),
    OP_END,
};
