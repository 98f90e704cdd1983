/* What the products of 8-bit matrices have in common, whatever becomes of their sums: which numbers
 * belong to rows and columns, constant right operands packed, scratch. */
#ifndef OPERATORS_QUANTIZE_MATMUL8_H
#define OPERATORS_QUANTIZE_MATMUL8_H

#include "operators/kernels/gemm/gemm_int8_run.h"
#include "operators/matrix/batch.h"

/* Zero points or scales of an operand: one, one for each row of A (column of B), or of each of its
 * matrices. */
struct matmul8_side {
    int64_t step; /* 0: one for all */
    bool batched;
};

/* The operands; a zero point of NULL is 0. */
struct matmul8 {
    const hinge_tensor *a, *b, *a_zero, *b_zero;
    struct matmul8_side a_side, b_side;
    struct batch batch;
};

/* Fails, naming what, where the tensor, which may be NULL, does not fit the operand. */
hinge_status matmul8_read_side(const struct hinge_node *node, const hinge_tensor *values,
                               const hinge_tensor *operand, bool is_b, const char *what,
                               struct matmul8_side *side);
/* The number that a row (column) has, whose matrix begins at that element of the operand. */
static inline int64_t matmul8_number(const struct matmul8_side *side, int64_t offset, int64_t depth,
                                     int64_t row)
{
    return side->step * (row + (side->batched && depth ? offset / depth : 0));
}

/* Checks the operands and sets the rest of *m. merges: that matrices of A with one B may be made
 * one does not mix up the caller's own numbers of rows. */
hinge_status matmul8_read(const struct hinge_node *node, struct matmul8 *m, bool merges);

/* init: packs a constant B of one matrix, which input index is, into node->state; where turned, the
 * input is its transpose. */
hinge_status matmul8_init(struct hinge_node *node, unsigned index, bool turned);
/* B, or its transpose where turned, as an operand. */
struct gemm_int8_operand matmul8_right(const hinge_tensor *b, int64_t columns, int64_t depth,
                                       bool turned);
/* The call without finish, c and offsets. */
struct gemm_int8_call matmul8_call(const struct hinge_node *node, const struct matmul8 *m);
/* Bytes of scratch that matmul8_run takes from its begin. */
size_t matmul8_scratch(const struct hinge_node *node, const struct matmul8 *m, bool finishes);
/* Sets the offsets, in scratch; then the call is ready to run. */
void matmul8_offsets(const struct matmul8 *m, struct gemm_int8_call *call, void *scratch);

#endif
