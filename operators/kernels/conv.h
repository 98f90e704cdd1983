/* Convolution of float32 as a matrix product that never builds the whole im2col matrix, in one to
 * three dimensions (missing leading ones are 1), with groups, strides, dilations and padding.
 *
 * The product of a group is maps x taps times taps x pixels, where taps are channels x kernel
 * positions. Its two forms differ in what runs along the vector lanes:
 * - CONV_PIXELS: weights are the strips of the product, pixels its panels; results are stored as
 *   they come;
 * - CONV_MAPS: pixels are the strips and weights the panels; results are transposed. It wastes less
 *   where there are few pixels (7 x 7) and many maps;
 * - CONV_WINOGRAD_2, CONV_WINOGRAD_4 and CONV_DEPTHWISE: winograd.h, depthwise.h. */
#ifndef KERNELS_CONV_H
#define KERNELS_CONV_H

#include "operators/kernels/gemm.h"

#include <hinge/plugin.h>

struct conv_shape {
    int64_t batch, groups;
    int64_t channels, maps; /* of input and output, per group */
    /* Depth, height, width. */
    int64_t input[3], output[3], kernel[3], stride[3], dilation[3];
    int64_t pad[3]; /* before the first element; the end's follows from output */
};

enum conv_method { CONV_PIXELS, CONV_MAPS, CONV_WINOGRAD_2, CONV_WINOGRAD_4, CONV_DEPTHWISE };

struct conv_call {
    const struct conv_shape *shape;
    const struct hinge_node *node; /* for the host's threads */
    const float *x;
    const float *weights; /* packed for the method */
    const float *bias;    /* NULL for none */
    const float *addend;  /* NULL for none; shaped like y */
    const struct hinge_activation *activation;
    float *y;
    void *scratch; /* as large as the method's scratch function says */
};

static inline int64_t conv_pixels(const int64_t extent[3])
{
    return extent[0] * extent[1] * extent[2];
}

/* Taps of one output element: channels of its group times kernel positions. */
static inline int64_t conv_taps(const struct conv_shape *shape)
{
    return shape->channels * conv_pixels(shape->kernel);
}

/* The method that should be fastest for the shape. */
enum conv_method conv_choose(const struct conv_shape *shape);

/* Floats of the packed weights of one group, and packing of one group's (maps x taps, row-major)
 * weights. CONV_DEPTHWISE has none: it takes them as they are. */
int64_t conv_packed_count(const struct conv_shape *shape, enum conv_method method);
void conv_pack_weights(const struct conv_shape *shape, enum conv_method method,
                       const float *weights, float *packed);

/* Bytes of scratch that conv_run needs with so many threads; -1 where they do not fit int64_t. */
int64_t conv_scratch(const struct conv_shape *shape, enum conv_method method, unsigned n_threads);
void conv_run(const struct conv_call *call, enum conv_method method);

/* The forms that are this header's own: scratch and run as above. */
int64_t conv_pixels_scratch(const struct conv_shape *shape, unsigned n_threads);
int64_t conv_maps_scratch(const struct conv_shape *shape, unsigned n_threads);
void conv_pixels_run(const struct conv_call *call);
void conv_maps_run(const struct conv_call *call);

/* Addend and activation for count finished sums (bias included) at y, within call->y. */
void conv_finish(const struct conv_call *call, float *y, int64_t count);

#endif
