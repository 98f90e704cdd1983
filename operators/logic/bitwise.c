/* BitwiseAnd-18, BitwiseOr-18, BitwiseXor-18, broadcast, and BitwiseNot-18. */
#include "operators/op/elementwise.h"

#define KERNELS(name, type)                                                                        \
    OP_BINARY(bitwise_and_##name, type, type, a &b)                                                \
    OP_BINARY(bitwise_or_##name, type, type, a | b)                                                \
    OP_BINARY(bitwise_xor_##name, type, type, a ^ b)                                               \
    OP_UNARY(bitwise_not_##name, type, type, ~x)

KERNELS(u8, uint8_t)
KERNELS(u16, uint16_t)
KERNELS(u32, uint32_t)
KERNELS(u64, uint64_t)

#define ENTRY(onnx_name, kernel)                                                                   \
    {                                                                                              \
        .name = (onnx_name), .since = 18,                                                          \
        .signature = "(A: T, B: T) -> (C: T); T: " OP_TYPES_UNSIGNED " " OP_TYPES_SIGNED,          \
        .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE | HINGE_OP_COMMUTES,                     \
        .infer = op_infer_broadcast, .kernels = HINGE_KERNELS(OP_INTEGERS_BY_WIDTH(kernel))        \
    }

const struct hinge_op op_bitwise[] = {
    ENTRY("BitwiseAnd", bitwise_and),
    ENTRY("BitwiseOr", bitwise_or),
    ENTRY("BitwiseXor", bitwise_xor),
    {.name = "BitwiseNot",
     .since = 18,
     .signature = "(X: T) -> (Y: T); T: " OP_TYPES_UNSIGNED " " OP_TYPES_SIGNED,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_same,
     .kernels = HINGE_KERNELS(OP_INTEGERS_BY_WIDTH(bitwise_not))},
    OP_END,
};
