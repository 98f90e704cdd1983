/* Transposed convolution of float32: for each output map the product of its weights (kernel
 * positions x channels) with the input (channels x pixels), whose rows are then added into the map,
 * each shifted by its kernel position. */
#ifndef KERNELS_CONV_TRANSPOSE_H
#define KERNELS_CONV_TRANSPOSE_H

#include "operators/kernels/conv.h"

/* shape's input and output are the transposed convolution's; weights lie as (channels x maps x
 * kernel positions) for each group, as they are. Bytes of scratch; -1 where they do not fit. */
int64_t conv_transpose_scratch(const struct conv_shape *shape, unsigned n_threads);
void conv_transpose_run(const struct conv_call *call);

#endif
