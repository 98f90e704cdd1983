/* Conv-1, -11, -22: 1 to 3 spatial dimensions. The weights are packed once where they are constant
 * and their original given up; otherwise in every run. Padding is zeros that are multiplied like
 * any others: an infinite weight makes NaN of results at the border. float64 is computed in its own
 * type, the halves in float32. */
#include "operators/nn/window.h"

enum { CONV_GROUP = WINDOW_N_ATTRIBUTES };

static const struct hinge_attribute_def attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "group", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL},
};

/* Constant weights, packed for each method of a set. */
struct state {
    unsigned methods;
    const void *packed[CONV_N_METHODS];
};

/* An extent that the model leaves open: the most that a window takes. */
#define OPEN_EXTENT (INT64_C(1) << 40)

/* x is input 0, or what is known of it; its channels may be -1. */
static hinge_status read_shape(const struct hinge_node *node, const hinge_tensor *x,
                               struct conv_shape *shape, struct window *w)
{
    const hinge_tensor *weight = node->inputs[1];
    *shape = (struct conv_shape){.batch = x->dims[0]};
    hinge_status status = window_read(node, x, weight, w);
    if (!status)
        status = window_slide(node, w, false);
    if (status)
        return status;
    const int64_t groups = node->attributes[CONV_GROUP].i, channels = x->dims[1];
    if (groups < 1 || weight->dims[0] % groups ||
        (channels >= 0 && (channels % groups || channels / groups != weight->dims[1])))
        return window_conv_misfit(node, groups);
    shape->groups = groups;
    shape->channels = weight->dims[1];
    shape->maps = weight->dims[0] / groups;
    return window_conv_shape(node, w, shape);
}

static hinge_status conv_infer(const struct hinge_node *node)
{
    struct conv_shape shape;
    struct window w;
    hinge_status status = read_shape(node, node->inputs[0], &shape, &w);
    if (status)
        return status;
    return window_conv_output(node, &w, &shape);
}

/* The shape with what the model fixes of input 0, and whether that is all extents of the image. */
static hinge_status fixed_shape(const struct hinge_node *node, struct conv_shape *shape,
                                bool *sizes_fixed)
{
    hinge_tensor x = *node->inputs[0];
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
    hinge_status status = read_shape(node, &x, shape, &w);
    int64_t pixels = 1;
    for (int32_t d = 0; !status && d < w.n_axes; d++)
        if (__builtin_mul_overflow(pixels, w.output[d], &pixels))
            *sizes_fixed = false;
    return status;
}

/* Halves are packed in every run: kept as float they would take twice the memory. */
static hinge_status conv_init(struct hinge_node *node)
{
    const hinge_tensor *weight = node->inputs[1];
    struct conv_shape shape;
    bool sizes_fixed;
    if (window_conv_is_half(node) || !weight->data || hinge_count(weight) == 0)
        return HINGE_OK;
    hinge_status status = fixed_shape(node, &shape, &sizes_fixed);
    if (status)
        return status;
    struct state *state = node->host->alloc(node, sizeof *state);
    if (!state)
        return HINGE_NO_MEMORY;
    const bool exact = node->options & HINGE_DIRECT_CONVOLUTION;
    state->methods = conv_packed_methods(&shape, sizes_fixed, weight->data, exact);
    for (int m = 0; m < CONV_N_METHODS; m++) {
        const enum conv_method method = (enum conv_method)m;
        if (!(state->methods >> m & 1))
            continue;
        state->packed[m] = weight->data;
        if (method == CONV_DEPTHWISE)
            continue;
        void *packed =
            node->host->alloc(node, hinge_size(weight->type, conv_packed_count(&shape, method)));
        if (!packed)
            return HINGE_NO_MEMORY;
        conv_pack_weights(&shape, method, weight->type, weight->data, packed, 0,
                          conv_n_strips(&shape, method));
        state->packed[m] = packed;
    }
    if (!(state->methods >> CONV_DEPTHWISE & 1))
        node->host->release(node, 1, 0, hinge_size(weight->type, hinge_count(weight)));
    node->state = state;
    return HINGE_OK;
}

/* The method and, where the weights have to be packed in the run, their size in bytes. */
static enum conv_method run_method(const struct hinge_node *node, const struct conv_shape *shape,
                                   int64_t *packed_size)
{
    const struct state *state = node->state;
    *packed_size = 0;
    if (state)
        return conv_choose(shape, state->methods);
    const enum conv_method method = conv_choose(shape, conv_methods(shape, true));
    if (method != CONV_DEPTHWISE || window_conv_is_half(node))
        *packed_size =
            (int64_t)((hinge_size(shape->type, conv_packed_count(shape, method)) + 63) / 64 * 64);
    return method;
}

static hinge_status conv_prepare(struct hinge_node *node, size_t *size)
{
    struct conv_shape shape;
    struct window w;
    int64_t packed_size;
    hinge_status status = read_shape(node, node->inputs[0], &shape, &w);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const enum conv_method method = run_method(node, &shape, &packed_size);
    return window_conv_prepare(node, conv_scratch(&shape, method, node->n_threads), packed_size,
                               false, size);
}

/* Weights that are packed in a run. */
struct packing {
    const struct conv_shape *shape;
    enum conv_method method;
    const hinge_tensor *weight;
    void *packed;
};

static void pack_strips(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct packing *p = argument;
    conv_pack_weights(p->shape, p->method, p->weight->type, p->weight->data, p->packed, begin, end);
}

static hinge_status conv_run_node(const struct hinge_node *node)
{
    struct conv_shape shape;
    struct window w;
    int64_t packed_size;
    hinge_status status = read_shape(node, node->inputs[0], &shape, &w);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const struct state *state = node->state;
    const enum conv_method method = run_method(node, &shape, &packed_size);
    struct conv_call call = window_conv_call(node, &shape);
    if (state)
        call.weights = state->packed[method];
    if (packed_size) {
        struct packing packing = {&shape, method, node->inputs[1], call.scratch};
        node->host->parallel(node, conv_n_strips(&shape, method), conv_pack_grain(&shape),
                             pack_strips, &packing);
        call.weights = packing.packed;
        call.scratch = (char *)call.scratch + packed_size;
    }
    window_conv_widen(node, &call, false);
    conv_run(&call, method);
    window_conv_narrow(node, &call);
    return HINGE_OK;
}

static bool conv_linear(const struct hinge_node *node, struct hinge_linear *linear)
{
    (void)node;
    *linear = (struct hinge_linear){.weight = 1, .bias = 2, .axis = 1, .n_groups = 1};
    return true;
}

const struct hinge_op op_conv[] = {
    {.name = "Conv",
     .since = 1,
     .signature = "(X: T, W: T, B?: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .attributes = attributes,
     .linear = conv_linear,
     .init = conv_init,
     .infer = conv_infer,
     .prepare = conv_prepare,
     .kernels = HINGE_KERNELS(OP_FLOATING(conv_run_node))},
    OP_END,
};
