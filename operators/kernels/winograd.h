/* Convolution with a 3 x 3 kernel, stride 1 and no dilation by Winograd's minimal filtering
 * F(m x m, 3 x 3), m = 2 or 4: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
 * 2015. Of the 9 multiplications an output takes, m = 4 needs 2.25 and m = 2 needs 4; the weights
 * become 4 and 1.8 times as large.
 *
 * m = 2 uses the points 0, 1, -1, infinity; m = 4 uses 0, +-sqrt(1/2), +-sqrt(2), infinity, whose
 * transforms have the smaller entries: see tests/operators/conv.c for the error that is allowed. */
#ifndef KERNELS_WINOGRAD_H
#define KERNELS_WINOGRAD_H

#include "operators/kernels/conv.h"

/* Whether the shape is of the kind that is done here. */
bool winograd_fits(const struct conv_shape *shape);

/* Floats of one group's transformed and packed weights, and their making from the row-major
 * (maps x channels x 3 x 3) ones. */
int64_t winograd_packed_count(const struct conv_shape *shape, int64_t m);
void winograd_pack_weights(const struct conv_shape *shape, int64_t m, const float *weights,
                           float *packed);

/* Bytes of scratch; -1 where they do not fit int64_t. */
int64_t winograd_scratch(const struct conv_shape *shape, int64_t m, unsigned n_threads);
void winograd_run(const struct conv_call *call, int64_t m);

#endif
