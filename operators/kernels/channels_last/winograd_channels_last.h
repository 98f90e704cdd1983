/* winograd.h's convolution for channels_last.h: the same transforms, errors and guard, with vectors
 * of channels. Tiles are worked on some at a time, all three stages in the cache: each thread does
 * some of the tiles, or, where these are few, some of the maps. */
#ifndef KERNELS_WINOGRAD_CHANNELS_LAST_H
#define KERNELS_WINOGRAD_CHANNELS_LAST_H

#include "operators/kernels/conv/conv.h"

/* Floats of the transformed and packed weights of all groups, and packing of panels [begin, end)
 * (channels_last_n_panels in all) of the row-major (groups x maps x channels x 3 x 3) ones. */
int64_t winograd_channels_last_packed_count(const struct conv_shape *shape, int64_t m);
void winograd_channels_last_pack(const struct conv_shape *shape, int64_t m, const float *weights,
                                 float *packed, int64_t begin, int64_t end);

/* Bytes of scratch; -1 where they do not fit int64_t. */
int64_t winograd_channels_last_scratch(const struct conv_shape *shape, int64_t m,
                                       unsigned n_threads);
void winograd_channels_last_run(const struct conv_call *call, int64_t m);

#endif
