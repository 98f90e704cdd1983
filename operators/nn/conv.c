/* Conv-1, -11, -22: 1 to 3 spatial dimensions. The weights are packed once where they are constant
 * and their original given up; otherwise in every run. Padding is zeros that are multiplied like
 * any others: an infinite weight makes NaN of results at the border. float64 is computed in its own
 * type, the halves in float32. */
#include "operators/nn/conv_node.h"
#include "operators/op/copy.h"

static const struct hinge_attribute_def attributes[] = {CONV_ATTRIBUTES, {.name = NULL}};

static hinge_status conv_prepare(struct hinge_node *node, size_t *size)
{
    return conv_node_prepare(node, NULL, size);
}

static hinge_status conv_run_node(const struct hinge_node *node)
{
    return conv_node_run(node, NULL, NULL);
}

static bool conv_linear(const struct hinge_node *node, struct hinge_linear *linear)
{
    (void)node;
    *linear = (struct hinge_linear){.weight = 1, .bias = 2, .axis = 1, .n_groups = 1};
    return true;
}

/* Vectors of channels: not where a group has few maps, but for those with one of one channel. */
static const char *conv_channels_last(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *weight = node->inputs[1];
    const int64_t groups = node->attributes[WINDOW_GROUP].i;
    const bool is_depthwise =
        weight->rank > 1 && weight->dims[1] == 1 && groups >= 8 && weight->dims[0] == groups;
    const bool is_narrow =
        groups > 1 && weight->rank > 0 && weight->dims[0] / groups < 8 && !is_depthwise;
    return x->type == HINGE_FLOAT && weight->data && !is_narrow ? "ConvChannelsLast" : NULL;
}

static bool fits_integers(const struct hinge_node *node)
{
    return op_byte_sums_fit(node->inputs[1], 1, node->inputs[1]->rank);
}

const struct hinge_op op_conv[] = {
    {.name = "Conv",
     .gradient = "conv:",
     .since = 1,
     .signature = "(X: T, W: T, B?: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .attributes = attributes,
     .linear = conv_linear,
     .channels_last = conv_channels_last,
     .integers = "QLinearConv-10(a, b, y, C)",
     .fits_integers = fits_integers,
     .init = conv_node_init,
     .infer = conv_node_infer,
     .prepare = conv_prepare,
     .kernels = HINGE_KERNELS(OP_FLOATING(conv_run_node))},
    OP_END,
};
