/* Rules of normalizations. */
#include "passes/gradient/gradient.h"

uint32_t gradient_by_channel(struct gradient *g, uint32_t list, uint32_t like)
{
    const int64_t one = 1, all = -1;
    const struct graph_attribute axis = gradient_int("axis", 0);
    const uint32_t n_ones = gradient_shape(g, gradient_dims(g, like, 2, 0));
    const uint32_t ones = gradient_binary(g, "Expand", gradient_list(g, &one, 1), n_ones);
    const uint32_t channels = gradient_list(g, &all, 1);
    return gradient_reshape(g, list,
                            gradient_node(g, "Concat", GRADIENT_LIST(channels, ones), &axis, 1));
}

void gradient_batch_normalization(struct gradient *g)
{
    gradient_since(g, 9);
    static const char *const by[] = {
        "dy * b / Sqrt(e + epsilon)", "dy * (x - d) / Sqrt(e + epsilon)", "dy",
        "-dy * b / Sqrt(e + epsilon)", "n = e + epsilon; -dy * 0.5 * b * (x - d) / (n * Sqrt(n))"};
    const uint32_t *inputs = g->node.inputs;
    bool is_training = gradient_attribute_int(g, "training_mode") != 0;
    for (uint32_t i = 1; i < g->node.n_outputs && gradient_opset(g) < 14; i++)
        is_training |= g->node.outputs[i] != GRAPH_NONE;
    if (is_training)
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none in training mode");
    uint32_t views[5] = {inputs[0]};
    for (uint32_t i = 1; i < 5; i++)
        views[i] =
            gradient_binary(g, "CastLike", gradient_by_channel(g, inputs[i], inputs[0]), inputs[0]);
    struct gradient viewed = *g;
    viewed.node.inputs = views;
    for (uint32_t i = 0; i < 5 && !g->status; i++) {
        if (!g->is_wanted[i])
            continue;
        g->dx[i] = gradient_expression(&viewed, by[i]);
        g->status = viewed.status;
        if (i == 0)
            continue;
        g->dx[i] = gradient_reshape_like(g, gradient_sum_to(g, g->dx[i], views[i]), inputs[i]);
        g->dx[i] = gradient_binary(g, "CastLike", g->dx[i], inputs[i]);
    }
}

void gradient_layer_normalization(struct gradient *g)
{
    static const char *const by[] = {
        ("r = a - ReduceMean(a, c); n = 1 / Sqrt(ReduceMean(r * r, c) + epsilon); h = r * n;"
         "t = dy * b; n * (t - ReduceMean(t, c) - h * ReduceMean(t * h, c))"),
        "r = a - ReduceMean(a, c); dy * r / Sqrt(ReduceMean(r * r, c) + epsilon)", "dy"};
    int64_t axes[HINGE_MAX_RANK], at = gradient_attribute_int(g, "axis");
    const int32_t rank = gradient_rank(g, g->node.inputs[0]);
    if (at >= 0 && rank < 0)
        gradient_fail(g, HINGE_UNSUPPORTED, "the rank of its input is not known");
    at -= at >= 0 ? rank : 0;
    if (at >= 0 || at < -HINGE_MAX_RANK)
        gradient_fail(g, HINGE_BAD_MODEL, "axis is none of its input's");
    if (g->status)
        return;
    for (int64_t i = 0; i < -at; i++)
        axes[i] = at + i;
    uint32_t inputs[] = {g->node.inputs[0], g->node.inputs[1], gradient_list(g, axes, (size_t)-at)};
    struct gradient viewed = *g;
    viewed.node.inputs = inputs;
    viewed.node.n_inputs = 3;
    for (uint32_t i = 0; i < g->node.n_inputs && !g->status; i++) {
        if (!g->is_wanted[i])
            continue;
        g->dx[i] = gradient_expression(&viewed, by[i]);
        g->status = viewed.status;
        g->dx[i] = gradient_sum_to(g, g->dx[i], g->node.inputs[i]);
    }
}

/* What is normalized together, as rows [batch, groups, elements]. */
static uint32_t rows_of_groups(struct gradient *g, uint32_t x, bool of_channels)
{
    const int64_t all = -1, n_groups = of_channels ? 0 : gradient_attribute_int(g, "num_groups");
    const uint32_t groups =
        of_channels ? gradient_dims(g, x, 1, 2) : gradient_list(g, &n_groups, 1);
    const struct graph_attribute axis = gradient_int("axis", 0);
    const uint32_t lists[] = {gradient_dims(g, x, 0, 1), groups, gradient_list(g, &all, 1)};
    return gradient_node(g, "Concat", lists, 3, &axis, 1);
}

