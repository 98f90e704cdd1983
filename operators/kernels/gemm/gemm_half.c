#include "operators/kernels/gemm/gemm_half.h"

#include "operators/kernels/gemm/gemm.h"
#include "operators/kernels/half.h"

/* Strips of rows that lie side by side in each step of depth. */
static void pack_columns(hinge_type type, int64_t rows, int64_t depth, const uint16_t *x,
                         int64_t depth_stride, int64_t width, float *packed, int64_t strip_stride)
{
    for (int64_t i = 0; i < rows; i += width) {
        const int64_t n = min_i64(width, rows - i);
        float *to = packed + i / width * strip_stride;
        for (int64_t k = 0; k < depth; k++, to += width) {
            half_load(type, to, x + k * depth_stride + i, n);
            for (int64_t r = n; r < width; r++)
                to[r] = 0;
        }
    }
}

/* Strips of rows whose steps of depth lie side by side. */
static void pack_rows(hinge_type type, int64_t rows, int64_t depth, const uint16_t *x,
                      int64_t row_stride, int64_t width, float *packed, int64_t strip_stride)
{
    enum { STEPS = 64 };
    float line[STEPS];
    for (int64_t i = 0; i < round_up(rows, width); i++) {
        float *to = packed + i / width * strip_stride + i % width;
        for (int64_t k = 0; k < depth; k += STEPS) {
            const int64_t n = min_i64(STEPS, depth - k);
            if (i < rows)
                half_load(type, line, x + i * row_stride + k, n);
            for (int64_t s = 0; s < n; s++)
                to[(k + s) * width] = i < rows ? line[s] : 0;
        }
    }
}

void gemm_pack_half(hinge_type type, int64_t rows, int64_t depth, const uint16_t *x,
                    int64_t row_stride, int64_t depth_stride, int64_t width, void *packed,
                    int64_t strip_stride)
{
    if (row_stride == 1)
        pack_columns(type, rows, depth, x, depth_stride, width, packed, strip_stride);
    else
        pack_rows(type, rows, depth, x, row_stride, width, packed, strip_stride);
}

void gemm_store_half(hinge_type type, uint16_t *y, const void *row, int64_t count)
{
    half_store(type, y, row, count);
}
