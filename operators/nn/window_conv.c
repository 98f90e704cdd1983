/* What Conv and ConvTranspose have in common: their node as a conv_shape and a conv_call. */
#include "operators/nn/window.h"

hinge_status window_conv_misfit(const struct hinge_node *node, int64_t groups)
{
    const hinge_tensor *x = node->inputs[0], *weight = node->inputs[1];
    return OP_FAIL(node, HINGE_BAD_SHAPE,
                   "%lld channels in %lld groups do not fit a weight of %lld x %lld",
                   (long long)x->dims[1], (long long)groups, (long long)weight->dims[0],
                   (long long)weight->dims[1]);
}

hinge_status window_conv_shape(const struct hinge_node *node, const struct window *w,
                               struct conv_shape *shape)
{
    const hinge_tensor *x = node->inputs[0], *weight = node->inputs[1], *bias = op_input(node, 2);
    if (bias && (bias->rank != 1 || bias->dims[0] != shape->maps * shape->groups))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the bias is not a list of %lld values",
                       (long long)(shape->maps * shape->groups));
    if (weight->type != x->type || (bias && bias->type != x->type))
        return OP_FAIL(node, HINGE_BAD_MODEL, "inputs have different types");
    struct window all = *w;
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
        .activation = &node->epilogue->activation,
        .y = node->outputs[0]->data,
        .scratch = node->scratch,
    };
}
