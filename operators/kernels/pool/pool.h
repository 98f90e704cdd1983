/* Pooling of one channel, in one to three dimensions (missing outer ones are 1): first over the
 * kernel's rows into a padded line, then along the line. NaN in a window gives NaN. For float,
 * double, and the half types, which are computed in float. */
#ifndef KERNELS_POOL_H
#define KERNELS_POOL_H

#include <hinge/tensor.h>
#include <stdbool.h>
#include <stdint.h>

struct pool_shape {
    /* Depth, height, width. */
    int64_t input[3], output[3], kernel[3], stride[3], dilation[3], pad[3];
    int64_t pad_end[3];
    bool count_pads; /* the mean's divisor counts padding */
};

/* Kernel positions k for which at + k * dilation lies in [low, high): begin <= k < end. */
struct pool_range {
    int64_t begin, end;
};
struct pool_range pool_clip(int64_t at, int64_t kernel, int64_t dilation, int64_t low,
                            int64_t high);

/* Bytes of the lines that the functions below work in, a multiple of 64; -1 where they do not fit
 * int64_t. */
int64_t pool_line_size(hinge_type type, const struct pool_shape *shape);

typedef void pool_channel(hinge_type type, const struct pool_shape *shape, const void *x, void *y,
                          void *line);
pool_channel pool_max, pool_mean;

/* *y = the largest, or the mean, of count elements. */
void pool_max_all(hinge_type type, const void *x, int64_t count, void *y);
void pool_mean_all(hinge_type type, const void *x, int64_t count, void *y);

#endif
