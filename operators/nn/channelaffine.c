/*
 * ai.hinge::ChannelAffine-1, an operator that passes make: y = activation(x scale[c] + shift[c]),
 * c running over an axis of x, 1 unless the attribute axis says so. Inputs x, scale (C), shift (C),
 * float32; what is left of BatchNormalization, Mul and Add of constants where no linear operator
 * could take them over.
 */
#include "operators/kernels/activation/activation.h"
#include "operators/op/op.h"

#include <string.h>

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL},
};

/* Elements that stay in the first-level cache between the affine part and a costly activation. */
#define CHUNK 2048
/* Elements worth a task of their own. */
#define GRAIN 16384

struct affine {
    const float *x, *scale, *shift;
    float *y;
    int64_t n_channels, inner; /* elements behind the axis */
    const struct hinge_activation *activation;
};

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &axis);
    if (status)
        return status;
    for (unsigned i = 1; i <= 2; i++) {
        const hinge_tensor *factor = node->inputs[i];
        if (factor->rank != 1 || factor->dims[0] != x->dims[axis])
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u is not a list of x's %lld channels", i,
                           (long long)x->dims[1]);
    }
    return op_infer_same(node);
}

static inline vf32 affine_apply(vf32 x, vf32 scale, vf32 shift, bool relu)
{
    vf32 y = vf32_fma(x, scale, shift);
    return relu ? activation_relu(y) : y;
}

/* One channel's span: a scale and a shift for all. */
static inline void span_loop(const float *x, float *y, int64_t count, vf32 scale, vf32 shift,
                             bool relu)
{
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES)
        vf32_store(y + i, affine_apply(vf32_load(x + i), scale, shift, relu));
    if (i < count)
        vf32_store_n(y + i, affine_apply(vf32_load_n(x + i, (int)(count - i)), scale, shift, relu),
                     (int)(count - i));
}

/* Channels side by side: a scale and a shift for each element. */
static inline void row_loop(const float *x, const float *scale, const float *shift, float *y,
                            int64_t count, bool relu)
{
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES)
        vf32_store(y + i, affine_apply(vf32_load(x + i), vf32_load(scale + i), vf32_load(shift + i),
                                       relu));
    if (i < count) {
        int n = (int)(count - i);
        vf32_store_n(y + i,
                     affine_apply(vf32_load_n(x + i, n), vf32_load_n(scale + i, n),
                                  vf32_load_n(shift + i, n), relu),
                     n);
    }
}

/* Elements [begin, end) of channel c, or, where channels lie side by side, of the row. */
static void part(const struct affine *a, const float *x, float *y, int64_t begin, int64_t end,
                 int64_t c)
{
    bool relu = a->activation->kind == HINGE_ACT_RELU;
    bool costly = !relu && a->activation->kind != HINGE_ACT_NONE;
    for (int64_t i = begin, n; i < end; i += n) {
        n = end - i < CHUNK ? end - i : CHUNK;
        if (a->inner == 1 && relu)
            row_loop(x + i, a->scale + i, a->shift + i, y + i, n, true);
        else if (a->inner == 1)
            row_loop(x + i, a->scale + i, a->shift + i, y + i, n, false);
        else if (relu)
            span_loop(x + i, y + i, n, vf32_set1(a->scale[c]), vf32_set1(a->shift[c]), true);
        else
            span_loop(x + i, y + i, n, vf32_set1(a->scale[c]), vf32_set1(a->shift[c]), false);
        if (costly)
            activation_f32(a->activation, y + i, y + i, n);
    }
}

/* A task's range is one of elements of the whole tensor. */
static void task(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct affine *a = argument;
    int64_t span = a->inner == 1 ? a->n_channels : a->inner;
    (void)thread;
    for (int64_t at = begin; at < end;) {
        int64_t index = at / span, first = at % span;
        int64_t last = end - at < span - first ? first + (end - at) : span;
        const int64_t offset = index * span;
        part(a, a->x + offset, a->y + offset, first, last, index % a->n_channels);
        at += last - first;
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct affine a = {.x = x->data,
                       .scale = node->inputs[1]->data,
                       .shift = node->inputs[2]->data,
                       .y = node->outputs[0]->data,
                       .inner = 1,
                       .activation = node->epilogue->activation};
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &axis);
    if (status)
        return status;
    a.n_channels = x->dims[axis];
    for (int32_t d = axis + 1; d < x->rank; d++)
        a.inner *= x->dims[d];
    node->host->parallel(node, hinge_count(x), GRAIN, task, &a);
    return HINGE_OK;
}

static bool affine(const struct hinge_node *node, int32_t rank, int32_t axis, int64_t n_channels,
                   float *scale, float *shift, unsigned *input)
{
    const int64_t own = node->attributes[0].i;
    if (rank < 0 || (axis < 0 ? axis + rank : axis) != (own < 0 ? own + rank : own))
        return false;
    for (unsigned i = 1; i <= 2; i++)
        if (!node->inputs[i]->data || hinge_count(node->inputs[i]) != n_channels)
            return false;
    memcpy(scale, node->inputs[1]->data, (size_t)n_channels * sizeof *scale);
    memcpy(shift, node->inputs[2]->data, (size_t)n_channels * sizeof *shift);
    *input = 0;
    return true;
}

const struct hinge_op op_channelaffine[] = {
    {.name = "ChannelAffine",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T, scale: T, shift: T) -> (Y: T); T: float",
     .flags = HINGE_OP_IN_PLACE | HINGE_OP_ABSORBS_ACTIVATION,
     .attributes = attributes,
     .axis = "axis",
     .infer = infer,
     .affine = affine,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
    OP_END,
};
