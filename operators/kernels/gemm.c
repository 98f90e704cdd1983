#include "operators/kernels/gemm.h"

void gemm_block(const struct gemm_block *block, const struct gemm_store *store)
{
    for (int64_t i = 0; i < block->rows; i += GEMM_ROWS) {
        const int64_t rows = block->rows - i < GEMM_ROWS ? block->rows - i : GEMM_ROWS;
        const float *a = block->a + i / GEMM_ROWS * block->a_strip_stride;
        for (int64_t j = 0; j < block->columns; j += GEMM_COLUMNS) {
            const int64_t columns =
                block->columns - j < GEMM_COLUMNS ? block->columns - j : GEMM_COLUMNS;
            const struct gemm_store tile_store = {
                .row_bias = store->row_bias ? store->row_bias + i : NULL,
                .column_bias = store->column_bias ? store->column_bias + j : NULL,
                .addend = store->addend ? store->addend + i * block->c_stride + j : NULL,
                .accumulate = store->accumulate,
                .relu = store->relu,
            };
            gemm_tile((int)rows, (int)columns, block->depth, a,
                      block->b + j / GEMM_COLUMNS * block->b_panel_stride, block->b_stride,
                      block->c + i * block->c_stride + j, block->c_stride, &tile_store);
        }
    }
}

void gemm_pack(int64_t rows, int64_t depth, const float *x, int64_t row_stride,
               int64_t depth_stride, int64_t width, float *packed, int64_t strip_stride)
{
    for (int64_t i = 0; i < rows; i += width) {
        const int64_t n = rows - i < width ? rows - i : width;
        const float *from = x + i * row_stride;
        float *to = packed + i / width * strip_stride;
        for (int64_t k = 0; k < depth; k++) {
            for (int64_t r = 0; r < n; r++)
                to[k * width + r] = from[r * row_stride + k * depth_stride];
            for (int64_t r = n; r < width; r++)
                to[k * width + r] = 0;
        }
    }
}
