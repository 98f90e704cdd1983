/* The kernel of bytes on CPUs that have AMX: 32 x 32 sums in four tile registers, each step of 64
 * products from two tiles of either operand. */
#include "operators/kernels/gemm/gemm_int8.h"

#ifdef __AMX_INT8__

#include "operators/kernels/simd/amx.h"

#include <string.h>

enum { SIDE = 2 * AMX_ROWS, WORDS = AMX_WORDS };

/* The sums of a whole tile of C, of which only the first half of the rows or columns may be wanted;
 * these are constants. */
static inline __attribute__((always_inline)) void sum(bool low, bool right, int64_t words,
                                                      const uint32_t *a, const uint32_t *b,
                                                      int32_t *c, size_t stride, bool accumulate)
{
    int32_t *lower = c + AMX_ROWS * stride / sizeof *c;
    amx_begin(0, c, stride, accumulate);
    if (right)
        amx_begin(1, c + WORDS, stride, accumulate);
    if (low)
        amx_begin(2, lower, stride, accumulate);
    if (low && right)
        amx_begin(3, lower + WORDS, stride, accumulate);
    for (int64_t w = 0; w < words; w += WORDS, a += SIDE * WORDS, b += SIDE * WORDS) {
        _tile_loadd(4, a, WORDS * sizeof *a);
        _tile_loadd(6, b, SIDE * sizeof *b);
        _tile_dpbsud(0, 4, 6);
        if (right) {
            _tile_loadd(7, b + WORDS, SIDE * sizeof *b);
            _tile_dpbsud(1, 4, 7);
        }
        if (low) {
            _tile_loadd(5, a + AMX_ROWS * WORDS, WORDS * sizeof *a);
            _tile_dpbsud(2, 5, 6);
        }
        if (low && right)
            _tile_dpbsud(3, 5, 7);
    }
    _tile_stored(0, c, stride);
    if (right)
        _tile_stored(1, c + WORDS, stride);
    if (low)
        _tile_stored(2, lower, stride);
    if (low && right)
        _tile_stored(3, lower + WORDS, stride);
}

static void edge(int64_t rows, int64_t columns, int64_t words, const uint32_t *a, const uint32_t *b,
                 int32_t *c, int64_t c_stride, bool accumulate)
{
    int32_t sums[SIDE * SIDE];
    const size_t stride = SIDE * sizeof *sums;
    if (rows > AMX_ROWS && columns > WORDS)
        sum(true, true, words, a, b, sums, stride, false);
    else if (rows > AMX_ROWS)
        sum(true, false, words, a, b, sums, stride, false);
    else
        sum(false, true, words, a, b, sums, stride, false);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < columns; i++) {
            const uint32_t before = accumulate ? (uint32_t)c[r * c_stride + i] : 0;
            c[r * c_stride + i] = (int32_t)(before + (uint32_t)sums[r * SIDE + i]);
        }
}

static void multiply(const struct gemm_int8_block *b)
{
    amx_open();
    for (int64_t column = 0; column < b->columns; column += SIDE)
        for (int64_t row = 0; row < b->rows; row += SIDE) {
            const int64_t rows = min_i64(SIDE, b->rows - row);
            const int64_t columns = min_i64(SIDE, b->columns - column);
            const uint32_t *strip = b->a + row / SIDE * b->a_stride;
            const uint32_t *panel = b->b + column / SIDE * b->b_stride;
            int32_t *c = b->c + row * b->c_stride + column;
            if (rows == SIDE && columns == SIDE)
                sum(true, true, b->words, strip, panel, c, (size_t)b->c_stride * sizeof *c,
                    b->accumulate);
            else
                edge(rows, columns, b->words, strip, panel, c, b->c_stride, b->accumulate);
        }
    amx_close();
}

const struct gemm_int8 gemm_int8_amx = {
    .rows = SIDE, .columns = SIDE, .group = 4, .block = WORDS, .multiply = multiply};

#else

const struct gemm_int8 gemm_int8_amx;

#endif
