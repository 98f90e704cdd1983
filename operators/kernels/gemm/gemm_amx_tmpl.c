/* multiply of a block of C, an AMX_BLOCK, by AMX: 32 x 32 sums of AMX_SUM in four tile registers,
 * each step of 16 words from two tiles of either operand, by AMX_DOT. */
#include "operators/kernels/simd/amx.h"

#include <string.h>

enum { SIDE = 2 * AMX_ROWS };

/* The sums of a whole tile of C, of which only the first half of the rows or columns may be wanted;
 * these are constants. */
static inline __attribute__((always_inline)) void sum(bool low, bool right, int64_t words,
                                                      const uint32_t *a, const uint32_t *b,
                                                      AMX_SUM *c, size_t stride, bool accumulate)
{
    AMX_SUM *lower = c + AMX_ROWS * stride / sizeof *c;
    amx_begin(0, c, stride, accumulate);
    if (right)
        amx_begin(1, c + AMX_WORDS, stride, accumulate);
    if (low)
        amx_begin(2, lower, stride, accumulate);
    if (low && right)
        amx_begin(3, lower + AMX_WORDS, stride, accumulate);
    for (int64_t w = 0; w < words; w += AMX_WORDS, a += SIDE * AMX_WORDS, b += SIDE * AMX_WORDS) {
        _tile_loadd(4, a, AMX_WORDS * sizeof *a);
        _tile_loadd(6, b, SIDE * sizeof *b);
        AMX_DOT(0, 4, 6);
        if (right) {
            _tile_loadd(7, b + AMX_WORDS, SIDE * sizeof *b);
            AMX_DOT(1, 4, 7);
        }
        if (low) {
            _tile_loadd(5, a + AMX_ROWS * AMX_WORDS, AMX_WORDS * sizeof *a);
            AMX_DOT(2, 5, 6);
        }
        if (low && right)
            AMX_DOT(3, 5, 7);
    }
    _tile_stored(0, c, stride);
    if (right)
        _tile_stored(1, c + AMX_WORDS, stride);
    if (low)
        _tile_stored(2, lower, stride);
    if (low && right)
        _tile_stored(3, lower + AMX_WORDS, stride);
}

static void edge(int64_t rows, int64_t columns, int64_t words, const uint32_t *a, const uint32_t *b,
                 AMX_SUM *c, int64_t c_stride, bool accumulate)
{
    AMX_SUM sums[SIDE * SIDE] = {0};
    const size_t stride = SIDE * sizeof *sums, size = (size_t)columns * sizeof *c;
    for (int64_t r = 0; r < rows && accumulate; r++)
        memcpy(sums + r * SIDE, c + r * c_stride, size);
    if (rows <= AMX_ROWS)
        sum(false, true, words, a, b, sums, stride, true);
    else if (columns <= AMX_WORDS)
        sum(true, false, words, a, b, sums, stride, true);
    else
        sum(true, true, words, a, b, sums, stride, true);
    for (int64_t r = 0; r < rows; r++)
        memcpy(c + r * c_stride, sums + r * SIDE, size);
}

static void multiply(const AMX_BLOCK *b)
{
    amx_open();
    for (int64_t column = 0; column < b->columns; column += SIDE)
        for (int64_t row = 0; row < b->rows; row += SIDE) {
            const int64_t rows = min_i64(SIDE, b->rows - row);
            const int64_t columns = min_i64(SIDE, b->columns - column);
            const uint32_t *strip = b->a + row / SIDE * b->a_stride;
            const uint32_t *panel = b->b + column / SIDE * b->b_stride;
            AMX_SUM *c = b->c + row * b->c_stride + column;
            if (rows == SIDE && columns == SIDE)
                sum(true, true, b->words, strip, panel, c, (size_t)b->c_stride * sizeof *c,
                    b->accumulate);
            else
                edge(rows, columns, b->words, strip, panel, c, b->c_stride, b->accumulate);
        }
    amx_close();
}
