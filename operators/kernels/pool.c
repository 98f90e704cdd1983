#include "operators/kernels/pool.h"

#include "operators/kernels/simd/simd.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

struct pool_range pool_clip(int64_t at, int64_t kernel, int64_t dilation, int64_t low, int64_t high)
{
    struct pool_range r = {0, kernel};
    if (at < low)
        r.begin = (low - at + dilation - 1) / dilation;
    if (at + (kernel - 1) * dilation >= high)
        r.end = high > at ? (high - at + dilation - 1) / dilation : 0;
    if (r.begin > kernel)
        r.begin = kernel;
    if (r.end < r.begin)
        r.end = r.begin;
    return r;
}

int64_t pool_line_count(const struct pool_shape *shape)
{
    const int64_t read =
        (shape->output[2] - 1) * shape->stride[2] + (shape->kernel[2] - 1) * shape->dilation[2] + 1;
    const int64_t filled = shape->pad[2] + shape->input[2];
    const int64_t count = read > filled ? read : filled;
    return count < INT64_MAX / 8 ? count : -1;
}

INLINE vf32 combine(bool mean, vf32 a, vf32 b)
{
    return mean ? vf32_add(a, b) : vf32_max_nan(a, b);
}

INLINE float combine1(bool mean, float a, float b)
{
    if (mean)
        return a + b;
    return b > a || b != b ? b : a;
}

INLINE void combine_row(bool mean, float *line, const float *row, int64_t count)
{
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES)
        vf32_store(line + i, combine(mean, vf32_load(line + i), vf32_load(row + i)));
    for (; i < count; i++)
        line[i] = combine1(mean, line[i], row[i]);
}

/* Along the line: stride as a constant argument makes its loads regular. */
INLINE void combine_columns(bool mean, const struct pool_shape *shape, int64_t stride,
                            const float *line, float *y)
{
    const int64_t width = shape->output[2];
    for (int64_t i = 0; i < width; i++)
        y[i] = line[i * stride];
    for (int64_t k = 1; k < shape->kernel[2]; k++) {
        const float *from = line + k * shape->dilation[2];
        for (int64_t i = 0; i < width; i++)
            y[i] = combine1(mean, y[i], from[i * stride]);
    }
}

INLINE void pool_row(bool mean, const struct pool_shape *shape, const float *x, int64_t oz,
                     int64_t oy, float *y, float *line)
{
    const int64_t z0 = oz * shape->stride[0] - shape->pad[0];
    const int64_t y0 = oy * shape->stride[1] - shape->pad[1];
    const int64_t width = shape->input[2];
    const struct pool_range zs =
        pool_clip(z0, shape->kernel[0], shape->dilation[0], 0, shape->input[0]);
    const struct pool_range ys =
        pool_clip(y0, shape->kernel[1], shape->dilation[1], 0, shape->input[1]);
    float *inside = line + shape->pad[2];
    for (int64_t i = 0; i < width; i++)
        inside[i] = mean ? 0 : -INFINITY;
    for (int64_t z = zs.begin; z < zs.end; z++)
        for (int64_t k = ys.begin; k < ys.end; k++)
            combine_row(mean, inside,
                        x + ((z0 + z * shape->dilation[0]) * shape->input[1] + y0 +
                             k * shape->dilation[1]) *
                                width,
                        width);
    if (shape->stride[2] == 1)
        combine_columns(mean, shape, 1, line, y);
    else if (shape->stride[2] == 2)
        combine_columns(mean, shape, 2, line, y);
    else
        combine_columns(mean, shape, shape->stride[2], line, y);
}

void pool_max(const struct pool_shape *shape, const float *x, float *y, float *line)
{
    const int64_t count = pool_line_count(shape);
    for (int64_t i = 0; i < count; i++)
        line[i] = -INFINITY;
    for (int64_t z = 0; z < shape->output[0]; z++)
        for (int64_t h = 0; h < shape->output[1]; h++, y += shape->output[2])
            pool_row(false, shape, x, z, h, y, line);
}

/* Positions along axis d that count in the mean at output coordinate i. */
static int64_t counted(const struct pool_shape *shape, int d, int64_t i)
{
    const int64_t at = i * shape->stride[d] - shape->pad[d];
    const struct pool_range r =
        pool_clip(at, shape->kernel[d], shape->dilation[d], shape->count_pads ? -shape->pad[d] : 0,
                  shape->input[d] + (shape->count_pads ? shape->pad_end[d] : 0));
    return r.end - r.begin;
}

/* Sums of an output row divided by how many positions each is made of: the same number between the
 * first and the last window that are cut off by an edge. */
static void divide_row(const struct pool_shape *shape, int64_t rows, float *y)
{
    const int64_t width = shape->output[2], kernel = shape->kernel[2];
    int64_t begin = 0, end = width;
    while (begin < width && counted(shape, 2, begin) < kernel)
        begin++;
    while (end > begin && counted(shape, 2, end - 1) < kernel)
        end--;
    for (int64_t i = 0; i < begin; i++)
        y[i] /= (float)(rows * counted(shape, 2, i));
    const float whole = (float)(rows * kernel);
    for (int64_t i = begin; i < end; i++)
        y[i] /= whole;
    for (int64_t i = end; i < width; i++)
        y[i] /= (float)(rows * counted(shape, 2, i));
}

void pool_mean(const struct pool_shape *shape, const float *x, float *y, float *line)
{
    const int64_t count = pool_line_count(shape);
    for (int64_t i = 0; i < count; i++)
        line[i] = 0;
    for (int64_t z = 0; z < shape->output[0]; z++)
        for (int64_t h = 0; h < shape->output[1]; h++, y += shape->output[2]) {
            pool_row(true, shape, x, z, h, y, line);
            divide_row(shape, counted(shape, 0, z) * counted(shape, 1, h), y);
        }
}

float pool_sum_all(const float *x, int64_t count)
{
    vf32 sum[4] = {vf32_zero(), vf32_zero(), vf32_zero(), vf32_zero()};
    int64_t i = 0;
    for (; i + 4 * VF32_LANES <= count; i += 4 * VF32_LANES)
        for (int v = 0; v < 4; v++)
            sum[v] = vf32_add(sum[v], vf32_load(x + i + v * VF32_LANES));
    for (; i < count; i += VF32_LANES)
        sum[0] = vf32_add(
            sum[0], vf32_load_n(x + i, count - i < VF32_LANES ? (int)(count - i) : VF32_LANES));
    return vf32_reduce_add(vf32_add(vf32_add(sum[0], sum[1]), vf32_add(sum[2], sum[3])));
}

float pool_max_all(const float *x, int64_t count)
{
    vf32 most = vf32_set1(-INFINITY);
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES)
        most = vf32_max_nan(most, vf32_load(x + i));
    float all = vf32_reduce_max(most);
    for (; i < count; i++)
        all = combine1(false, all, x[i]);
    return all;
}
