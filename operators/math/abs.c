/* Abs-1, -6, -13: y = |x|. The least integer stays as it is. */
#include "operators/kernels/simd/simd.h"
#include "operators/op/elementwise.h"

/* In the type of the same width without sign, so that the least integer wraps. */
#define MAGNITUDE(type, x) ((x) < 0 ? 0U - (type)(x) : (type)(x))

OP_UNARY_VF32(abs_f32, vf32_abs(x))
OP_UNARY_VF64(abs_f64, vf64_abs(x))
OP_UNARY(abs_i8, int8_t, int8_t, MAGNITUDE(uint8_t, x))
OP_UNARY(abs_i16, int16_t, int16_t, MAGNITUDE(uint16_t, x))
OP_UNARY(abs_i32, int32_t, int32_t, MAGNITUDE(uint32_t, x))
OP_UNARY(abs_i64, int64_t, int64_t, MAGNITUDE(uint64_t, x))
OP_UNARY(abs_u8, uint8_t, uint8_t, x)
OP_UNARY(abs_u16, uint16_t, uint16_t, x)
OP_UNARY(abs_u32, uint32_t, uint32_t, x)
OP_UNARY(abs_u64, uint64_t, uint64_t, x)

const struct hinge_op op_abs[] = {
    OP_SINCE_1(.name = "Abs", .gradient = "dy * Sign(x)",
               .signature = "(X: T) -> (Y: T); T: " OP_TYPES_NUMBER,
               .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,
               .kernels = HINGE_KERNELS(OP_FLOATS(abs), OP_SIGNED(abs), OP_UNSIGNED(abs))),
    OP_END,
};
