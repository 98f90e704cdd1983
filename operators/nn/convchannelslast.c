/* ai.hinge::ConvChannelsLast-1, an operator that passes make: Conv of the standard (window.h has
 * its attributes, the weight and the bias are as there) over x (N, spatial axes, C), with y
 * (N, spatial axes, M); float32. Constant weights are packed once and their original given up,
 * others in every run.
 * ConvChannelsInto-1: the same into channels of a wider y. */
#include "operators/kernels/channels_last/channels_last.h"
#include "operators/kernels/gemm/gemm.h"
#include "operators/nn/window.h"

static const struct hinge_attribute_def attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "group", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL},
};

enum { PART = WINDOW_GROUP + 1, INTO = 3 };

static const struct hinge_attribute_def part_attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "group", .type = HINGE_ATTR_INT, .i = 1},
    WINDOW_PART_ATTRIBUTES,
    {.name = NULL},
};

static hinge_status read_shape(const struct hinge_node *node, struct conv_shape *shape,
                               struct window *w)
{
    const hinge_tensor x = window_channels_first(node);
    return window_conv_read(node, &x, shape, w);
}

/* The output's dims, but for what is around it in a wider one. */
static hinge_status find_dims(const struct hinge_node *node, int32_t *rank,
                              int64_t dims[2 + WINDOW_MAX_AXES])
{
    struct conv_shape shape;
    struct window w;
    hinge_status status = read_shape(node, &shape, &w);
    if (status)
        return status;
    dims[0] = shape.batch;
    for (int32_t i = 0; i < w.n_axes; i++)
        dims[1 + i] = w.output[i];
    dims[1 + w.n_axes] = shape.groups * shape.maps;
    *rank = 2 + w.n_axes;
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    int64_t dims[2 + WINDOW_MAX_AXES];
    int32_t rank;
    hinge_status status = find_dims(node, &rank, dims);
    return status ? status : op_set_output(node, 0, HINGE_FLOAT, rank, dims);
}

static hinge_status part_infer(const struct hinge_node *node)
{
    int64_t dims[2 + WINDOW_MAX_AXES];
    int32_t rank;
    hinge_status status = find_dims(node, &rank, dims);
    return status ? status : window_part_infer(node, PART, INTO, rank, dims);
}

/* Constant weights, packed for each method of a set. */
struct state {
    unsigned methods;
    const float *packed[CHANNELS_LAST_N_METHODS];
};

static int64_t packed_size(const struct conv_shape *shape, enum channels_last_method method)
{
    return round_up(channels_last_packed_count(shape, method) * (int64_t)sizeof(float), 64);
}

struct packing {
    const struct conv_shape *shape;
    enum channels_last_method method;
    const float *weights;
    float *packed;
};

static void pack_panels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct packing *p = argument;
    channels_last_pack(p->shape, p->method, p->weights, p->packed, begin, end);
}

static void pack_all(void *argument, void *packed)
{
    struct packing *p = argument;
    p->packed = packed;
    pack_panels(p, 0, channels_last_n_panels(p->shape), 0);
}

static hinge_status init(struct hinge_node *node)
{
    const hinge_tensor *weight = node->inputs[1], x = window_channels_first(node);
    struct conv_shape shape;
    bool sizes_fixed;
    if (!weight->data || hinge_count(weight) == 0)
        return HINGE_OK;
    hinge_status status = window_conv_fixed(node, &x, &shape, &sizes_fixed);
    struct state *state = status ? NULL : node->host->alloc(node, sizeof *state);
    if (!state)
        return status ? status : HINGE_NO_MEMORY;
    const bool exact = node->options & HINGE_DIRECT_CONVOLUTION;
    state->methods = channels_last_methods(&shape, sizes_fixed, weight->data, exact);
    for (int m = 0; m < CHANNELS_LAST_N_METHODS; m++) {
        const enum channels_last_method method = (enum channels_last_method)m;
        if (!(state->methods >> m & 1))
            continue;
        struct packing packing = {&shape, method, weight->data, NULL};
        state->packed[m] =
            node->host->pack(node, (size_t)packed_size(&shape, method), pack_all, &packing);
        if (!state->packed[m])
            return HINGE_NO_MEMORY;
    }
    node->host->release(node, 1, 0, hinge_size(HINGE_FLOAT, hinge_count(weight)));
    node->state = state;
    return HINGE_OK;
}

/* Weights that are packed in the run are so directly. */
static enum channels_last_method run_method(const struct hinge_node *node,
                                            const struct conv_shape *shape)
{
    const struct state *state = node->state;
    return state ? channels_last_choose(shape, state->methods) : CHANNELS_LAST_DIRECT;
}

static hinge_status prepare(struct hinge_node *node, size_t *size)
{
    struct conv_shape shape;
    struct window w;
    hinge_status status = read_shape(node, &shape, &w);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    return window_conv_prepare(
        node, channels_last_scratch(&shape, run_method(node, &shape), node->n_threads),
        node->state ? 0 : packed_size(&shape, CHANNELS_LAST_DIRECT), false, size);
}

static hinge_status run_at(const struct hinge_node *node, float *y, int64_t pitch)
{
    struct conv_shape shape;
    struct window w;
    hinge_status status = read_shape(node, &shape, &w);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const struct state *state = node->state;
    const enum channels_last_method method = run_method(node, &shape);
    struct conv_call call = window_conv_call(node, &shape);
    call.y = y;
    call.pitch = pitch;
    if (state) {
        call.weights = state->packed[method];
    } else {
        struct packing packing = {&shape, method, node->inputs[1]->data, call.scratch};
        const int64_t n_panels = channels_last_n_panels(&shape);
        const int64_t work = channels_last_packed_count(&shape, method) / n_panels;
        node->host->parallel(node, n_panels, gemm_grain(work), pack_panels, &packing);
        call.weights = packing.packed;
        call.scratch = (char *)call.scratch + packed_size(&shape, method);
    }
    channels_last_run(&call, method);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *y = node->outputs[0];
    return run_at(node, y->data, y->dims[y->rank - 1]);
}

static hinge_status part_run(const struct hinge_node *node)
{
    const hinge_tensor *y = node->outputs[0];
    return run_at(node, window_part_begin(node, PART, INTO), y->dims[y->rank - 1]);
}

static bool linear(const struct hinge_node *node, struct hinge_linear *linear)
{
    (void)node;
    *linear = (struct hinge_linear){.weight = 1, .bias = 2, .axis = -1, .n_groups = 1};
    return true;
}

const struct hinge_op op_convchannelslast[] = {
    {.name = "ConvChannelsLast",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T, W: T, B?: T) -> (Y: T); T: float",
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .attributes = attributes,
     .linear = linear,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .into = "ConvChannelsInto",
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
    {.name = "ConvChannelsInto",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T, W: T, B?: T, Into?: T) -> (Y: T); T: float",
     .flags = HINGE_OP_IN_PLACE | HINGE_OP_ABSORBS_ACTIVATION,
     .in_place = INTO + 1,
     .attributes = part_attributes,
     .init = init,
     .infer = part_infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, part_run})},
    OP_END,
};
