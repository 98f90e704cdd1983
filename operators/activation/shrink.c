/* Shrink-9: y = x + bias where x < -lambd, x - bias where x > lambd, otherwise 0, of NaN too, as in
 * the standard's function and its reference implementation. Integers take lambd and bias truncated.
 */
#include "operators/op/activation.h"

static void shrink_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    *activation = (struct hinge_activation){
        .kind = HINGE_ACT_SHRINK, .alpha = node->attributes[0].f, .beta = node->attributes[1].f};
}

OP_ACTIVATION_RUN(shrink)

/* Attribute number index, truncated, and kept to where the conversion is defined. */
static int64_t truncated(const struct hinge_node *node, unsigned index)
{
    const float value = node->attributes[index].f;
    if (!(value > -0x1p62F))
        return value < 0 ? -(INT64_C(1) << 62) : 0;
    return value < 0x1p62F ? (int64_t)value : INT64_C(1) << 62;
}

static inline bool above_i64(int64_t x, int64_t limit)
{
    return x > limit;
}

static inline bool above_u64(uint64_t x, int64_t limit)
{
    return limit < 0 || x > (uint64_t)limit;
}

/* Sums wrap, as they do in the type itself. */
#define SHRINK(name, type, above)                                                                  \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        const int64_t lambda = truncated(node, 0);                                                 \
        const uint64_t bias = (uint64_t)truncated(node, 1);                                        \
        const type *x = node->inputs[0]->data;                                                     \
        type *y = node->outputs[0]->data;                                                          \
        const int64_t count = hinge_count(node->inputs[0]);                                        \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const uint64_t value = (uint64_t)x[i];                                                 \
            y[i] = (type)(!above(x[i], -lambda - 1) ? value + bias                                 \
                          : above(x[i], lambda)     ? value - bias                                 \
                                                    : 0);                                              \
        }                                                                                          \
        return HINGE_OK;                                                                           \
    }

SHRINK(shrink_i8, int8_t, above_i64)
SHRINK(shrink_i16, int16_t, above_i64)
SHRINK(shrink_i32, int32_t, above_i64)
SHRINK(shrink_i64, int64_t, above_i64)
SHRINK(shrink_u8, uint8_t, above_i64)
SHRINK(shrink_u16, uint16_t, above_i64)
SHRINK(shrink_u32, uint32_t, above_i64)
SHRINK(shrink_u64, uint64_t, above_u64)

static const struct hinge_attribute_def attributes[] = {
    {.name = "lambd", .type = HINGE_ATTR_FLOAT, .f = 0.5F},
    {.name = "bias", .type = HINGE_ATTR_FLOAT},
    {.name = NULL},
};

const struct hinge_op op_shrink[] = {
    {.name = "Shrink",
     .gradient = "Where(x > lambd, dy, Where(x < -lambd, dy, 0))",
     .since = 9,
     .signature = "(input: T) -> (output: T); T: " OP_TYPES_NUMBER,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = attributes,
     .infer = op_infer_same,
     .activation = shrink_activation,
     .row = activation_f32,
     .derivative = activation_derivative_f32,
     .kernels = HINGE_KERNELS(
         {HINGE_FLOAT, shrink_run}, {HINGE_DOUBLE, shrink_run}, {HINGE_FLOAT16, shrink_run},
         {HINGE_BFLOAT16, shrink_run}, {HINGE_INT8, shrink_i8}, {HINGE_INT16, shrink_i16},
         {HINGE_INT32, shrink_i32}, {HINGE_INT64, shrink_i64}, {HINGE_UINT8, shrink_u8},
         {HINGE_UINT16, shrink_u16}, {HINGE_UINT32, shrink_u32}, {HINGE_UINT64, shrink_u64})},
    OP_END,
};
