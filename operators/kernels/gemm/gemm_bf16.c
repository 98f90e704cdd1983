#include "operators/kernels/gemm/gemm_bf16.h"

#include <hinge/plugin.h>

#include <string.h>

const struct gemm_bf16 *gemm_bf16_choose(uint64_t cpu_features)
{
#ifdef HINGE_SIMD_AVX512
    if (cpu_features & HINGE_CPU_AMX_BF16 && gemm_bf16_amx.multiply)
        return &gemm_bf16_amx;
#endif
    (void)cpu_features;
    return NULL;
}

static uint32_t word_of(uint16_t first, uint16_t second)
{
    return first | (uint32_t)second << 16;
}

/* A row whose steps lie side by side, into blocks of n words, step words from one to the next. */
static void pack_row(const uint16_t *x, int64_t depth, int64_t n, int64_t step, uint32_t *packed)
{
    int64_t k = 0;
    for (; k + 2 * n <= depth; k += 2 * n, packed += step)
        memcpy(packed, x + k, (size_t)n * sizeof *packed);
    for (int64_t w = 0; k < depth; k += 2, w++)
        packed[w] = word_of(x[k], k + 1 < depth ? x[k + 1] : 0);
}

/* A word each of count rows that lie side by side, into words n apart. */
static inline void pack_pairs(const uint16_t *first, const uint16_t *second, int64_t count,
                              int64_t n, uint32_t *packed)
{
    for (int64_t r = 0; r < count; r++)
        packed[r * n] = word_of(first[r], second ? second[r] : 0);
}

/* Count rows that lie side by side. */
static void pack_strip(const uint16_t *x, int64_t depth_stride, int64_t depth, int64_t count,
                       int64_t n, int64_t step, uint32_t *packed)
{
    for (int64_t k = 0; k < depth; k += 2) {
        const uint16_t *first = x + k * depth_stride;
        const uint16_t *second = k + 1 < depth ? first + depth_stride : NULL;
        uint32_t *to = packed + k / 2 / n * step + k / 2 % n;
        if (n == 1 && second) /* so that it is done in vectors */
            pack_pairs(first, second, count, 1, to);
        else
            pack_pairs(first, second, count, n, to);
    }
}

void gemm_bf16_pack(const struct gemm_bf16 *kernel, bool is_b, int64_t rows, int64_t depth,
                    const uint16_t *x, int64_t row_stride, int64_t depth_stride, uint32_t *packed)
{
    const int64_t width = is_b ? kernel->columns : kernel->rows, n = is_b ? 1 : kernel->block;
    const int64_t words = gemm_bf16_words(kernel, depth), step = n * width;
    for (int64_t first = 0; first < rows; first += width, packed += words * width) {
        const int64_t count = min_i64(width, rows - first);
        const uint16_t *from = x + first * row_stride;
        if (count < width || 2 * words > depth)
            memset(packed, 0, (size_t)(words * width) * sizeof *packed);
        if (row_stride == 1 && depth_stride != 1)
            pack_strip(from, depth_stride, depth, count, n, step, packed);
        else
            for (int64_t r = 0; r < count; r++)
                pack_row(from + r * row_stride, depth, n, step, packed + r * n);
    }
}
