/* Sign-9, -13: y = -1, 0 or 1; a zero and NaN stay as they are. */
#include "operators/op/elementwise.h"

OP_UNARY(sign_f32, float, float, x > 0 ? 1 : x < 0 ? -1 : x)
OP_UNARY(sign_f64, double, double, x > 0 ? 1 : x < 0 ? -1 : x)
OP_UNARY(sign_i8, int8_t, int8_t, (x > 0) - (x < 0))
OP_UNARY(sign_i16, int16_t, int16_t, (x > 0) - (x < 0))
OP_UNARY(sign_i32, int32_t, int32_t, (x > 0) - (x < 0))
OP_UNARY(sign_i64, int64_t, int64_t, (x > 0) - (x < 0))
OP_UNARY(sign_u8, uint8_t, uint8_t, x > 0)
OP_UNARY(sign_u16, uint16_t, uint16_t, x > 0)
OP_UNARY(sign_u32, uint32_t, uint32_t, x > 0)
OP_UNARY(sign_u64, uint64_t, uint64_t, x > 0)

const struct hinge_op op_sign[] = {
    {.name = "Sign",
     .gradient = "flat:",
     .since = 9,
     .signature = "(input: T) -> (output: T); T: " OP_TYPES_NUMBER,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_same,
     .kernels = HINGE_KERNELS(OP_FLOATS(sign), OP_SIGNED(sign), OP_UNSIGNED(sign))},
    OP_END,
};
