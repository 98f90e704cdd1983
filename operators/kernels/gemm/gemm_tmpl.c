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

/* Four steps of depth, which lie side by side, of four rows. */
static __attribute__((noinline)) void REAL(gemm_turn)(const real *from, int64_t row_stride,
                                                      real *to, int64_t width)
{
    typedef real four __attribute__((vector_size(4 * sizeof(real))));
    four row[4], step[4];
    for (int r = 0; r < 4; r++)
        memcpy(&row[r], from + r * row_stride, sizeof row[r]);
    const four low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
    const four high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
    const four low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
    const four high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
    step[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    step[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    step[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    step[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
    for (int k = 0; k < 4; k++)
        memcpy(to + k * width, &step[k], sizeof step[k]);
}

__attribute__((noinline)) void REAL(gemm_pack)(int64_t rows, int64_t depth, const real *x,
                                               int64_t row_stride, int64_t depth_stride,
                                               int64_t width, real *packed, int64_t strip_stride)
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
        const int64_t turned_rows = depth_stride == 1 ? n / 4 * 4 : 0, turned = depth / 4 * 4;
        for (int64_t r = 0; r < turned_rows; r += 4)
            for (int64_t k = 0; k < turned; k += 4)
                REAL(gemm_turn)(from + r * row_stride + k, row_stride, to + k * width + r, width);
        for (int64_t k = 0; k < depth; k++)
            for (int64_t r = k < turned ? turned_rows : 0; r < width; r++)
                to[k * width + r] = r < n ? from[r * row_stride + k * depth_stride] : 0;
    }
}
