/* Matrix products of float32 over packed operands.
 *
 * C = A B, where A (rows x depth) is cut into strips of GEMM_ROWS rows and B (depth x columns) into
 * panels of GEMM_COLUMNS columns, each packed so that one step of depth is contiguous:
 * strip[k][row], panel[k][column]. Missing rows and columns of the last one are zeros. Whoever
 * packs chooses which of the operands of an operator is A: a convolution's weights are A where the
 * vector lanes run over pixels and B where they run over output channels.
 *
 * Each element is summed in the order of depth with fma, in blocks of the depth given to a call;
 * where rows and columns fall, and how many threads work, does not change a result's bits. */
#ifndef KERNELS_GEMM_H
#define KERNELS_GEMM_H

#include "operators/kernels/simd/simd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GEMM_COLUMNS = 2 * VF32_LANES,
    GEMM_ROWS = VF32_LANES == 16 ? 14 : 6,
    /* Depth that is packed and multiplied at a time: a panel of it stays in the L1 cache. */
    GEMM_DEPTH = 384,
};

/* What sums begin with and what happens to them on their way to memory. */
struct gemm_store {
    bool accumulate;       /* begin with C, which holds the sum over earlier blocks of depth */
    const float *row_bias; /* otherwise with row_bias[row]; NULL: with 0 */
    const float *addend;   /* added at the end, laid out like C; NULL: none */
    bool relu;             /* applied last */
};

/* C[rows x columns] = strip * panel as store says, whose pointers are those of this tile. rows is
 * at most GEMM_ROWS, columns at most GEMM_COLUMNS; b_stride is the distance in floats between two
 * steps of depth in b (GEMM_COLUMNS for a packed panel; any for a row-major matrix that can be read
 * as wide as columns rounded up to VF32_LANES). */
void gemm_tile(int rows, int columns, int64_t depth, const float *a, const float *b,
               int64_t b_stride, float *c, int64_t c_stride, const struct gemm_store *store);

/* The same over a block: strips are a_stride floats apart, panels b_panel_stride. */
struct gemm_block {
    int64_t rows, columns, depth;
    const float *a, *b;
    int64_t a_strip_stride, b_panel_stride, b_stride;
    float *c;
    int64_t c_stride;
};
void gemm_block(const struct gemm_block *block, const struct gemm_store *store);

/* How many pieces of work multiply-adds each are worth waking a thread for, some microseconds. */
static inline int64_t gemm_grain(int64_t work)
{
    return ((int64_t)1 << 18) / (work > 0 ? work : 1) + 1;
}

static inline int64_t gemm_round_up(int64_t count, int64_t multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

/* Packs a matrix of rows x depth whose element (i, k) is x[i * row_stride + k * depth_stride] into
 * strips of width rows: packed[(i / width) * strip_stride + k * width + i % width]. With the rows
 * of A and GEMM_ROWS it makes strips, with the columns of B and GEMM_COLUMNS panels. */
void gemm_pack(int64_t rows, int64_t depth, const float *x, int64_t row_stride,
               int64_t depth_stride, int64_t width, float *packed, int64_t strip_stride);

/* C[m * c_stride + n] = sum over k of a[m * a_row + k * a_depth] * w[n * w_stride + k], for few
 * rows: bound by memory, w is read once, as it lies. */
void gemm_dot(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t a_row,
              int64_t a_depth, const float *w, int64_t w_stride, float *c, int64_t c_stride);

/* The same with w[k * w_stride + n]. */
void gemm_axpy(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t a_row,
               int64_t a_depth, const float *w, int64_t w_stride, float *c, int64_t c_stride);

#endif
