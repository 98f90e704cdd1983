/* The depthwise method of channels_last.h, whose functions have the same meaning: one input and one
 * output channel for each group, and weights that are finite, for those that meet padding are left
 * out. Results do not depend on how the work is cut. */
#ifndef KERNELS_DEPTHWISE_CHANNELS_LAST_H
#define KERNELS_DEPTHWISE_CHANNELS_LAST_H

#include "operators/kernels/conv/conv.h"

#include <stdbool.h>

bool depthwise_channels_last_fits(const struct conv_shape *shape, const float *weights);
int64_t depthwise_channels_last_packed_count(const struct conv_shape *shape);
void depthwise_channels_last_pack(const struct conv_shape *shape, const float *weights,
                                  float *packed, int64_t begin, int64_t end);
int64_t depthwise_channels_last_scratch(const struct conv_shape *shape, unsigned n_threads);
void depthwise_channels_last_run(const struct conv_call *call);

#endif
