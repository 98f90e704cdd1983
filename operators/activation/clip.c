/* Clip-1, -6 (bounds as attributes), -11, -12, -13 (as inputs): y = min(max(x, low), high), hence
 * high where the bounds cross. NaN passes through. */
#include "operators/op/activation.h"

/* Input index as a float where it is known, otherwise (left out) what it means. */
static bool bound(const struct hinge_node *node, unsigned index, float otherwise, float *value)
{
    const hinge_tensor *x = op_input(node, index);
    *value = otherwise;
    if (!x)
        return true;
    if (!x->data)
        return false;
    switch ((int)x->type) {
    case HINGE_FLOAT: *value = *(const float *)x->data; return true;
    case HINGE_FLOAT16: *value = vf32_reduce_add(vf32_load_f16_n(x->data, 1)); return true;
    case HINGE_BFLOAT16: *value = vf32_reduce_add(vf32_load_bf16_n(x->data, 1)); return true;
    default: return false; /* a float cannot hold every bound of the other types */
    }
}

static void clip_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    float low, high;
    if (!bound(node, 1, -INFINITY, &low) || !bound(node, 2, INFINITY, &high))
        return;
    *activation = (struct hinge_activation){.kind = HINGE_ACT_CLIP, .alpha = low, .beta = high};
}

OP_ACTIVATION_RUN(clip)

static void clip_attributes_activation(const struct hinge_node *node,
                                       struct hinge_activation *activation)
{
    *activation = (struct hinge_activation){
        .kind = HINGE_ACT_CLIP, .alpha = node->attributes[0].f, .beta = node->attributes[1].f};
}

OP_ACTIVATION_RUN(clip_attributes)

#define CLIP(name, type, least, most)                                                              \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        const hinge_tensor *min = op_input(node, 1);                                               \
        const hinge_tensor *max = op_input(node, 2);                                               \
        const type low = min ? *(const type *)min->data : (least);                                 \
        const type high = max ? *(const type *)max->data : (most);                                 \
        const type *x = node->inputs[0]->data;                                                     \
        type *y = node->outputs[0]->data;                                                          \
        const int64_t count = hinge_count(node->inputs[0]);                                        \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const type raised = x[i] < low ? low : x[i];                                           \
            y[i] = raised > high ? high : raised;                                                  \
        }                                                                                          \
        return HINGE_OK;                                                                           \
    }

CLIP(clip_f64, double, (double)-INFINITY, (double)INFINITY)
CLIP(clip_i8, int8_t, INT8_MIN, INT8_MAX)
CLIP(clip_i16, int16_t, INT16_MIN, INT16_MAX)
CLIP(clip_i32, int32_t, INT32_MIN, INT32_MAX)
CLIP(clip_i64, int64_t, INT64_MIN, INT64_MAX)
CLIP(clip_u8, uint8_t, 0, UINT8_MAX)
CLIP(clip_u16, uint16_t, 0, UINT16_MAX)
CLIP(clip_u32, uint32_t, 0, UINT32_MAX)
CLIP(clip_u64, uint64_t, 0, UINT64_MAX)

static hinge_status clip_infer(const struct hinge_node *node)
{
    for (unsigned i = 1; i < 3; i++) {
        const hinge_tensor *x = op_input(node, i);
        if (!x)
            continue;
        for (int32_t d = 0; d < x->rank; d++)
            if (x->dims[d] != 1 && x->dims[d] != -1)
                return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u is not a scalar", i);
    }
    return op_infer_same(node);
}

#define BOUND(label, value)                                                                        \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_FLOAT, .f = (value)                                    \
    }

static const struct hinge_attribute_def attributes_1[] = {
    BOUND("min", -INFINITY),
    BOUND("max", INFINITY),
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

static const struct hinge_attribute_def attributes_6[] = {
    BOUND("min", -0x1.fffffep127F),
    BOUND("max", 0x1.fffffep127F),
    {.name = NULL},
};

const struct hinge_op op_clip[] = {
    {.name = "Clip",
     .gradient = "clip:",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     OP_ACTIVATION_ENTRY(clip_attributes, "input", "output")},
    {.name = "Clip",
     .gradient = "clip:",
     .since = 6,
     .until = 10,
     .attributes = attributes_6,
     OP_ACTIVATION_ENTRY(clip_attributes, "input", "output")},
    {.name = "Clip",
     .gradient = "clip:",
     .since = 11,
     .signature = "(input: T, min?: T, max?: T) -> (output: T); T: " OP_TYPES_NUMBER,
     .flags = HINGE_OP_IN_PLACE,
     .infer = clip_infer,
     .activation = clip_activation,
     .row = activation_f32,
     .derivative = activation_derivative_f32,
     .kernels = HINGE_KERNELS(
         {HINGE_FLOAT, clip_run}, {HINGE_DOUBLE, clip_f64}, {HINGE_FLOAT16, clip_run},
         {HINGE_BFLOAT16, clip_run}, {HINGE_INT8, clip_i8}, {HINGE_INT16, clip_i16},
         {HINGE_INT32, clip_i32}, {HINGE_INT64, clip_i64}, {HINGE_UINT8, clip_u8},
         {HINGE_UINT16, clip_u16}, {HINGE_UINT32, clip_u32}, {HINGE_UINT64, clip_u64})},
    OP_END,
};
