/* Shrink-9: y = x + bias where x < -lambd, x - bias where x > lambd, otherwise 0. Integers take
 * lambd and bias truncated. */
#include "operators/activation/activation_family.h"

static void shrink_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    *activation = (struct hinge_activation){
        .kind = HINGE_ACT_SHRINK, .alpha = node->attributes[0].f, .beta = node->attributes[1].f};
}

ACTIVATION_RUN(shrink)

/* Attribute number index, truncated, and kept to where the conversion is defined. */
static int64_t truncated(const struct hinge_node *node, unsigned index)
{
    const float value = node->attributes[index].f;
    if (!(value > -0x1p62F))
        return value < 0 ? -(INT64_C(1) << 62) : 0;
    return value < 0x1p62F ? (int64_t)value : INT64_C(1) << 62;
}

/* Sums wrap, as they do in the type itself. */
#define SHRINK(name, type)                                                                         \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        const int64_t lambda = truncated(node, 0);                                                 \
        const uint64_t bias = (uint64_t)truncated(node, 1);                                        \
        const type *x = node->inputs[0]->data;                                                     \
        type *y = node->outputs[0]->data;                                                          \
        const int64_t count = hinge_count(node->inputs[0]);                                        \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const uint64_t value = (uint64_t)x[i];                                                 \
            y[i] = (type)(x[i] > lambda ? value - bias : x[i] < -lambda ? value + bias : 0);       \
        }                                                                                          \
        return HINGE_OK;                                                                           \
    }

SHRINK(shrink_i8, int8_t)
SHRINK(shrink_i16, int16_t)
SHRINK(shrink_i32, int32_t)
SHRINK(shrink_i64, int64_t)
SHRINK(shrink_u8, uint8_t)
SHRINK(shrink_u16, uint16_t)
SHRINK(shrink_u32, uint32_t)

static const struct hinge_attribute_def attributes[] = {
    {.name = "lambd", .type = HINGE_ATTR_FLOAT, .f = 0.5F},
    {.name = "bias", .type = HINGE_ATTR_FLOAT},
    {.name = NULL},
};

const struct hinge_op op_shrink[] = {
    {.name = "Shrink",
     .since = 9,
     .inputs = {1, 1},
     .outputs = {1, 1},
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = attributes,
     .infer = op_infer_same,
     .activation = shrink_activation,
     .row = activation_f32,
     .derivative = activation_derivative_f32,
     .kernels = {{HINGE_FLOAT, shrink_run},
                 {HINGE_DOUBLE, shrink_run},
                 {HINGE_FLOAT16, shrink_run},
                 {HINGE_BFLOAT16, shrink_run},
                 {HINGE_INT8, shrink_i8},
                 {HINGE_INT16, shrink_i16},
                 {HINGE_INT32, shrink_i32},
                 {HINGE_INT64, shrink_i64},
                 {HINGE_UINT8, shrink_u8},
                 {HINGE_UINT16, shrink_u16},
                 {HINGE_UINT32, shrink_u32}}},
    OP_END,
};
