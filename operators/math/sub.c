/* Sub-1, -6, -7, -13, -14: y = a - b, broadcast. Integers wrap. */
#include "operators/op/elementwise.h"

OP_BINARY_STILL(sub_f32, float, a - b)
OP_BINARY_STILL(sub_f64, double, a - b)
OP_BINARY(sub_u8, uint8_t, uint8_t, a - b)
OP_BINARY(sub_u16, uint16_t, uint16_t, a - b)
OP_BINARY(sub_u32, uint32_t, uint32_t, a - b)
OP_BINARY(sub_u64, uint64_t, uint64_t, a - b)

static bool affine(const struct hinge_node *node, int32_t rank, int32_t axis, int64_t n_channels,
                   float *scale, float *shift, unsigned *input)
{
    struct op_channel_constant constant;
    if (!op_channel_constant(node, rank, axis, n_channels, &constant))
        return false;
    for (int64_t c = 0; c < n_channels; c++) {
        const float value = constant.values[c * constant.step];
        scale[c] = constant.constant == 0 ? -1 : 1;
        shift[c] = constant.constant == 0 ? value : -value;
    }
    *input = constant.input;
    return true;
}

static bool is_identity(const struct hinge_node *node)
{
    return op_is_neutral(node, 0);
}

const struct hinge_op op_sub[] = {
    {.name = "Sub",
     .gradient = "broadcast: dy | -dy",
     .since = 7,
     .signature = "(A: T, B: T) -> (C: T); T: " OP_TYPES_NUMBER,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_broadcast,
     .affine = affine,
     .is_identity = is_identity,
     .kernels = HINGE_KERNELS(OP_FLOATS(sub), OP_INTEGERS_BY_WIDTH(sub))},
    OP_ALIGNED_ENTRY("Sub", OP_TYPES_NUMBER, "T", OP_FLOATS(sub), OP_INTEGERS_BY_WIDTH(sub)),
    OP_END,
};
