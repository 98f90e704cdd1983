/*
 * The rules of Conv and of pools, which are much the same. By x it is the ConvTranspose with the
 * same weights; by the weights a Conv of x with dy, both with batch and channels swapped, in which
 * strides and dilations change places.
 */
#include "passes/gradient/gradient.h"

#include <string.h>

#define MAX_SPATIAL (HINGE_MAX_RANK - 2)

struct convolution {
    uint32_t x, w, dy;
    int32_t rank; /* of x */
    int64_t strides[MAX_SPATIAL], dilations[MAX_SPATIAL], pads[2 * MAX_SPATIAL], group;
};

static void read_list(struct gradient *g, const char *name, int64_t *to, size_t count,
                      int64_t otherwise)
{
    const struct hinge_attribute *attribute = gradient_attribute(g, name, HINGE_ATTR_INTS);
    for (size_t i = 0; i < count; i++)
        to[i] = otherwise;
    if (!attribute || !attribute->count)
        return;
    if (attribute->count != count)
        gradient_fail(g, HINGE_BAD_MODEL, "%s has %zu entries, not %zu", name, attribute->count,
                      count);
    else
        memcpy(to, attribute->ints, count * sizeof *to);
}

static bool is_auto_pad(const struct hinge_attribute *attribute, const char *text)
{
    return attribute->s.size == strlen(text) && memcmp(attribute->s.bytes, text, strlen(text)) == 0;
}

/* SAME: what is missing for one output for each stride, half of it on either side. */
static void find_pads(struct gradient *g, struct convolution *c, bool upper)
{
    const int32_t n = c->rank - 2;
    if (!pass_is_static(g->graph, c->x) || !pass_is_static(g->graph, c->w)) {
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none with auto_pad where shapes are unknown");
        return;
    }
    const hinge_tensor *x = &g->graph->values[c->x].tensor, *w = &g->graph->values[c->w].tensor;
    for (int32_t d = 0; d < n; d++) {
        if (x->dims[2 + d] > INT32_MAX || w->dims[2 + d] > INT32_MAX || c->strides[d] > INT32_MAX ||
            c->dilations[d] > INT32_MAX) {
            gradient_fail(g, HINGE_LIMIT, "a size is more than %d", INT32_MAX);
            return;
        }
        const int64_t size = x->dims[2 + d], stride = c->strides[d];
        const int64_t extent = (w->dims[2 + d] - 1) * c->dilations[d] + 1;
        const int64_t n_outputs = stride > 0 ? (size + stride - 1) / stride : 0;
        const int64_t missing = (n_outputs - 1) * stride + extent - size;
        const int64_t total = missing > 0 ? missing : 0, half = total / 2;
        c->pads[d] = upper ? half : total - half;
        c->pads[n + d] = total - c->pads[d];
    }
}

/* Fills the lists for an x and weights that are there. */
static void read_lists(struct gradient *g, struct convolution *c)
{
    const struct hinge_attribute *auto_pad = gradient_attribute(g, "auto_pad", HINGE_ATTR_STRING);
    if (c->rank < 2 || c->rank > HINGE_MAX_RANK) {
        gradient_fail(g, HINGE_UNSUPPORTED, "the rank of its inputs is not known");
        return;
    }
    const size_t n = (size_t)c->rank - 2;
    read_list(g, "strides", c->strides, n, 1);
    read_list(g, "dilations", c->dilations, n, 1);
    const bool upper = is_auto_pad(auto_pad, "SAME_UPPER");
    if (upper || is_auto_pad(auto_pad, "SAME_LOWER"))
        find_pads(g, c, upper);
    else if (is_auto_pad(auto_pad, "VALID"))
        memset(c->pads, 0, sizeof c->pads);
    else
        read_list(g, "pads", c->pads, 2 * n, 0);
}

static bool has_strides(const struct convolution *c)
{
    for (int32_t d = 0; d < c->rank - 2; d++)
        if (c->strides[d] != 1)
            return true;
    return false;
}

/* With strides, the last window need not end where the padding does: what comes out is taken
 * without padding at its end, and cut, or filled up with zeros, to x's size. */
static uint32_t by_x(struct gradient *g, const struct convolution *c)
{
    const size_t n = (size_t)c->rank - 2;
    int64_t pads[2 * MAX_SPATIAL];
    memcpy(pads, c->pads, sizeof pads);
    if (has_strides(c))
        memset(pads + n, 0, n * sizeof *pads);
    const struct graph_attribute attributes[] = {
        gradient_ints("strides", c->strides, n), gradient_ints("dilations", c->dilations, n),
        gradient_ints("pads", pads, 2 * n), gradient_int("group", c->group)};
    const uint32_t dx =
        gradient_node(g, "ConvTranspose", GRADIENT_LIST(c->dy, c->w), attributes, 4);
    if (!has_strides(c))
        return dx;
    const struct graph_attribute axis = gradient_int("axis", 0);
    const uint32_t missing =
        gradient_binary(g, "Sub", gradient_shape(g, c->x), gradient_shape(g, dx));
    const uint32_t none = gradient_binary(g, "Sub", missing, missing);
    const uint32_t ends = gradient_node(g, "Concat", GRADIENT_LIST(none, missing), &axis, 1);
    return gradient_binary(g, "Pad", dx, ends);
}

