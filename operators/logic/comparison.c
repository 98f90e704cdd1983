/* Greater-1, -7, -9, -13, Less-1, -7, -9, -13, GreaterOrEqual-12, -16, LessOrEqual-12, -16: a > b
 * and so on, broadcast. False where one is NaN. */
#include "operators/op/elementwise.h"

/* The kernels of one comparison for every type. */
#define COMPARISON(name, relation)                                                                 \
    OP_BINARY(name##_f32, float, uint8_t, a relation b)                                            \
    OP_BINARY(name##_f64, double, uint8_t, a relation b)                                           \
    OP_BINARY(name##_i8, int8_t, uint8_t, a relation b)                                            \
    OP_BINARY(name##_i16, int16_t, uint8_t, a relation b)                                          \
    OP_BINARY(name##_i32, int32_t, uint8_t, a relation b)                                          \
    OP_BINARY(name##_i64, int64_t, uint8_t, a relation b)                                          \
    OP_BINARY(name##_u8, uint8_t, uint8_t, a relation b)                                           \
    OP_BINARY(name##_u16, uint16_t, uint8_t, a relation b)                                         \
    OP_BINARY(name##_u32, uint32_t, uint8_t, a relation b)                                         \
    OP_BINARY(name##_u64, uint64_t, uint8_t, a relation b)

COMPARISON(greater, >)
COMPARISON(less, <)
COMPARISON(greater_or_equal, >=)
COMPARISON(less_or_equal, <=)

/* An entry of the table. */
#define ENTRY(onnx_name, first_opset, kernel)                                                      \
    {                                                                                              \
        .name = (onnx_name), .since = (first_opset),                                               \
        .signature = "(A: T, B: T) -> (C: bool); T: " OP_TYPES_NUMBER,                             \
        .flags = HINGE_OP_ELEMENTWISE, .infer = op_infer_broadcast,                                \
        .kernels = HINGE_KERNELS(OP_FLOATS(kernel), OP_SIGNED(kernel), OP_UNSIGNED(kernel))        \
    }

const struct hinge_op op_comparison[] = {
    ENTRY("Greater", 7, greater),
    ENTRY("Less", 7, less),
    ENTRY("GreaterOrEqual", 12, greater_or_equal),
    ENTRY("LessOrEqual", 12, less_or_equal),
    OP_ALIGNED_ENTRY("Greater", OP_TYPES_FLOAT, "bool", OP_FLOATS(greater)),
    OP_ALIGNED_ENTRY("Less", OP_TYPES_FLOAT, "bool", OP_FLOATS(less)),
    OP_END,
};
