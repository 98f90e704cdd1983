/* ConvTranspose-1, -11, -22: 1 to 3 spatial dimensions, with output_padding and output_shape. An
 * output_shape beyond what the kernel reaches is filled with the bias. */
#include "operators/nn/window.h"

enum { OUTPUT_PADDING = WINDOW_GROUP + 1, OUTPUT_SHAPE };

static const struct hinge_attribute_def attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "group", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "output_padding", .type = HINGE_ATTR_INTS},
    {.name = "output_shape", .type = HINGE_ATTR_INTS},
    {.name = NULL},
};

/* Output extent and pads of an axis. full is what the kernel reaches without any padding. */
static hinge_status slide_axis(const struct hinge_node *node, struct window *w, int32_t i,
                               int64_t full)
{
    const struct hinge_attribute *shape = &node->attributes[OUTPUT_SHAPE];
    const bool same = w->padding >= WINDOW_SAME_UPPER;
    if (shape->present || same) {
        w->output[i] = shape->present ? shape->ints[i] : w->input[i] * w->stride[i];
        const int64_t total = full > w->output[i] ? full - w->output[i] : 0;
        w->pad_begin[i] = w->padding == WINDOW_SAME_UPPER ? total / 2 : total - total / 2;
        w->pad_end[i] = total - w->pad_begin[i];
    } else {
        w->output[i] = full - w->pad_begin[i] - w->pad_end[i];
    }
    if (w->output[i] < 1 && w->input[i] > 0)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the output's extent at axis %d would be %lld",
                       (int)i, (long long)w->output[i]);
    return HINGE_OK;
}

static hinge_status slide(const struct hinge_node *node, struct window *w)
{
    const struct hinge_attribute *shape = &node->attributes[OUTPUT_SHAPE];
    const struct hinge_attribute *more = &node->attributes[OUTPUT_PADDING];
    const size_t n = (size_t)w->n_axes;
    if ((shape->present && shape->count != n) || (more->present && more->count != n))
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s does not have %zu values",
                       shape->present && shape->count != n ? "output_shape" : "output_padding", n);
    for (int32_t i = 0; i < w->n_axes; i++) {
        const int64_t extra = more->present ? more->ints[i] : 0;
        int64_t full;
        if (extra < 0 || extra > INT32_MAX)
            return OP_FAIL(node, HINGE_BAD_VALUE, "output_padding has the value %lld",
                           (long long)extra);
        if (__builtin_mul_overflow(w->input[i], w->stride[i], &full) || full > INT64_MAX / 4)
            return OP_FAIL(node, HINGE_LIMIT, "the output is too large at axis %d", (int)i);
        full += window_reach(w, i) + extra - w->stride[i];
        hinge_status status = slide_axis(node, w, i, full);
        if (status)
            return status;
    }
    return HINGE_OK;
}

static hinge_status read_shape(const struct hinge_node *node, struct conv_shape *shape,
                               struct window *w)
{
    const hinge_tensor *x = node->inputs[0], *weight = node->inputs[1];
    const int64_t groups = node->attributes[WINDOW_GROUP].i;
    *shape = (struct conv_shape){.batch = x->dims[0], .groups = groups};
    hinge_status status = window_read(node, x, weight, w);
    if (!status)
        status = slide(node, w);
    if (status)
        return status;
    if (groups < 1 || x->dims[1] % groups || weight->dims[0] != x->dims[1] ||
        weight->dims[1] > INT64_MAX / groups)
        return window_conv_misfit(node, node->inputs[0], groups);
    shape->channels = x->dims[1] / groups;
    shape->maps = weight->dims[1];
    return window_conv_shape(node, w, shape);
}

static hinge_status convtranspose_infer(const struct hinge_node *node)
{
    struct conv_shape shape;
    struct window w;
    hinge_status status = read_shape(node, &shape, &w);
    if (status)
        return status;
    return window_conv_output(node, &w, &shape);
}

static hinge_status convtranspose_prepare(struct hinge_node *node, size_t *size)
{
    struct conv_shape shape;
    struct window w;
    hinge_status status = read_shape(node, &shape, &w);
    if (status)
        return status;
    return window_conv_prepare(node, conv_transpose_scratch(&shape, node->n_threads), 0, true,
                               size);
}

static bool convtranspose_linear(const struct hinge_node *node, struct hinge_linear *linear)
{
    *linear = (struct hinge_linear){.weight = 1,
                                    .bias = 2,
                                    .weight_axis = 1,
                                    .axis = 1,
                                    .n_groups = node->attributes[WINDOW_GROUP].i};
    return true;
}

static hinge_status convtranspose_run(const struct hinge_node *node)
{
    struct conv_shape shape;
    struct window w;
    hinge_status status = read_shape(node, &shape, &w);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    struct conv_call call = window_conv_call(node, &shape);
    window_conv_widen(node, &call, true);
    conv_transpose_run(&call);
    window_conv_narrow(node, &call);
    return HINGE_OK;
}

const struct hinge_op op_convtranspose[] = {
    {.name = "ConvTranspose",
     .gradient = "conv_transpose:",
     .since = 1,
     .signature = "(X: T, W: T, B?: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .attributes = attributes,
     .infer = convtranspose_infer,
     .prepare = convtranspose_prepare,
     .linear = convtranspose_linear,
     .kernels = HINGE_KERNELS(OP_FLOATING(convtranspose_run))},
    OP_END,
};
