/* What Conv and ConvTranspose have in common: their node as a conv_shape and a conv_call. */
#include "operators/kernels/half.h"
#include "operators/nn/window.h"

hinge_status window_conv_misfit(const struct hinge_node *node, const hinge_tensor *x,
                                int64_t groups)
{
    const hinge_tensor *weight = node->inputs[1];
    return OP_FAIL(node, HINGE_BAD_SHAPE,
                   "%lld channels in %lld groups do not fit a weight of %lld x %lld",
                   (long long)x->dims[1], (long long)groups, (long long)weight->dims[0],
                   (long long)weight->dims[1]);
}

hinge_status window_conv_shape(const struct hinge_node *node, const struct window *w,
                               struct conv_shape *shape)
{
    const hinge_tensor *bias = op_input(node, 2);
    if (bias && (bias->rank != 1 || bias->dims[0] != shape->maps * shape->groups))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the bias is not a list of %lld values",
                       (long long)(shape->maps * shape->groups));
    struct window all = *w;
    shape->type = node->inputs[0]->type == HINGE_DOUBLE ? HINGE_DOUBLE : HINGE_FLOAT;
    window_extend(&all);
    for (int d = 0; d < 3; d++) {
        shape->input[d] = all.input[d];
        shape->output[d] = all.output[d];
        shape->kernel[d] = all.kernel[d];
        shape->stride[d] = all.stride[d];
        shape->dilation[d] = all.dilation[d];
        shape->pad[d] = all.pad_begin[d];
    }
    return HINGE_OK;
}

hinge_status window_conv_read(const struct hinge_node *node, const hinge_tensor *x,
                              struct conv_shape *shape, struct window *w)
{
    const hinge_tensor *weight = node->inputs[1];
    *shape = (struct conv_shape){.batch = x->dims[0]};
    hinge_status status = window_read(node, x, weight, w);
    if (!status)
        status = window_slide(node, w, false);
    if (status)
        return status;
    const int64_t groups = node->attributes[WINDOW_GROUP].i, channels = x->dims[1];
    if (groups < 1 || weight->dims[0] % groups ||
        (channels >= 0 && (channels % groups || channels / groups != weight->dims[1])))
        return window_conv_misfit(node, x, groups);
    shape->groups = groups;
    shape->channels = weight->dims[1];
    shape->maps = weight->dims[0] / groups;
    return window_conv_shape(node, w, shape);
}

/* An extent that the model leaves open: the most that a window takes. */
#define OPEN_EXTENT (INT64_C(1) << 40)

hinge_status window_conv_fixed(const struct hinge_node *node, const hinge_tensor *input,
                               struct conv_shape *shape, bool *sizes_fixed)
{
    hinge_tensor x = *input;
    struct window w;
    if (x.rank < 0) {
        x.rank = node->inputs[1]->rank;
        for (int32_t d = 0; d < x.rank; d++)
            x.dims[d] = -1;
    }
    *sizes_fixed = true;
    for (int32_t d = 2; d < x.rank; d++)
        if (x.dims[d] < 0) {
            x.dims[d] = OPEN_EXTENT;
            *sizes_fixed = false;
        }
    hinge_status status = window_conv_read(node, &x, shape, &w);
    int64_t pixels = 1;
    for (int32_t d = 0; !status && d < w.n_axes; d++)
        if (__builtin_mul_overflow(pixels, w.output[d], &pixels))
            *sizes_fixed = false;
    return status;
}

hinge_status window_conv_output(const struct hinge_node *node, const struct window *w,
                                const struct conv_shape *shape)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[2 + WINDOW_MAX_AXES] = {shape->batch, shape->groups * shape->maps};
    for (int32_t i = 0; i < w->n_axes; i++)
        dims[2 + i] = w->output[i];
    return op_set_output(node, 0, x->type, x->rank, dims);
}

struct conv_call window_conv_call(const struct hinge_node *node, const struct conv_shape *shape)
{
    const hinge_tensor *bias = op_input(node, 2);
    const int32_t addend = node->epilogue->addend;
    return (struct conv_call){
        .shape = shape,
        .node = node,
        .x = node->inputs[0]->data,
        .weights = node->inputs[1]->data,
        .bias = bias ? bias->data : NULL,
        .addend = addend ? node->inputs[addend]->data : NULL,
        .activation = node->epilogue->activation,
        .y = node->outputs[0]->data,
        .pitch = shape->groups * shape->maps,
        .scratch = node->scratch,
    };
}

bool window_conv_is_half(const struct hinge_node *node)
{
    return half_is(node->inputs[0]->type);
}

/* A tensor's elements as float32, in bytes. */
static bool add_copy(const hinge_tensor *t, int64_t *size)
{
    int64_t bytes;
    return !t || (!__builtin_mul_overflow(hinge_count(t), (int64_t)sizeof(float), &bytes) &&
                  !__builtin_add_overflow(bytes, 63, &bytes) &&
                  !__builtin_add_overflow(*size, bytes / 64 * 64, size));
}

hinge_status window_conv_prepare(const struct hinge_node *node, int64_t scratch, int64_t packed,
                                 bool weights, size_t *size)
{
    bool fits = scratch >= 0 && !__builtin_add_overflow(scratch, packed, &scratch);
    if (window_conv_is_half(node))
        fits = fits && add_copy(node->inputs[0], &scratch) &&
               add_copy(op_input(node, 2), &scratch) && add_copy(node->outputs[0], &scratch) &&
               (!weights || add_copy(node->inputs[1], &scratch));
    if (!fits)
        return OP_FAIL(node, HINGE_LIMIT,
                       "the padded input, or what it is multiplied to, is too "
                       "large");
    *size = (size_t)scratch;
    return HINGE_OK;
}

struct conversion {
    hinge_type type;
    float *floats;
    uint16_t *halves;
};

static void widen(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct conversion *c = argument;
    half_load(c->type, c->floats + begin, c->halves + begin, end - begin);
}

static void narrow(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct conversion *c = argument;
    half_store(c->type, c->halves + begin, c->floats + begin, end - begin);
}

enum { CONVERSION_GRAIN = 16384 };

static float *take_floats(struct conv_call *call, const hinge_tensor *t)
{
    float *floats = call->scratch;
    int64_t size = 0;
    (void)add_copy(t, &size);
    call->scratch = (char *)call->scratch + size;
    return floats;
}

static const float *widened(struct conv_call *call, const hinge_tensor *t)
{
    if (!t)
        return NULL;
    struct conversion c = {t->type, take_floats(call, t), t->data};
    call->node->host->parallel(call->node, hinge_count(t), CONVERSION_GRAIN, widen, &c);
    return c.floats;
}

void window_conv_widen(const struct hinge_node *node, struct conv_call *call, bool weights)
{
    if (!window_conv_is_half(node))
        return;
    call->x = widened(call, node->inputs[0]);
    call->bias = widened(call, op_input(node, 2));
    if (weights)
        call->weights = widened(call, node->inputs[1]);
    call->y = take_floats(call, node->outputs[0]);
}

void window_conv_narrow(const struct hinge_node *node, const struct conv_call *call)
{
    hinge_tensor *y = node->outputs[0];
    if (!window_conv_is_half(node))
        return;
    struct conversion c = {y->type, call->y, y->data};
    node->host->parallel(node, hinge_count(y), CONVERSION_GRAIN, narrow, &c);
}
