#include "operators/kernels/pool/pool_channels_last.h"

#include "operators/kernels/integer.h"
#include "operators/kernels/simd/simd.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

/* Vectors of channels that are worked on at a time. */
enum { VECTORS = 4 };

/* The inputs of a window that lie inside of the image: pixel (z, y, x) of them is z * stride[0] + y
 * * stride[1] + x * stride[2] elements behind first. */
struct window {
    const float *first;
    int64_t extent[3], stride[3];
    float factor; /* of the sum, for the mean */
};

INLINE vf32 combine(bool mean, vf32 all, vf32 x)
{
    return mean ? vf32_add(all, x) : vf32_max_nan(all, x);
}

/* n channels from c on, in so many vectors of which the last may not be whole; all but w, c and y
 * are constants, n where vectors are whole. */
INLINE void pool_step(bool mean, int vectors, bool is_square, const struct window *w, int64_t c,
                      int n, float *y)
{
    vf32 all[VECTORS];
    for (int v = 0; v < vectors; v++)
        all[v] = mean ? vf32_zero() : vf32_set1(-INFINITY);
    const int64_t planes = is_square ? 1 : w->extent[0];
    const int64_t rows = is_square ? 3 : w->extent[1], columns = is_square ? 3 : w->extent[2];
    for (int64_t i = 0; i < planes; i++)
        for (int64_t j = 0; j < rows; j++) {
            const float *x = w->first + i * w->stride[0] + j * w->stride[1] + c;
            for (int64_t k = 0; k < columns; k++, x += w->stride[2])
                for (int v = 0; v < vectors; v++) {
                    const int left = n - v * VF32_LANES;
                    all[v] = combine(mean, all[v],
                                     left >= VF32_LANES ? vf32_load(x + v * VF32_LANES)
                                                        : vf32_load_n(x + v * VF32_LANES, left));
                }
        }
    for (int v = 0; v < vectors; v++) {
        const vf32 result = mean ? vf32_mul(all[v], vf32_set1(w->factor)) : all[v];
        const int left = n - v * VF32_LANES;
        if (left >= VF32_LANES)
            vf32_store(y + c + v * VF32_LANES, result);
        else
            vf32_store_n(y + c + v * VF32_LANES, result, left);
    }
}

INLINE void pool(bool mean, bool is_square, const struct window *w, int64_t begin, int64_t end,
                 float *y)
{
    int64_t c = begin;
    for (; c + VECTORS * VF32_LANES <= end; c += VECTORS * VF32_LANES)
        pool_step(mean, VECTORS, is_square, w, c, VECTORS * VF32_LANES, y);
    for (; c + VF32_LANES <= end; c += VF32_LANES)
        pool_step(mean, 1, is_square, w, c, VF32_LANES, y);
    if (c < end)
        pool_step(mean, 1, false, w, c, (int)(end - c), y);
}

static void pool_window(bool mean, const struct window *w, int64_t begin, int64_t end, float *y)
{
    const bool is_square = w->extent[0] == 1 && w->extent[1] == 3 && w->extent[2] == 3;
    if (mean && is_square)
        pool(true, true, w, begin, end, y);
    else if (mean)
        pool(true, false, w, begin, end, y);
    else if (is_square)
        pool(false, true, w, begin, end, y);
    else
        pool(false, false, w, begin, end, y);
}

/* Sets the window up along axis d for coordinate out of the output; returns the positions that
 * count. */
static int64_t clip(const struct pool_shape *s, int d, int64_t out, struct window *w,
                    int64_t *first)
{
    const int64_t at = out * s->stride[d] - s->pad[d];
    const struct pool_range in = pool_clip(at, s->kernel[d], s->dilation[d], 0, s->input[d]);
    w->extent[d] = in.end - in.begin;
    *first = w->extent[d] > 0 ? at + in.begin * s->dilation[d] : 0;
    if (!s->count_pads)
        return w->extent[d];
    const struct pool_range all =
        pool_clip(at, s->kernel[d], s->dilation[d], -s->pad[d], s->input[d] + s->pad_end[d]);
    return all.end - all.begin;
}

void pool_channels_last(const struct pool_shape *s, bool mean, int64_t n_channels,
                        const float *image, int64_t begin, int64_t end, float *y, int64_t pitch)
{
    struct window w = {.stride = {s->dilation[0] * s->input[1] * s->input[2] * n_channels,
                                  s->dilation[1] * s->input[2] * n_channels,
                                  s->dilation[2] * n_channels}};
    for (int64_t p = begin, last; p < end; p = last) {
        const int64_t row = p / s->output[2];
        int64_t z, line, x;
        const int64_t counted =
            clip(s, 0, row / s->output[1], &w, &z) * clip(s, 1, row % s->output[1], &w, &line);
        const float *first = image + (z * s->input[1] + line) * s->input[2] * n_channels;
        last = min_i64(end, (row + 1) * s->output[2]);
        for (; p < last; p++) {
            w.factor = 1 / (float)(counted * clip(s, 2, p - row * s->output[2], &w, &x));
            w.first = first + x * n_channels;
            pool_window(mean, &w, 0, n_channels, y + p * pitch);
        }
    }
}

void pool_channels_last_all(bool mean, int64_t n_pixels, int64_t n_channels, const float *image,
                            int64_t begin, int64_t end, float *y)
{
    const struct window w = {.first = image,
                             .extent = {1, 1, n_pixels},
                             .stride = {0, 0, n_channels},
                             .factor = 1 / (float)n_pixels};
    pool_window(mean, &w, begin, end, y);
}
