/* Products of 8-bit matrices as MatMulInteger and its like need them: a batch, right operands that
 * were packed before or not, zero points, and a function that takes each row of sums while it is
 * hot. */
#ifndef KERNELS_GEMM_INT8_RUN_H
#define KERNELS_GEMM_INT8_RUN_H

#include "operators/kernels/gemm/gemm_int8.h"

/* Takes count sums of step of the batch, the first that at (row, column) of its matrix. */
typedef void gemm_int8_finish(const void *argument, const int32_t *sums, int64_t step, int64_t row,
                              int64_t column, int64_t count);

/* Zero points of the type of an operand's elements: one, or one for each of its rows (columns). */
struct gemm_int8_points {
    const uint8_t *x; /* NULL: 0 */
    int64_t step;     /* 0: one for all */
    bool batched;     /* each matrix of the operand has its own */
};

struct gemm_int8_call {
    const struct hinge_node *node; /* for the host's threads, and its CPU's features */
    int64_t batch, rows, columns, depth;
    struct gemm_int8_operand a, b;
    struct gemm_int8_points a_points, b_points;
    /* The right operand as gemm_int8_pack_b makes it; b.x is not read then. NULL: not packed. */
    const uint32_t *packed_b;
    /* Where the matrices of each step of the batch begin; NULL for a batch of 1. */
    const int64_t *a_offsets, *b_offsets;
    gemm_int8_finish *finish; /* NULL: sums go to c */
    const void *finish_argument;
    int32_t *c; /* rows * columns for each step of the batch */
    void *scratch;
};

/* Bytes of a packed right operand, false where they do not fit; and packing, of b as in the call.
 */
bool gemm_int8_packed_size(const struct gemm_int8 *kernel, int64_t columns, int64_t depth,
                           int64_t *size);
void gemm_int8_pack_b(const struct gemm_int8 *kernel, const struct gemm_int8_operand *b,
                      int64_t columns, int64_t depth, uint32_t *packed);

/* Bytes of scratch, for which only node, the sizes, and whether packed_b and finish are there
 * matter. */
size_t gemm_int8_scratch(const struct gemm_int8_call *call);
void gemm_int8_run(const struct gemm_int8_call *call);

#endif
