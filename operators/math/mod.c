/* Mod-10, -13: the remainder of a / b, broadcast, with the sign of b, or with that of a where fmod
 * is 1, as it has to be for floating-point types. A remainder by the integer 0 is 0, which the
 * standard leaves open. */
#include <math.h>

#include "operators/op/elementwise.h"

/* Remainders by -1 are 0, where the least integer's would trap. */
#define TRUNCATED(a, b) ((b) == 0 || (b) == -1 ? 0 : (a) % (b))
#define FLOORED(a, b)                                                                              \
    (TRUNCATED(a, b) && ((a) < 0) != ((b) < 0) ? (a) % (b) + (b) : TRUNCATED(a, b))

#define SIGNED(name, type)                                                                         \
    OP_BINARY_ROW(truncated_##name, type, type, TRUNCATED(a, b))                                   \
    OP_BINARY_ROW(floored_##name, type, type, FLOORED(a, b))                                       \
    static hinge_status mod_##name(const struct hinge_node *node)                                  \
    {                                                                                              \
        return op_binary(node, node->attributes[0].i ? truncated_##name : floored_##name);         \
    }

SIGNED(i8, int8_t)
SIGNED(i16, int16_t)
SIGNED(i32, int32_t)
SIGNED(i64, int64_t)
OP_BINARY(mod_u8, uint8_t, uint8_t, b == 0 ? 0 : a % b)
OP_BINARY(mod_u16, uint16_t, uint16_t, b == 0 ? 0 : a % b)
OP_BINARY(mod_u32, uint32_t, uint32_t, b == 0 ? 0 : a % b)
OP_BINARY(mod_u64, uint64_t, uint64_t, b == 0 ? 0 : a % b)

/* The remainder of a quotient below 2^24 is exact in double: quotient, product and difference of
 * numbers of 24 bits fit its 53, and no quotient that is not whole rounds to one that is. */
static inline float remainder_f32(float a, float b)
{
    const double x = (double)fabsf(a), y = (double)fabsf(b);
    if (x < y)
        return a;
    const double quotient = x / y;
    if (!(quotient < 0x1p24))
        return fmodf(a, b);
    return copysignf((float)(x - (double)(int32_t)quotient * y), a);
}

OP_BINARY(mod_f32, float, float, remainder_f32(a, b))
OP_BINARY(mod_f64, double, double, fmod(a, b))

static hinge_status infer(const struct hinge_node *node)
{
    const int64_t fmod = node->attributes[0].i;
    const hinge_type type = node->inputs[0]->type;
    if (fmod != 0 && fmod != 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "fmod is %lld, not 0 or 1", (long long)fmod);
    if (fmod == 0 && (type == HINGE_FLOAT || type == HINGE_DOUBLE || type == HINGE_FLOAT16 ||
                      type == HINGE_BFLOAT16))
        return OP_FAIL(node, HINGE_BAD_VALUE, "fmod is 0, which is for integers");
    return op_infer_broadcast(node);
}

static const struct hinge_attribute_def attributes[] = {{.name = "fmod", .type = HINGE_ATTR_INT},
                                                        {.name = NULL}};

const struct hinge_op op_mod[] = {
    {.name = "Mod",
     .since = 10,
     .signature = "(A: T, B: T) -> (C: T); T: " OP_TYPES_NUMBER,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS(OP_FLOATS(mod), OP_SIGNED(mod), OP_UNSIGNED(mod))},
    OP_END,
};
