/* Convolution with a 3 x 3 kernel, stride 1 and no dilation by Winograd's minimal filtering
 * F(m x m, 3 x 3), m = 2 or 4: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
 * 2015. Of the 9 multiplications an output takes, m = 4 needs 2.25 and m = 2 needs 4; the weights
 * become 4 and 1.8 times as large.
 *
 * m = 2 uses the points 0, 1, -1, infinity; m = 4 uses 0, +-sqrt(1/2), +-sqrt(2), infinity, whose
 * transforms have the smaller entries.
 *
 * The transforms mix the inputs of a tile (6 x 6 or 4 x 4 of them), so that rounding errors are in
 * proportion to the tile's largest input, not to those that an output sees, and one input that is
 * not finite would spoil the whole tile. Tiles that hold one, or whose inputs are of very different
 * sizes, are therefore convolved directly (winograd_guard.h), which takes several times as long.
 * What remains: let s be the sum over the channels of max|w| of the map's 3 x 3 weights, times the
 * largest |x| that an output sees. The output is off by less than 2^-18 s where the inputs of a
 * tile are of one size (as measured with 16 to 512 channels; direct convolution: 2^-16 s), and by
 * less than 2^-11 s in any case. An output that sees only zeros is off by as much as the others of
 * its tile. tests/operators/nn/conv.c tries it. */
#ifndef KERNELS_CONV_WINOGRAD_H
#define KERNELS_CONV_WINOGRAD_H

#include "operators/kernels/conv/conv.h"

/* Whether the shape is of the kind that is done here. */
bool winograd_fits(const struct conv_shape *shape);

/* Floats of one group's transformed and packed weights, and the making of the strip that begins
 * with map from the group's row-major (maps x channels x 3 x 3) ones. */
int64_t winograd_packed_count(const struct conv_shape *shape, int64_t m);
void winograd_pack_strip(const struct conv_shape *shape, int64_t m, const float *weights,
                         int64_t map, float *packed);

/* Bytes of scratch; -1 where they do not fit int64_t. */
int64_t winograd_scratch(const struct conv_shape *shape, int64_t m, unsigned n_threads);
void winograd_run(const struct conv_call *call, int64_t m);

#endif
