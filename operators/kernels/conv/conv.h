/* Convolution of float32 and float64 as a matrix product that never builds the whole im2col matrix,
 * in one to three dimensions (missing leading ones are 1), with groups, strides, dilations and
 * padding.
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

#include <hinge/plugin.h>

struct conv_shape {
    hinge_type type; /* float or double: what elements are and what sums are in */
    int64_t batch, groups;
    int64_t channels, maps; /* of input and output, per group */
    /* Depth, height, width. */
    int64_t input[3], output[3], kernel[3], stride[3], dilation[3];
    int64_t pad[3]; /* before the first element; the end's follows from output */
};

enum conv_method {
    CONV_PIXELS,
    CONV_MAPS,
    CONV_WINOGRAD_2,
    CONV_WINOGRAD_4,
    CONV_DEPTHWISE,
    CONV_N_METHODS
};

struct conv_call {
    const struct conv_shape *shape;
    const struct hinge_node *node; /* for the host's threads */
    const void *x;
    const void *weights; /* packed for the method */
    const void *bias;    /* NULL for none */
    const void *addend;  /* NULL for none; shaped like y */
    const struct hinge_activation *activation;
    void *y;
    int64_t pitch; /* channels last: between the pixels of y and of addend, in elements */
    void *scratch; /* as large as the method's scratch function says */
};

/* Sets of methods, of bits 1 << method. Every method packs the weights in a form of its own. */

/* Those that the kernel and the type allow (of float64 CONV_PIXELS alone); exact leaves Winograd
 * out.
 */
unsigned conv_methods(const struct conv_shape *shape, bool exact);
/* Those to pack constant weights for (groups x maps x taps). Where input and output are fixed, it
 * is the one that will be chosen. Where they are not (sizes_fixed is false; they are not read then)
 * the weights have to serve images of any size: CONV_PIXELS does, and where Winograd is possible
 * CONV_WINOGRAD_4 is kept beside it, 5 times the weights together. It takes half of the time from
 * some hundred pixels on, and with 512 channels 20 times as much for a few pixels, when all is
 * reading weights. The smaller tile (1.8 times the weights) would save a third between 25 and 200
 * pixels; CONV_MAPS (once more the weights) up to two thirds for one pixel or two, nothing beyond.
 */
unsigned conv_packed_methods(const struct conv_shape *shape, bool sizes_fixed, const float *weights,
                             bool exact);
/* The method of a set that should be fastest for the shape, which depends on nothing else. */
enum conv_method conv_choose(const struct conv_shape *shape, unsigned methods);

/* Elements of the packed weights of all groups; CONV_DEPTHWISE takes them as they lie. */
int64_t conv_packed_count(const struct conv_shape *shape, enum conv_method method);
/* Strips that they are packed in, and packing of strips [begin, end) of the (groups x maps x taps,
 * row-major) weights. These may be of another type than the packed ones: halves for float. */
int64_t conv_n_strips(const struct conv_shape *shape, enum conv_method method);
void conv_pack_weights(const struct conv_shape *shape, enum conv_method method, hinge_type type,
                       const void *weights, void *packed, int64_t begin, int64_t end);
/* About how many strips are worth waking a thread for. */
int64_t conv_pack_grain(const struct conv_shape *shape);

/* Bytes of scratch that conv_run needs with so many threads; -1 where they do not fit int64_t. */
int64_t conv_scratch(const struct conv_shape *shape, enum conv_method method, unsigned n_threads);
void conv_run(const struct conv_call *call, enum conv_method method);

/* Transposed convolution: shape's input and output are its own, weights lie as (channels x maps x
 * kernel positions) for each group, as they are. */
int64_t conv_transpose_scratch(const struct conv_shape *shape, unsigned n_threads);
void conv_transpose_run(const struct conv_call *call);

#endif
