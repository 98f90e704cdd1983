/* BitShift-11: y = x shifted by as many bits as y says, broadcast; shifted by its whole width or
 * further, an element is 0. */
#include <string.h>

#include "operators/op/elementwise.h"

/* As unsigned numbers of a register's width: narrower ones would be shifted as int. */
#define SHIFT(a, bits, b, shift) ((b) < (bits) ? (1U * (a)) shift(b) : 0)

#define KERNELS(name, type, bits)                                                                  \
    OP_BINARY_ROW(left_##name, type, type, SHIFT(a, bits, b, <<))                                  \
    OP_BINARY_ROW(right_##name, type, type, SHIFT(a, bits, b, >>))                                 \
    static hinge_status shift_##name(const struct hinge_node *node)                                \
    {                                                                                              \
        return op_binary(node, is_left(node) ? left_##name : right_##name);                        \
    }

static bool is_left(const struct hinge_node *node)
{
    return node->attributes[0].s.size == 4;
}

KERNELS(u8, uint8_t, 8)
KERNELS(u16, uint16_t, 16)
KERNELS(u32, uint32_t, 32)
KERNELS(u64, uint64_t, 64)

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_string direction = node->attributes[0].s;
    if (!(direction.size == 4 && !memcmp(direction.bytes, "LEFT", 4)) &&
        !(direction.size == 5 && !memcmp(direction.bytes, "RIGHT", 5)))
        return OP_FAIL(node, HINGE_BAD_VALUE, "direction is \"%.*s\", not LEFT or RIGHT",
                       (int)(direction.size < 32 ? direction.size : 32), direction.bytes);
    return op_infer_broadcast(node);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "direction", .type = HINGE_ATTR_STRING, .required = true}, {.name = NULL}};

const struct hinge_op op_bitshift[] = {
    {.name = "BitShift",
     .since = 11,
     .signature = "(X: T, Y: T) -> (Z: T); T: " OP_TYPES_UNSIGNED,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS(OP_UNSIGNED(shift))},
    OP_END,
};
