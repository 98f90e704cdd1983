/* The sliding window of convolutions and poolings: their common attributes, checked, and the output
 * dimensions that follow. */
#ifndef OPERATORS_NN_WINDOW_H
#define OPERATORS_NN_WINDOW_H

#include "operators/kernels/conv/conv.h"
#include "operators/kernels/pool/pool.h"
#include "operators/op/op.h"

#define WINDOW_MAX_AXES 3

/* The attributes that all of them begin their declaration with, in this order. */
enum {
    WINDOW_AUTO_PAD,
    WINDOW_DILATIONS,
    WINDOW_KERNEL_SHAPE,
    WINDOW_PADS,
    WINDOW_STRIDES,
    WINDOW_N_ATTRIBUTES
};
#define WINDOW_ATTRIBUTES                                                                          \
    {.name = "auto_pad", .type = HINGE_ATTR_STRING, .s = "NOTSET"},                                \
        {.name = "dilations", .type = HINGE_ATTR_INTS},                                            \
        {.name = "kernel_shape", .type = HINGE_ATTR_INTS},                                         \
        {.name = "pads", .type = HINGE_ATTR_INTS},                                                 \
    {                                                                                              \
        .name = "strides", .type = HINGE_ATTR_INTS                                                 \
    }

enum window_padding { WINDOW_EXPLICIT, WINDOW_VALID, WINDOW_SAME_UPPER, WINDOW_SAME_LOWER };

/* Fields are per spatial axis, the outermost first. */
struct window {
    int32_t n_axes;
    enum window_padding padding;
    int64_t input[WINDOW_MAX_AXES], output[WINDOW_MAX_AXES];
    int64_t kernel[WINDOW_MAX_AXES], stride[WINDOW_MAX_AXES], dilation[WINDOW_MAX_AXES];
    int64_t pad_begin[WINDOW_MAX_AXES], pad_end[WINDOW_MAX_AXES];
};

/* Reads the attributes for an input x of rank 3 to 5 (batch, channels, then the spatial axes), all
 * but output and the pads of auto_pad. The kernel's extent is that of the weight (its axes from the
 * third on) where one is given, otherwise the attribute kernel_shape. */
hinge_status window_read(const struct hinge_node *node, const hinge_tensor *x,
                         const hinge_tensor *weight, struct window *window);
/* Sets output and the pads of auto_pad as for Conv and the poolings; ceil rounds a last partial
 * step up, as far as it begins inside of the input or its leading padding. */
hinge_status window_slide(const struct hinge_node *node, struct window *window, bool ceil);

/* Reach of a kernel of size positions: (size - 1) * dilation + 1. */
static inline int64_t window_reach(const struct window *window, int32_t axis)
{
    return (window->kernel[axis] - 1) * window->dilation[axis] + 1;
}

/* Input 0 of an operator whose channels are the last axis, as (batch, channels, spatial axes). */
hinge_tensor window_channels_first(const struct hinge_node *node);

/* The fields again with three axes, the missing outer ones 1 (pads 0). */
void window_extend(struct window *window);

/* Conv and ConvTranspose: inputs x, weight and maybe bias, and after the attributes above group. */

enum { WINDOW_GROUP = WINDOW_N_ATTRIBUTES };

/* Fails: x's channels do not fit the weight in so many groups. */
hinge_status window_conv_misfit(const struct hinge_node *node, const hinge_tensor *x,
                                int64_t groups);
/* Checks the bias for the groups and maps that stand in shape, and fills in the window,
 * extended to three axes. */
hinge_status window_conv_shape(const struct hinge_node *node, const struct window *window,
                               struct conv_shape *shape);
/* Of Conv: the shape for x, which is input 0 as (batch, channels, spatial axes), or what is known
 * of it: its channels may be -1. */
hinge_status window_conv_read(const struct hinge_node *node, const hinge_tensor *x,
                              struct conv_shape *shape, struct window *window);
/* The same with what the model fixes of x, and whether that is all extents of the image. */
hinge_status window_conv_fixed(const struct hinge_node *node, const hinge_tensor *x,
                               struct conv_shape *shape, bool *sizes_fixed);
/* infer. */
hinge_status window_conv_output(const struct hinge_node *node, const struct window *window,
                                const struct conv_shape *shape);
/* The node's data and epilogue, with the weights as they come and all of the scratch memory. */
struct conv_call window_conv_call(const struct hinge_node *node, const struct conv_shape *shape);

/* Halves are computed in float32, from copies in the scratch memory. */
bool window_conv_is_half(const struct hinge_node *node);
/* prepare: sets size to scratch (-1: fails) + packed + what the next two take. */
hinge_status window_conv_prepare(const struct hinge_node *node, int64_t scratch, int64_t packed,
                                 bool weights, size_t *size);
/* For a node of halves: gives the call copies of input, bias and, where they are wanted, weights,
 * and an output of float32, from its scratch; rounds that output to the node's. */
void window_conv_widen(const struct hinge_node *node, struct conv_call *call, bool weights);
void window_conv_narrow(const struct hinge_node *node, const struct conv_call *call);

/* Operators that write into a wider tensor (hinge_op.into). */

/* Behind their other attributes, the first of them at index attribute. */
#define WINDOW_PART_ATTRIBUTES                                                                     \
    {.name = "first_channel", .type = HINGE_ATTR_INT},                                             \
    {                                                                                              \
        .name = "channels", .type = HINGE_ATTR_INT, .required = true                               \
    }
/* infer, given dims as without them: checks the attributes and that the wider tensor, where input
 * into is one, is of the output's shape. */
hinge_status window_part_infer(const struct hinge_node *node, unsigned attribute, unsigned into,
                               int32_t rank, const int64_t *dims);
/* run, before anything is written: fills in the other channels. Returns where the first one of the
 * node's own lies. */
float *window_part_begin(const struct hinge_node *node, unsigned attribute, unsigned into);

/* Poolings: their attributes go on with ceil_mode. */

enum { WINDOW_CEIL_MODE = WINDOW_N_ATTRIBUTES };

/* infer: every output has input 0's batch and channels; output 1, where there is one, is int64. */
hinge_status window_pool_infer(const struct hinge_node *node);
/* The node's window over x, which is input 0 as (batch, channels, spatial axes), extended to three
 * axes; count_pads is false. */
hinge_status window_pool(const struct hinge_node *node, const hinge_tensor *x,
                         struct pool_shape *shape);
/* prepare: a line for each thread. */
hinge_status window_pool_prepare(struct hinge_node *node, size_t *size);

/* Runs pool over the channels of all images. */
hinge_status window_pool_run(const struct hinge_node *node, const struct pool_shape *shape,
                             pool_channel *pool);

#endif
