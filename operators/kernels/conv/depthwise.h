/* Convolution with one input channel a group (and few maps): nothing to multiply matrices for. Each
 * output row is a sum over kernel positions of shifted input rows, read from a padded copy of the
 * channel. Weights are used as they lie. */
#ifndef KERNELS_CONV_DEPTHWISE_H
#define KERNELS_CONV_DEPTHWISE_H

#include "operators/kernels/conv/conv.h"

/* Bytes of scratch; -1 where they do not fit int64_t. */
int64_t depthwise_scratch(const struct conv_shape *shape, unsigned n_threads);
void depthwise_run(const struct conv_call *call);

#endif