static uint32_t transpose(struct gradient *g, uint32_t value, int32_t rank, int64_t first,
                          int64_t second, int64_t third)
{
    int64_t order[HINGE_MAX_RANK + 1] = {first, second, third};
    for (int64_t d = 3; d < rank; d++)
        order[d] = d;
    const struct graph_attribute perm = gradient_ints("perm", order, (size_t)rank);
    return gradient_node(g, "Transpose", &value, 1, &perm, 1);
}

/* x [N, G C, …] as [C, G N, …]: the images that each group sees are the channels of a group. */
static uint32_t images_as_channels(struct gradient *g, const struct convolution *c)
{
    const int64_t all = -1;
    const struct graph_attribute axis = gradient_int("axis", 0);
    const uint32_t rest = gradient_list(g, &all, 1), size = gradient_dims(g, c->x, 2, 0);
    const uint32_t channels = gradient_dims(g, c->w, 1, 2);
    if (c->group == 1)
        return transpose(g, c->x, c->rank, 1, 0, 2);
    const uint32_t apart = gradient_node(
        g, "Concat", GRADIENT_LIST(rest, gradient_list(g, &c->group, 1), channels, size), &axis, 1);
    const uint32_t together =
        gradient_node(g, "Concat", GRADIENT_LIST(channels, rest, size), &axis, 1);
    const uint32_t split = gradient_reshape(g, c->x, apart);
    return gradient_reshape(g, transpose(g, split, c->rank + 1, 2, 1, 0), together);
}

/* What of value lies within like's shape. */
static uint32_t cut_to(struct gradient *g, uint32_t value, uint32_t like)
{
    const uint32_t end = gradient_shape(g, like), start = gradient_binary(g, "Sub", end, end);
    return gradient_node(g, "Slice", GRADIENT_LIST(value, start, end), NULL, 0);
}

/* Where the strides leave rows of x out, more comes out than there are weights. */
static uint32_t by_weights(struct gradient *g, const struct convolution *c)
{
    const size_t n = (size_t)c->rank - 2;
    const struct graph_attribute attributes[] = {
        gradient_ints("strides", c->dilations, n), gradient_ints("dilations", c->strides, n),
        gradient_ints("pads", c->pads, 2 * n), gradient_int("group", c->group)};
    const uint32_t x = images_as_channels(g, c), dy = transpose(g, c->dy, c->rank, 1, 0, 2);
    const uint32_t dw = transpose(g, gradient_node(g, "Conv", GRADIENT_LIST(x, dy), attributes, 4),
                                  c->rank, 1, 0, 2);
    return has_strides(c) ? cut_to(g, dw, c->w) : dw;
}

static void by_bias(struct gradient *g, const struct convolution *c, uint32_t dy)
{
    if (g->node.n_inputs < 3 || !g->is_wanted[2] || g->status)
        return;
    int64_t axes[HINGE_MAX_RANK] = {0};
    for (int32_t d = 2; d < c->rank; d++)
        axes[d - 1] = d;
    const struct graph_attribute keep = gradient_int("keepdims", 0);
    const uint32_t list = gradient_list(g, axes, (size_t)c->rank - 1);
    g->dx[2] = gradient_node(g, "ReduceSum", GRADIENT_LIST(dy, list), &keep, 1);
}

void gradient_conv(struct gradient *g)
{
    struct convolution c = {.x = g->node.inputs[0],
                            .w = g->node.inputs[1],
                            .dy = gradient_dy(g),
                            .group = gradient_attribute_int(g, "group")};
    c.rank = gradient_rank(g, c.w);
    if (c.rank < 0)
        c.rank = gradient_rank(g, c.x);
    read_lists(g, &c);
    if (g->is_wanted[0] && !g->status)
        g->dx[0] = by_x(g, &c);
    if (g->is_wanted[1] && !g->status)
        g->dx[1] = by_weights(g, &c);
    by_bias(g, &c, gradient_dy(g));
}

static bool is_given(const struct gradient *g, const char *list)
{
    const struct hinge_attribute *attribute = gradient_attribute(g, list, HINGE_ATTR_INTS);
    return attribute && attribute->count;
}

/* y is what the Conv with these weights makes x of: what that has as x is dy here. With an
 * output_padding, the Conv may make more than x has. */
