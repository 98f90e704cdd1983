/* Max-1, -6, -8, -12, -13: the largest of any number of inputs, broadcast. NaN where one of them
 * is. */
#include "operators/op/elementwise.h"

OP_BINARY_ROW(max_f32_row, float, float, ((a > b) | (a != a)) ? a : b)
OP_STILL_ROW(max_f32_still_row, float, ((a > b) | (a != a)) ? a : b)

static hinge_status max_f32(const struct hinge_node *node)
{
    return node->n_inputs == 2 ? op_binary_still(node, max_f32_row, max_f32_still_row)
                               : op_variadic(node, max_f32_row, NULL);
}

OP_VARIADIC(max_f64, double, ((a > b) | (a != a)) ? a : b, NULL)
OP_VARIADIC(max_i8, int8_t, a > b ? a : b, NULL)
OP_VARIADIC(max_i16, int16_t, a > b ? a : b, NULL)
OP_VARIADIC(max_i32, int32_t, a > b ? a : b, NULL)
OP_VARIADIC(max_i64, int64_t, a > b ? a : b, NULL)
OP_VARIADIC(max_u8, uint8_t, a > b ? a : b, NULL)
OP_VARIADIC(max_u16, uint16_t, a > b ? a : b, NULL)
OP_VARIADIC(max_u32, uint32_t, a > b ? a : b, NULL)
OP_VARIADIC(max_u64, uint64_t, a > b ? a : b, NULL)

static bool is_identity(const struct hinge_node *node)
{
    return node->n_inputs == 1;
}

const struct hinge_op op_max[] = {
    OP_SINCE_1(.name = "Max", .gradient = "extremum:",
               .signature = "(data_0...: T) -> (max: T); T: " OP_TYPES_NUMBER,
               .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE | HINGE_OP_COMMUTES,
               .infer = op_infer_broadcast, .is_identity = is_identity,
               .kernels = HINGE_KERNELS(OP_FLOATS(max), OP_SIGNED(max), OP_UNSIGNED(max))),
    OP_END,
};
