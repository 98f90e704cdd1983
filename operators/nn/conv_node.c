#include "operators/nn/conv_node.h"

#include "operators/kernels/half.h"

#define GRAIN 16384 /* elements that are worth a thread */

/* Constant weights, packed for each method of a set. */
struct state {
    unsigned methods;
    const void *packed[CONV_N_METHODS];
};

hinge_status conv_node_infer(const struct hinge_node *node)
{
    struct conv_shape shape;
    struct window w;
    hinge_status status = window_conv_read(node, node->inputs[0], &shape, &w);
    if (status)
        return status;
    return window_conv_output(node, &w, &shape);
}

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

static void pack_all(void *argument, void *packed)
{
    struct packing *p = argument;
    p->packed = packed;
    pack_strips(p, 0, conv_n_strips(p->shape, p->method), 0);
}

/* Halves are packed in every run: kept as float they would take twice the memory. */
hinge_status conv_node_init(struct hinge_node *node)
{
    const hinge_tensor *weight = node->inputs[1];
    struct conv_shape shape;
    bool sizes_fixed;
    if (window_conv_is_half(node) || !weight->data || hinge_count(weight) == 0)
        return HINGE_OK;
    hinge_status status = window_conv_fixed(node, node->inputs[0], &shape, &sizes_fixed);
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
        struct packing packing = {&shape, method, weight, NULL};
        const void *packed = node->host->pack(
            node, hinge_size(weight->type, conv_packed_count(&shape, method)), pack_all, &packing);
        if (!packed)
            return HINGE_NO_MEMORY;
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

/* Bytes of an addend of halves as float; 0 for others. */
static bool addend_size(const hinge_tensor *addend, int64_t *size)
{
    *size = 0;
    if (!addend || addend->type == HINGE_FLOAT || addend->type == HINGE_DOUBLE)
        return true;
    if (__builtin_mul_overflow(hinge_count(addend), (int64_t)sizeof(float), size) ||
        *size > INT64_MAX - 63)
        return false;
    *size = (*size + 63) / 64 * 64;
    return true;
}

hinge_status conv_node_prepare(struct hinge_node *node, const hinge_tensor *addend, size_t *size)
{
    struct conv_shape shape;
    struct window w;
    int64_t packed_size, copy_size;
    hinge_status status = window_conv_read(node, node->inputs[0], &shape, &w);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const enum conv_method method = run_method(node, &shape, &packed_size);
    int64_t scratch = conv_scratch(&shape, method, node->n_threads);
    if (!addend_size(addend, &copy_size) ||
        __builtin_add_overflow(packed_size, copy_size, &packed_size))
        scratch = -1;
    return window_conv_prepare(node, scratch, packed_size, false, size);
}

struct widening {
    const hinge_tensor *from;
    float *to;
};

static void widen_addend(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct widening *w = argument;
    half_load(w->from->type, w->to + begin, (const uint16_t *)w->from->data + begin, end - begin);
}

/* Gives the call the addend, in the type that sums are in. */
static void take_addend(struct conv_call *call, const hinge_tensor *addend)
{
    int64_t size;
    if (!addend)
        return;
    (void)addend_size(addend, &size); /* prepare let it pass */
    call->addend = addend->data;
    if (size == 0)
        return;
    struct widening w = {addend, call->scratch};
    call->node->host->parallel(call->node, hinge_count(addend), GRAIN, widen_addend, &w);
    call->addend = w.to;
    call->scratch = (char *)call->scratch + size;
}

hinge_status conv_node_run(const struct hinge_node *node, const hinge_tensor *addend,
                           const struct hinge_activation *activation)
{
    struct conv_shape shape;
    struct window w;
    int64_t packed_size;
    hinge_status status = window_conv_read(node, node->inputs[0], &shape, &w);
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
    take_addend(&call, addend);
    if (activation)
        call.activation = activation;
    window_conv_widen(node, &call, false);
    conv_run(&call, method);
    window_conv_narrow(node, &call);
    return HINGE_OK;
}
