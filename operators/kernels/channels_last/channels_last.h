/* Convolution of float32 over tensors whose channels lie side by side: x is (batch, spatial axes,
 * groups x channels), y (batch, spatial axes, groups x maps).
 *
 * CHANNELS_LAST_DIRECT is a matrix product of pixels x depth times depth x maps, depth being kernel
 * positions x channels, whose left operand is never built: the micro-kernel (channels_last_tile.h)
 * reads the inputs of each pixel through one pointer for each kernel position, or each row of the
 * kernel where channels are few; padding is a row of zeros. Each sum begins with the bias and runs
 * in the order of depth, so that neither blocks nor threads change a result's bits.
 * CHANNELS_LAST_WINOGRAD_2 and CHANNELS_LAST_WINOGRAD_4: winograd_channels_last.h.
 * CHANNELS_LAST_DEPTHWISE: depthwise_channels_last.h. */
#ifndef KERNELS_CHANNELS_LAST_H
#define KERNELS_CHANNELS_LAST_H

#include "operators/kernels/conv/conv.h"

enum channels_last_method {
    CHANNELS_LAST_DIRECT,
    CHANNELS_LAST_WINOGRAD_2,
    CHANNELS_LAST_WINOGRAD_4,
    CHANNELS_LAST_DEPTHWISE,
    CHANNELS_LAST_N_METHODS
};

/* Sets of methods, of bits 1 << method: those to pack constant weights for. Where input and output
 * are fixed, it is the one that will be chosen; where they are not (sizes_fixed is false; they are
 * not read then), one for many pixels may be beside the direct one. exact leaves Winograd out. */
unsigned channels_last_methods(const struct conv_shape *shape, bool sizes_fixed,
                               const float *weights, bool exact);
/* The method of a set that should be fastest for the shape, which depends on nothing else. */
enum channels_last_method channels_last_choose(const struct conv_shape *shape, unsigned methods);

/* Floats of the packed weights, panels that they are packed in, and packing of panels [begin, end)
 * of the row-major (groups x maps x channels x kernel positions) weights. */
int64_t channels_last_packed_count(const struct conv_shape *shape,
                                   enum channels_last_method method);
int64_t channels_last_n_panels(const struct conv_shape *shape);
void channels_last_pack(const struct conv_shape *shape, enum channels_last_method method,
                        const float *weights, float *packed, int64_t begin, int64_t end);

/* Bytes of scratch; -1 where they do not fit int64_t. */
int64_t channels_last_scratch(const struct conv_shape *shape, enum channels_last_method method,
                              unsigned n_threads);
void channels_last_run(const struct conv_call *call, enum channels_last_method method);

/* For the methods: call's activation of count channels of n_pixels finished pixels, neighbours in a
 * row of the output from y on, where it is not one that is computed in registers (Relu). */
void channels_last_activate(const struct conv_call *call, float *y, int64_t n_pixels,
                            int64_t count);

#endif
