/* Greater-1, -7, -9, -13, Less-1, -7, -9, -13, GreaterOrEqual-12, -16, LessOrEqual-12, -16: a > b
 * and so on, broadcast. False where one is NaN. */
#include "operators/op/elementwise.h"

/* Its operands exchanged, less is greater. */
#define COMPARISON(less, greater, suffix, type, relation)                                          \
    OP_BINARY(less##_##suffix, type, uint8_t, a relation b)                                        \
    static hinge_status greater##_##suffix(const struct hinge_node *node)                          \
    {                                                                                              \
        return op_binary_exchanged(node, less##_##suffix##_row);                                   \
    }

#define COMPARISONS(suffix, type)                                                                  \
    COMPARISON(less, greater, suffix, type, <)                                                     \
    COMPARISON(less_or_equal, greater_or_equal, suffix, type, <=)

COMPARISONS(f32, float)
COMPARISONS(f64, double)
COMPARISONS(i8, int8_t)
COMPARISONS(i16, int16_t)
COMPARISONS(i32, int32_t)
COMPARISONS(i64, int64_t)
COMPARISONS(u8, uint8_t)
COMPARISONS(u16, uint16_t)
COMPARISONS(u32, uint32_t)
COMPARISONS(u64, uint64_t)

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