void gradient_conv_transpose(struct gradient *g)
{
    struct convolution c = {.x = gradient_dy(g),
                            .w = g->node.inputs[1],
                            .dy = g->node.inputs[0],
                            .group = gradient_attribute_int(g, "group")};
    const struct hinge_attribute *auto_pad = gradient_attribute(g, "auto_pad", HINGE_ATTR_STRING);
    c.rank = gradient_rank(g, c.w);
    if (c.rank < 0)
        c.rank = gradient_rank(g, c.dy);
    if (is_given(g, "output_shape") || is_auto_pad(auto_pad, "SAME_UPPER") ||
        is_auto_pad(auto_pad, "SAME_LOWER"))
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none with output_shape or auto_pad");
    read_lists(g, &c);
    if (g->status)
        return;
    const size_t n = (size_t)c.rank - 2;
    const struct graph_attribute attributes[] = {
        gradient_ints("strides", c.strides, n), gradient_ints("dilations", c.dilations, n),
        gradient_ints("pads", c.pads, 2 * n), gradient_int("group", c.group)};
    if (g->is_wanted[0]) {
        const uint32_t dx = gradient_node(g, "Conv", GRADIENT_LIST(c.x, c.w), attributes, 4);
        g->dx[0] = is_given(g, "output_padding") ? cut_to(g, dx, c.dy) : dx;
    }
    if (g->is_wanted[1] && !g->status)
        g->dx[1] = by_weights(g, &c);
    by_bias(g, &c, c.x);
}

/* Each channel as an image of its own: [N C, 1, …]. */
static uint32_t channels_as_images(struct gradient *g, uint32_t value)
{
    const int64_t image[] = {-1, 1};
    const struct graph_attribute axis = gradient_int("axis", 0);
    const uint32_t first = gradient_list(g, image, 2), size = gradient_dims(g, value, 2, 0);
    return gradient_reshape(g, value,
                            gradient_node(g, "Concat", GRADIENT_LIST(first, size), &axis, 1));
}

/* A convolution with ones, divided by how many elements each window has. */
void gradient_average_pool(struct gradient *g)
{
    gradient_since(g, 7);
    const struct hinge_attribute *kernel = gradient_attribute(g, "kernel_shape", HINGE_ATTR_INTS);
    const uint32_t x = g->node.inputs[0];
    if (g->status)
        return;
    if (kernel->count > MAX_SPATIAL || gradient_attribute_int(g, "ceil_mode")) {
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none with ceil_mode");
        return;
    }
    const size_t n = kernel->count;
    int64_t dims[HINGE_MAX_RANK] = {1, 1}, count = 1;
    for (size_t d = 0; d < n; d++) {
        dims[2 + d] = kernel->ints[d];
        if (dims[2 + d] < 1 || dims[2 + d] > INT32_MAX / count) {
            gradient_fail(g, HINGE_BAD_MODEL, "kernel_shape is none of a window");
            return;
        }
        count *= dims[2 + d];
    }
    struct convolution c = {.x = channels_as_images(g, x), .rank = (int32_t)n + 2, .group = 1};
    const uint32_t one = gradient_number(g, 1, x);
    c.w = gradient_binary(g, "Expand", one, gradient_list(g, dims, n + 2));
    read_lists(g, &c);
    const uint32_t dy = channels_as_images(g, gradient_dy(g));
    if (gradient_attribute_int(g, "count_include_pad")) {
        c.dy = gradient_binary(g, "Div", dy, gradient_number(g, (double)count, x));
    } else {
        const struct graph_attribute attributes[] = {gradient_ints("strides", c.strides, n),
                                                     gradient_ints("dilations", c.dilations, n),
                                                     gradient_ints("pads", c.pads, 2 * n)};
        const uint32_t ones = gradient_fill(g, 1, c.x);
        c.dy = gradient_binary(g, "Div", dy,
                               gradient_node(g, "Conv", GRADIENT_LIST(ones, c.w), attributes, 3));
    }
    if (!g->status)
        g->dx[0] = gradient_reshape_like(g, by_x(g, &c), x);
}

/* The node once more, with the numbers of the elements that it takes. */
void gradient_max_pool(struct gradient *g)
{
    gradient_since(g, 8);
    uint32_t outputs[2];
    struct gradient numbered = *g;
    if (gradient_attribute_int(g, "storage_order"))
        gradient_fail(&numbered, HINGE_UNSUPPORTED, "there is none with storage_order");
    numbered.node.n_outputs = 2;
    gradient_copy(&numbered, g->node.inputs, outputs);
    g->status = numbered.status;
    if (!g->status)
        g->dx[0] = gradient_add_at(g, outputs[1], gradient_dy(g), g->node.inputs[0]);
}
