/* Div-1, -6, -7, -13, -14: y = a / b, broadcast. Integers are truncated towards zero; a / 0 is 0,
 * and the least integer divided by -1 is itself, where the standard leaves both open. */
#include <math.h>

#include "operators/op/elementwise.h"

/* Of -1 the quotient is the negative, which wraps where division would trap. */
#define SIGNED_QUOTIENT(a, b) ((b) == 0 ? 0 : (b) == -1 ? (int64_t)(0 - (uint64_t)(a)) : (a) / (b))

OP_BINARY_STILL(div_f32, float, a / b)
OP_BINARY_STILL(div_f64, double, a / b)
OP_BINARY(div_i8, int8_t, int8_t, SIGNED_QUOTIENT(a, b))
OP_BINARY(div_i16, int16_t, int16_t, SIGNED_QUOTIENT(a, b))
OP_BINARY(div_i32, int32_t, int32_t, SIGNED_QUOTIENT(a, b))
OP_BINARY(div_i64, int64_t, int64_t, SIGNED_QUOTIENT(a, b))
OP_BINARY(div_u8, uint8_t, uint8_t, b == 0 ? 0 : a / b)
OP_BINARY(div_u16, uint16_t, uint16_t, b == 0 ? 0 : a / b)
OP_BINARY(div_u32, uint32_t, uint32_t, b == 0 ? 0 : a / b)
OP_BINARY(div_u64, uint64_t, uint64_t, b == 0 ? 0 : a / b)

static bool affine(const struct hinge_node *node, int32_t rank, int32_t axis, int64_t n_channels,
                   float *scale, float *shift, unsigned *input)
{
    struct op_channel_constant divisor;
    if (!op_channel_constant(node, rank, axis, n_channels, &divisor) || divisor.constant == 0)
        return false;
    for (int64_t c = 0; c < n_channels; c++) {
        scale[c] = 1 / divisor.values[c * divisor.step];
        shift[c] = 0;
        if (!isnormal(scale[c]))
            return false;
    }
    *input = divisor.input;
    return true;
}

static bool is_identity(const struct hinge_node *node)
{
    return op_is_neutral(node, 1);
}

const struct hinge_op op_div[] = {
    {.name = "Div",
     .gradient = "broadcast: dy / b | -dy * y / b",
     .since = 7,
     .signature = "(A: T, B: T) -> (C: T); T: " OP_TYPES_NUMBER,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_broadcast,
     .affine = affine,
     .is_identity = is_identity,
     .kernels = HINGE_KERNELS(OP_FLOATS(div), OP_SIGNED(div), OP_UNSIGNED(div))},
    OP_ALIGNED_ENTRY("Div", OP_TYPES_NUMBER, "T", OP_FLOATS(div), OP_SIGNED(div), OP_UNSIGNED(div)),
    OP_END,
};
