/* Pooling of one channel of float32, in one to three dimensions (missing outer ones are 1): first
 * over the kernel's rows into one padded line, then along the line. NaN in a window gives NaN. */
#ifndef KERNELS_POOL_H
#define KERNELS_POOL_H

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

/* Floats of the line that the functions below work in; -1 where they do not fit int64_t. */
int64_t pool_line_count(const struct pool_shape *shape);

void pool_max(const struct pool_shape *shape, const float *x, float *y, float *line);
void pool_mean(const struct pool_shape *shape, const float *x, float *y, float *line);

float pool_sum_all(const float *x, int64_t count);
float pool_max_all(const float *x, int64_t count);

#endif
