/* Matrix products of float32 as Gemm and MatMul need them: any strides, a batch, right operands
 * that were packed before or not, and a function that finishes each row while it is hot. */
#ifndef KERNELS_GEMM_MULTIPLY_H
#define KERNELS_GEMM_MULTIPLY_H

#include "operators/kernels/gemm.h"

#include <hinge/plugin.h>

/* So few rows are not worth packing for: the right operand is read once, as it lies. */
enum { GEMM_FEW_ROWS = 4 };

/* Finishes count elements of C from (row, column) on, which lie at c. */
typedef void gemm_finish(const void *argument, float *c, int64_t row, int64_t column,
                         int64_t count);

struct gemm_call {
    const struct hinge_node *node; /* for the host's threads */
    int64_t batch, rows, columns, depth;
    const float *a; /* element (i, k) at i * a_row + k * a_depth */
    int64_t a_row, a_depth;
    const float *b; /* element (k, j) at k * b_depth + j * b_column; one of the two is 1 */
    int64_t b_depth, b_column;
    /* The right operand packed by gemm_pack with width GEMM_COLUMNS and strips depth *
     * GEMM_COLUMNS apart; b is not read then. NULL: not packed. */
    const float *packed_b;
    /* Where the matrices of each step of the batch begin; NULL for a batch of 1. */
    const int64_t *a_offsets, *b_offsets;
    float *c; /* rows * columns for each step of the batch */
    gemm_finish *finish;
    const void *finish_argument;
    void *scratch;
};

/* Bytes of scratch, for which only node, the sizes and whether packed_b is there matter. */
size_t gemm_scratch(const struct gemm_call *call);
void gemm_run(const struct gemm_call *call);

#endif
