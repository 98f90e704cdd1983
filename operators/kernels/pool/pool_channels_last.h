/* Pooling of float32 whose channels lie side by side; NaN in a window gives NaN. */
#ifndef KERNELS_POOL_CHANNELS_LAST_H
#define KERNELS_POOL_CHANNELS_LAST_H

#include "operators/kernels/pool/pool.h"

/* Pixels [begin, end) of an image's output, which lie pitch elements apart, from the image's first
 * element. */
void pool_channels_last(const struct pool_shape *shape, bool mean, int64_t n_channels,
                        const float *image, int64_t begin, int64_t end, float *y, int64_t pitch);

/* Channels [begin, end) of an image's mean or maximum over all pixels. */
void pool_channels_last_all(bool mean, int64_t n_pixels, int64_t n_channels, const float *image,
                            int64_t begin, int64_t end, float *y);

#endif
