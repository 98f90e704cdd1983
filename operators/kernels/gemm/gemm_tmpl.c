/* Blocks of tiles, and packing. */

void REAL(gemm_block)(const struct gemm_block *block, const struct gemm_store *store)
{
    for (int64_t i = 0; i < block->rows; i += GEMM_ROWS) {
        const int64_t rows = block->rows - i < GEMM_ROWS ? block->rows - i : GEMM_ROWS;
        const real *a = (const real *)block->a + i / GEMM_ROWS * block->a_strip_stride;
        for (int64_t j = 0; j < block->columns; j += REAL_COLUMNS) {
            const int64_t columns =
                block->columns - j < REAL_COLUMNS ? block->columns - j : REAL_COLUMNS;
            const int64_t at = i * block->c_stride + j;
            const real *bias = store->row_bias, *addend = store->addend;
            const struct gemm_store tile_store = {
                .row_bias = bias ? bias + i : NULL,
                .addend = addend ? addend + at : NULL,
                .accumulate = store->accumulate,
                .relu = store->relu,
            };
            gemm_tile((int)rows, (int)columns, block->depth, a,
                      (const real *)block->b + j / REAL_COLUMNS * block->b_panel_stride,
                      block->b_stride, (real *)block->c + at, block->c_stride, &tile_store);
        }
    }
}

void REAL(gemm_pack)(int64_t rows, int64_t depth, const real *x, int64_t row_stride,
                     int64_t depth_stride, int64_t width, real *packed, int64_t strip_stride)
{
    for (int64_t i = 0; i < rows; i += width) {
        const int64_t n = rows - i < width ? rows - i : width;
        const real *from = x + i * row_stride;
        real *to = packed + i / width * strip_stride;
        if (row_stride == 1 && n == width && width % REAL_LANES == 0) {
            for (int64_t k = 0; k < depth; k++)
                for (int64_t r = 0; r < width; r += REAL_LANES)
                    REAL_V(store)(to + k * width + r, REAL_V(load)(from + k * depth_stride + r));
            continue;
        }
        for (int64_t k = 0; k < depth; k++) {
            for (int64_t r = 0; r < n; r++)
                to[k * width + r] = from[r * row_stride + k * depth_stride];
            for (int64_t r = n; r < width; r++)
                to[k * width + r] = 0;
        }
    }
}
