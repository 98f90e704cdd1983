/* Mul-1, -6, -7, -13, -14: y = a b, broadcast. Integers wrap. */
#include "operators/op/elementwise.h"

OP_BINARY_STILL(mul_f32, float, a *b)
OP_BINARY_STILL(mul_f64, double, a *b)
OP_BINARY(mul_u8, uint8_t, uint8_t, 1U * a * b)
OP_BINARY(mul_u16, uint16_t, uint16_t, 1U * a * b)
OP_BINARY(mul_u32, uint32_t, uint32_t, 1U * a * b)
OP_BINARY(mul_u64, uint64_t, uint64_t, 1U * a * b)

static bool affine(const struct hinge_node *node, int32_t rank, int32_t axis, int64_t n_channels,
                   float *scale, float *shift, unsigned *input)
{
    struct op_channel_constant constant;
    if (!op_channel_constant(node, rank, axis, n_channels, &constant))
        return false;
    for (int64_t c = 0; c < n_channels; c++) {
        scale[c] = constant.values[c * constant.step];
        shift[c] = 0;
    }
    *input = constant.input;
    return true;
}

static bool is_identity(const struct hinge_node *node)
{
    return op_is_neutral(node, 1);
}

const struct hinge_op op_mul[] = {
    {.name = "Mul",
     .gradient = "broadcast: dy * b | dy * a",
     .since = 7,
     .signature = "(A: T, B: T) -> (C: T); T: " OP_TYPES_NUMBER,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE | HINGE_OP_COMMUTES | HINGE_OP_PRODUCT,
     .infer = op_infer_broadcast,
     .affine = affine,
     .is_identity = is_identity,
     .integers = "com.microsoft::QLinearMul-1(a, b, y)",
     .kernels = HINGE_KERNELS(OP_FLOATS(mul), OP_INTEGERS_BY_WIDTH(mul))},
    OP_ALIGNED_ENTRY("Mul", OP_TYPES_NUMBER, "T", OP_FLOATS(mul), OP_INTEGERS_BY_WIDTH(mul)),
    OP_END,
};
