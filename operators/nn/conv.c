/* Conv-1, -11, -22: 1 to 3 spatial dimensions. The weights are packed once where they are constant
 * and their original given up; otherwise in every run. Padding is zeros that are multiplied like
 * any others, and Winograd's transforms mix neighbouring pixels: an infinity in the input may make
 * NaN of results around it. */
#include "operators/nn/window.h"

enum { CONV_GROUP = WINDOW_N_ATTRIBUTES };

static const struct hinge_attribute_def attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "group", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL},
};

struct state {
    enum conv_method method;
    const float *packed; /* NULL: weights are not known before a run */
};

static hinge_status read_shape(const struct hinge_node *node, struct conv_shape *shape,
                               struct window *w)
{
    const hinge_tensor *x = node->inputs[0], *weight = node->inputs[1];
    *shape = (struct conv_shape){.batch = x->dims[0]};
    hinge_status status = window_read(node, x, weight, w);
    if (!status)
        status = window_slide(node, w, false);
    if (status)
        return status;
    const int64_t groups = node->attributes[CONV_GROUP].i;
    if (groups < 1 || weight->dims[0] < 1 || weight->dims[0] % groups || weight->dims[1] < 1 ||
        x->dims[1] % groups || x->dims[1] / groups != weight->dims[1])
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
    hinge_status status = read_shape(node, &shape, &w);
    if (status)
        return status;
    return window_conv_output(node, &w, &shape);
}

static void pack_groups(const struct conv_shape *shape, enum conv_method method,
                        const float *weights, float *packed)
{
    const int64_t count = conv_packed_count(shape, method);
    for (int64_t g = 0; g < shape->groups; g++)
        conv_pack_weights(shape, method, weights + g * shape->maps * conv_taps(shape),
                          packed + g * count);
}

static hinge_status conv_init(struct hinge_node *node)
{
    const hinge_tensor *weight = node->inputs[1];
    struct conv_shape shape;
    struct window w;
    if (weight->type != HINGE_FLOAT || !weight->data)
        return HINGE_OK;
    hinge_status status = read_shape(node, &shape, &w);
    if (status)
        return status;
    struct state *state = node->host->alloc(node, sizeof *state);
    if (!state)
        return HINGE_NO_MEMORY;
    state->method = conv_choose(&shape);
    state->packed = weight->data;
    if (state->method != CONV_DEPTHWISE) {
        const int64_t count = shape.groups * conv_packed_count(&shape, state->method);
        float *packed = node->host->alloc(node, (size_t)count * sizeof *packed);
        if (!packed)
            return HINGE_NO_MEMORY;
        pack_groups(&shape, state->method, weight->data, packed);
        state->packed = packed;
        node->host->release(node, 1, 0, hinge_size(weight->type, hinge_count(weight)));
    }
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
        return state->method;
    enum conv_method method = conv_choose(shape);
    if (method == CONV_WINOGRAD_2 || method == CONV_WINOGRAD_4)
        method = CONV_PIXELS;
    *packed_size = gemm_round_up(
        shape->groups * conv_packed_count(shape, method) * (int64_t)sizeof(float), 64);
    return method;
}

static hinge_status conv_scratch_size(const struct hinge_node *node, size_t *size)
{
    struct conv_shape shape;
    struct window w;
    int64_t packed_size;
    if (node->inputs[0]->type != HINGE_FLOAT)
        return HINGE_OK;
    hinge_status status = read_shape(node, &shape, &w);
    if (status)
        return status;
    if (shape.batch * conv_pixels(shape.output) == 0)
        return HINGE_OK;
    const enum conv_method method = run_method(node, &shape, &packed_size);
    const int64_t scratch = conv_scratch(&shape, method, node->n_threads);
    if (scratch < 0 || scratch > INT64_MAX - packed_size)
        return OP_FAIL(node, HINGE_LIMIT, "the padded input is too large");
    *size = (size_t)(scratch + packed_size);
    return HINGE_OK;
}

static hinge_status conv_f32(const struct hinge_node *node)
{
    struct conv_shape shape;
    struct window w;
    int64_t packed_size;
    hinge_status status = read_shape(node, &shape, &w);
    if (status || shape.batch * conv_pixels(shape.output) == 0)
        return status;
    const struct state *state = node->state;
    const enum conv_method method = run_method(node, &shape, &packed_size);
    const float *weights = state ? state->packed : node->inputs[1]->data;
    if (packed_size) {
        pack_groups(&shape, method, weights, node->scratch);
        weights = node->scratch;
    }
    struct conv_call call = window_conv_call(node, &shape);
    call.weights = weights;
    call.scratch = (char *)node->scratch + packed_size;
    conv_run(&call, method);
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
     .inputs = {2, 3},
     .outputs = {1, 1},
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .attributes = attributes,
     .linear = conv_linear,
     .init = conv_init,
     .infer = conv_infer,
     .scratch = conv_scratch_size,
     .kernels = {{HINGE_FLOAT, conv_f32}}},
    OP_END,
};