/* GroupNormalization, whose scale and bias were of groups first, and InstanceNormalization. */
void gradient_group_normalization(struct gradient *g)
{
    const bool of_channels = !gradient_attribute(g, "num_groups", HINGE_ATTR_INT);
    const uint32_t *in = g->node.inputs;
    const int64_t last = -1;
    const uint32_t shape = rows_of_groups(g, in[0], of_channels);
    const uint32_t rows = gradient_reshape(g, in[0], shape);
    /* Where scale is broadcast. */
    const uint32_t like = of_channels || gradient_opset(g) >= 21 ? in[0] : rows;
    const uint32_t scale = gradient_by_channel(g, in[1], like);
    const uint32_t dy = gradient_reshape_like(g, gradient_dy(g), like);
    const uint32_t scaled = gradient_reshape(g, gradient_binary(g, "Mul", dy, scale), shape);
    uint32_t inputs[] = {rows, scaled, gradient_list(g, &last, 1)};
    struct gradient viewed = *g;
    viewed.node.inputs = inputs;
    viewed.node.n_inputs = 3;
    if (g->is_wanted[0])
        g->dx[0] = gradient_expression(
            &viewed, "r = a - ReduceMean(a, c); n = 1 / Sqrt(ReduceMean(r * r, c) + epsilon);"
                     "h = r * n; n * (b - ReduceMean(b, c) - h * ReduceMean(b * h, c))");
    if (g->is_wanted[1])
        g->dx[1] = gradient_expression(
            &viewed, "r = a - ReduceMean(a, c); r / Sqrt(ReduceMean(r * r, c) + epsilon)");
    g->status = viewed.status;
    if (g->is_wanted[0])
        g->dx[0] = gradient_reshape_like(g, g->dx[0], in[0]);
    if (g->is_wanted[1])
        g->dx[1] = gradient_binary(g, "Mul", gradient_reshape_like(g, g->dx[1], like), dy);
    if (g->is_wanted[2])
        g->dx[2] = dy;
    for (uint32_t i = 1; i < 3; i++)
        if (g->is_wanted[i])
            g->dx[i] = gradient_reshape_like(g, gradient_sum_to(g, g->dx[i], scale), in[i]);
}

/* The mean over windows of channels of value, [N, C, …], that have before and after of them on
 * either side of their own; what lies outside counts as 0. */
static uint32_t mean_of_channels(struct gradient *g, uint32_t value, int64_t before, int64_t after)
{
    const int64_t one = 1, kernel[] = {before + 1 + after, 1}, pads[] = {before, 0, after, 0};
    const struct graph_attribute axis = gradient_int("axis", 0), keep = gradient_int("keepdims", 1);
    const struct graph_attribute window[] = {gradient_ints("kernel_shape", kernel, 2),
                                             gradient_ints("pads", pads, 4),
                                             gradient_int("count_include_pad", 1)};
    const uint32_t images = gradient_dims(g, value, 0, 1), channels = gradient_dims(g, value, 1, 2);
    const uint32_t size = gradient_dims(g, value, 2, 0);
    const uint32_t n_pixels = gradient_node(g, "ReduceProd", &size, 1, &keep, 1);
    const uint32_t planes = gradient_node(
        g, "Concat", GRADIENT_LIST(images, gradient_list(g, &one, 1), channels, n_pixels), &axis,
        1);
    const uint32_t plane = gradient_reshape(g, value, planes);
    const uint32_t means = gradient_node(g, "AveragePool", &plane, 1, window, 3);
    return gradient_reshape_like(g, means, value);
}

/* An element counts in the windows of the channels whose window it is in: the reversed ones. */
void gradient_lrn(struct gradient *g)
{
    const int64_t size = gradient_attribute_int(g, "size");
    const int64_t before = (size - 1) / 2, after = size / 2;
    if (size < 1 || size > INT32_MAX) {
        gradient_fail(g, HINGE_BAD_MODEL, "size is %lld", (long long)size);
        return;
    }
    uint32_t inputs[] = {g->node.inputs[0], GRAPH_NONE, GRAPH_NONE};
    struct gradient viewed = *g;
    viewed.node.inputs = inputs;
    viewed.node.n_inputs = 3;
    inputs[1] = mean_of_channels(&viewed, gradient_expression(&viewed, "x * x"), before, after);
    inputs[1] = gradient_expression(&viewed, "bias + alpha * b");
    inputs[2] = gradient_expression(&viewed, "dy * x * Pow(b, -beta - 1)");
    inputs[2] = mean_of_channels(&viewed, inputs[2], after, before);
    g->dx[0] = gradient_expression(&viewed, "dy * Pow(b, -beta) - 2 * alpha * beta * x * c");
    g->status = viewed.status;
}
