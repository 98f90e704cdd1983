/* Add-1, -6, -7, -13, -14: y = a + b, broadcast. Integers wrap. */
#include "operators/op/elementwise.h"

OP_BINARY_STILL(add_f32, float, a + b)
OP_BINARY_STILL(add_f64, double, a + b)
OP_BINARY(add_u8, uint8_t, uint8_t, a + b)
OP_BINARY(add_u16, uint16_t, uint16_t, a + b)
OP_BINARY(add_u32, uint32_t, uint32_t, a + b)
OP_BINARY(add_u64, uint64_t, uint64_t, a + b)

static bool affine(const struct hinge_node *node, int32_t rank, int32_t axis, int64_t n_channels,
                   float *scale, float *shift, unsigned *input)
{
    struct op_channel_constant constant;
    if (!op_channel_constant(node, rank, axis, n_channels, &constant))
        return false;
    for (int64_t c = 0; c < n_channels; c++) {
        scale[c] = 1;
        shift[c] = constant.values[c * constant.step];
    }
    *input = constant.input;
    return true;
}

/* x + -0 is x, whereas -0 + 0 is 0. */
static bool is_identity(const struct hinge_node *node)
{
    const hinge_type type = node->inputs[0]->type;
    return op_is_neutral(node, type == HINGE_FLOAT || type == HINGE_DOUBLE ? -0.0 : 0);
}

const struct hinge_op op_add[] = {
    {.name = "Add",
     .gradient = "broadcast: dy | dy",
     .since = 7,
     .signature = "(A: T, B: T) -> (C: T); T: " OP_TYPES_NUMBER,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE | HINGE_OP_COMMUTES | HINGE_OP_SUM,
     .infer = op_infer_broadcast,
     .affine = affine,
     .is_identity = is_identity,
     .integers = "com.microsoft::QLinearAdd-1(a, b, y)",
     .kernels = HINGE_KERNELS(OP_FLOATS(add), OP_INTEGERS_BY_WIDTH(add))},
    OP_ALIGNED_ENTRY("Add", OP_TYPES_NUMBER, "T", OP_FLOATS(add), OP_INTEGERS_BY_WIDTH(add)),
    OP_END,
};
