/* Matrix products of float32 and float64 over packed operands.
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

#include "operators/kernels/integer.h"
#include "operators/kernels/simd/simd.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    GEMM_COLUMNS = 2 * VF32_LANES,     /* of float */
    GEMM_COLUMNS_F64 = 2 * VF64_LANES, /* of double */
    GEMM_ROWS = VF32_LANES == 16 ? 14 : 6,
    /* Depth that is packed and multiplied at a time: a panel of it stays in the L1 cache. */
    GEMM_DEPTH = 384,
};

/* Pointers to elements are void here: they are of the type of the function that takes them. */

/* What sums begin with and what happens to them on their way to memory. */
struct gemm_store {
    bool accumulate;      /* begin with C, which holds the sum over earlier blocks of depth */
    const void *row_bias; /* otherwise with row_bias[row]; NULL: with 0 */
    const void *addend;   /* added at the end, laid out like C; NULL: none */
    bool relu;            /* applied last */
};

/* C = A B over a block: strips are a_strip_stride elements apart, panels b_panel_stride. b_stride
 * is the distance between two steps of depth in b: GEMM_COLUMNS for packed panels; any for a
 * row-major matrix that can be read as wide as columns rounded up to the lanes of a vector. */
struct gemm_block {
    int64_t rows, columns, depth;
    const void *a, *b;
    int64_t a_strip_stride, b_panel_stride, b_stride;
    void *c;
    int64_t c_stride;
};
void gemm_block_f32(const struct gemm_block *block, const struct gemm_store *store);
void gemm_block_f64(const struct gemm_block *block, const struct gemm_store *store);

/* The same for few rows, with A as it lies: its element (i, k) is a[i * a_row + k * a_depth].
 * Panels are packed, panel_stride elements apart. Sums begin with C (accumulate) or 0, and are
 * those of gemm_block bit for bit. */
void gemm_few_f32(int64_t rows, int64_t columns, int64_t depth, const void *a, int64_t a_row,
                  int64_t a_depth, const void *panels, int64_t panel_stride, void *c,
                  int64_t c_stride, bool accumulate);
void gemm_few_f64(int64_t rows, int64_t columns, int64_t depth, const void *a, int64_t a_row,
                  int64_t a_depth, const void *panels, int64_t panel_stride, void *c,
                  int64_t c_stride, bool accumulate);

/* How many pieces of work multiply-adds each are worth waking a thread for, some microseconds. */
static inline int64_t gemm_grain(int64_t work)
{
    return ((int64_t)1 << 18) / (work > 0 ? work : 1) + 1;
}

/* How many pieces a job of that many multiply-adds in all is to be cut into: enough for threads to
 * finish together, but none so small that it is not worth being one. */
static inline int64_t gemm_pieces(double work, unsigned n_threads)
{
    const int64_t most = n_threads > 1 ? 4 * (int64_t)n_threads : 1;
    const double full = work / (1 << 17);
    return full < 1 ? 1 : full < (double)most ? (int64_t)full : most;
}

/* Packs a matrix of rows x depth whose element (i, k) is x[i * row_stride + k * depth_stride] into
 * strips of width rows: packed[(i / width) * strip_stride + k * width + i % width]. With the rows
 * of A and GEMM_ROWS it makes strips, with the columns of B and GEMM_COLUMNS panels. */
void gemm_pack_f32(int64_t rows, int64_t depth, const float *x, int64_t row_stride,
                   int64_t depth_stride, int64_t width, float *packed, int64_t strip_stride);
void gemm_pack_f64(int64_t rows, int64_t depth, const double *x, int64_t row_stride,
                   int64_t depth_stride, int64_t width, double *packed, int64_t strip_stride);

#endif
