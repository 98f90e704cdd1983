/* And-1, -7, Or-1, -7, Xor-1, -7, broadcast, and Not-1. A byte that is not 0 is true. */
#include "operators/op/elementwise.h"

OP_BINARY(logical_and, uint8_t, uint8_t, (a != 0) & (b != 0))
OP_BINARY(logical_or, uint8_t, uint8_t, (a != 0) | (b != 0))
OP_BINARY(logical_xor, uint8_t, uint8_t, (a != 0) ^ (b != 0))
OP_UNARY(logical_not, uint8_t, uint8_t, x == 0)

#define ENTRY(onnx_name, kernel)                                                                   \
    {                                                                                              \
        .name = (onnx_name), .since = 7, .signature = "(A: T, B: T) -> (C: bool); T: bool",        \
        .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE | HINGE_OP_COMMUTES,                     \
        .infer = op_infer_broadcast, .kernels = HINGE_KERNELS({HINGE_BOOL, kernel})                \
    }

const struct hinge_op op_logical[] = {
    ENTRY("And", logical_and),
    ENTRY("Or", logical_or),
    ENTRY("Xor", logical_xor),
    {.name = "Not",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: bool",
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_same,
     .kernels = HINGE_KERNELS({HINGE_BOOL, logical_not})},
    OP_ALIGNED_ENTRY("And", "bool", "bool", {HINGE_BOOL, logical_and}),
    OP_ALIGNED_ENTRY("Or", "bool", "bool", {HINGE_BOOL, logical_or}),
    OP_ALIGNED_ENTRY("Xor", "bool", "bool", {HINGE_BOOL, logical_xor}),
    OP_END,
};
