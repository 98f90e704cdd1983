/* Equal-1, -7, -11, -13, -19: whether a and b are equal, broadcast; numbers, booleans and strings.
 * False where one is NaN. */
#include <string.h>

#include "operators/op/elementwise.h"

static bool same_string(hinge_string a, hinge_string b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

OP_BINARY(equal_f32, float, uint8_t, a == b)
OP_BINARY(equal_f64, double, uint8_t, a == b)
OP_BINARY(equal_u8, uint8_t, uint8_t, a == b)
OP_BINARY(equal_u16, uint16_t, uint8_t, a == b)
OP_BINARY(equal_u32, uint32_t, uint8_t, a == b)
OP_BINARY(equal_u64, uint64_t, uint8_t, a == b)
OP_BINARY(equal_bool, uint8_t, uint8_t, !a == !b)
OP_BINARY(equal_string, hinge_string, uint8_t, same_string(a, b))

const struct hinge_op op_equal[] = {
    {.name = "Equal",
     .since = 7,
     .signature = "(A: T, B: T) -> (C: bool); T: " OP_TYPES_NUMBER " bool string",
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE | HINGE_OP_COMMUTES,
     .infer = op_infer_broadcast,
     .kernels = HINGE_KERNELS(OP_FLOATS(equal), OP_INTEGERS_BY_WIDTH(equal),
                              {HINGE_BOOL, equal_bool}, {HINGE_STRING, equal_string})},
    OP_ALIGNED_ENTRY("Equal", "bool int32 int64", "bool", {HINGE_BOOL, equal_bool},
                     {HINGE_INT32, equal_u32}, {HINGE_INT64, equal_u64}),
    OP_END,
};
