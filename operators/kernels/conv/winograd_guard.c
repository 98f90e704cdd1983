#include "operators/kernels/conv/winograd_guard.h"

#include <math.h>
#include <string.h>

bool winograd_accepts(const float *weights, int64_t count)
{
    bool accepts = true;
    for (int64_t i = 0; i < count; i++)
        accepts &= fabsf(weights[i]) <= WINOGRAD_LARGEST_WEIGHT;
    return accepts;
}

void winograd_measure(int64_t n_channels, int64_t stride, const float *row, int64_t count,
                      int32_t *sizes)
{
    const vi32 magnitude = vi32_set1(INT32_MAX);
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES) {
        vi32 most = vi32_load(sizes + i);
        for (int64_t c = 0; c < n_channels; c++)
            most =
                vi32_max(most, vi32_and(vf32_as_vi32(vf32_load(row + c * stride + i)), magnitude));
        vi32_store(sizes + i, most);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vi32 most = vi32_load_n(sizes + i, n);
        for (int64_t c = 0; c < n_channels; c++)
            most = vi32_max(
                most, vi32_and(vf32_as_vi32(vf32_load_n(row + c * stride + i, n)), magnitude));
        vi32_store_n(sizes + i, most, n);
    }
}

void winograd_join(const int32_t *sizes, int64_t count, int32_t *all)
{
    for (int64_t i = 0; i < count; i += VF32_LANES)
        vi32_store(all + i, vi32_max(vi32_load(sizes + i), vi32_load(all + i)));
}

static float magnitude_of(int32_t size)
{
    float magnitude;
    memcpy(&magnitude, &size, sizeof magnitude);
    return magnitude;
}

static inline int32_t max_i32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* The least and the largest, over the m rows of outputs, of what the outputs see. */
static void see_windows(int64_t m, int64_t count, int64_t stride, const int32_t *sizes,
                        int32_t *restrict seen, int32_t *restrict least, int32_t *restrict most)
{
    for (int64_t x = 0; x < count; x++) {
        least[x] = INT32_MAX;
        most[x] = 0;
    }
    for (int64_t i = 0; i < m; i++) {
        const int32_t *top = sizes + i * stride;
        for (int64_t x = 0; x < count + 2; x++)
            seen[x] = max_i32(max_i32(top[x], top[x + stride]), top[x + 2 * stride]);
        for (int64_t x = 0; x < count; x++) {
            const int32_t window = max_i32(max_i32(seen[x], seen[x + 1]), seen[x + 2]);
            most[x] = max_i32(most[x], window);
            const int32_t size = window == 0 ? INT32_MAX : window;
            least[x] = size < least[x] ? size : least[x];
        }
    }
}

bool winograd_differ(int32_t least, int32_t largest)
{
    const float most = magnitude_of(largest);
    return !(most < WINOGRAD_LARGEST) ||
           (largest > 0 && most > WINOGRAD_RANGE * magnitude_of(least));
}

bool winograd_finds_tile(int64_t m, const int32_t *sizes)
{
    const int64_t alpha = m + 2;
    int32_t least = INT32_MAX, most = 0;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < m; j++) {
            int32_t window = 0;
            for (int64_t k = 0; k < 9; k++)
                window = max_i32(window, sizes[(i + k / 3) * alpha + j + k % 3]);
            most = max_i32(most, window);
            if (window > 0 && window < least)
                least = window;
        }
    return winograd_differ(least, most);
}

void winograd_find(int64_t m, int64_t n_tiles, int32_t *lines, uint8_t *found)
{
    const int64_t stride = winograd_size_count(m, n_tiles);
    int32_t *seen = lines + (m + 2) * stride, *least = seen + stride, *most = least + stride;
    see_windows(m, n_tiles * m, stride, lines, seen, least, most);
    for (int64_t t = 0; t < n_tiles; t++) {
        int32_t low = least[t * m], high = most[t * m];
        for (int64_t j = 1; j < m; j++) {
            low = least[t * m + j] < low ? least[t * m + j] : low;
            high = max_i32(high, most[t * m + j]);
        }
        found[t] = winograd_differ(low, high);
    }
}

/* The inputs of a tile in one channel, with zeros for padding. */
static void read_tile(const struct winograd_patch *p, const float *x, float tile[36])
{
    const struct conv_shape *shape = p->shape;
    const int64_t alpha = p->m + 2;
    for (int64_t i = 0; i < alpha; i++)
        for (int64_t j = 0; j < alpha; j++) {
            const int64_t y = p->y + i - shape->pad[1], column = p->column + j - shape->pad[2];
            const bool inside =
                y >= 0 && y < shape->input[1] && column >= 0 && column < shape->input[2];
            tile[i * alpha + j] = inside ? x[y * shape->input[2] + column] : 0;
        }
}

void winograd_direct(const struct winograd_patch *p, const float *weights, float *scratch,
                     float *sums)
{
    const int64_t m = p->m, depth = p->channels * 9, panel_stride = depth * GEMM_COLUMNS;
    float tile[36], *result = scratch + WINOGRAD_PATCH_CHANNELS * 9 * 2 * GEMM_COLUMNS;
    for (int64_t c = 0; c < p->channels; c++) {
        read_tile(p, p->x + c * conv_pixels(p->shape->input), tile);
        for (int64_t tap = 0; tap < 9; tap++)
            for (int64_t o = 0; o < m * m; o++)
                scratch[o / GEMM_COLUMNS * panel_stride + (c * 9 + tap) * GEMM_COLUMNS +
                        o % GEMM_COLUMNS] = tile[(o / m + tap / 3) * (m + 2) + o % m + tap % 3];
    }
    gemm_block_f32(
        &(struct gemm_block){
            .rows = GEMM_ROWS,
            .columns = m * m,
            .depth = depth,
            .a = weights,
            .b = scratch,
            .b_panel_stride = panel_stride,
            .b_stride = GEMM_COLUMNS,
            .c = result,
            .c_stride = 2 * GEMM_COLUMNS,
        },
        &(struct gemm_store){.accumulate = false});
    for (int64_t r = 0; r < GEMM_ROWS; r++)
        memcpy(sums + r * m * m, result + r * 2 * GEMM_COLUMNS, (size_t)(m * m) * sizeof *sums);
}
