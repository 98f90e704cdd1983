/* The direct method of channels_last.h, whose functions have the same meaning. */
#ifndef KERNELS_CHANNELS_LAST_DIRECT_H
#define KERNELS_CHANNELS_LAST_DIRECT_H

#include "operators/kernels/conv/conv.h"

int64_t channels_last_direct_packed_count(const struct conv_shape *shape);
void channels_last_direct_pack(const struct conv_shape *shape, const float *weights, float *packed,
                               int64_t begin, int64_t end);
int64_t channels_last_direct_scratch(const struct conv_shape *shape, unsigned n_threads);
void channels_last_direct_run(const struct conv_call *call);

#endif
