/* Matrix products as Gemm and MatMul need them: any strides, a batch, right operands that were
 * packed before or not, and a function that finishes each row while it is hot.
 *
 * float32 and float64 are summed in their own type; float16 and bfloat16 in float32, and rounded
 * once, after finish, bfloat16 as gemm_bf16.h says where the CPU multiplies it; 32- and 64-bit
 * integers wrap. */
#ifndef KERNELS_GEMM_MULTIPLY_H
#define KERNELS_GEMM_MULTIPLY_H

#include "operators/kernels/gemm/gemm.h"

#include <hinge/plugin.h>

/* So few rows are not worth packing for: the right operand is read once, as it lies, or, where it
 * is packed already, in panels. */
enum { GEMM_FEW_ROWS = 4 };

/* Finishes count elements of C, which lie at c, in the type that they were summed in; the first is
 * element index of C in all, (row, column) of its matrix. */
typedef void gemm_finish(const void *argument, void *c, int64_t index, int64_t row, int64_t column,
                         int64_t count);

/* Makes panels of columns [column, column + columns), a panel's first and the last ones filled up,
 * and steps [k, k + depth) of a right operand that is kept in a form of its own. */
typedef void gemm_panels(const void *operand, int64_t column, int64_t columns, int64_t k,
                         int64_t depth, void *panels);

struct gemm_call {
    const struct hinge_node *node; /* for the host's threads */
    hinge_type type;               /* of the elements of A, B and C */
    int64_t batch, rows, columns, depth;
    const void *a; /* element (i, k) at i * a_row + k * a_depth; one of the two is 1 */
    int64_t a_row, a_depth;
    const void *b; /* element (k, j) at k * b_depth + j * b_column; one of the two is 1 */
    int64_t b_depth, b_column;
    /* The right operand as gemm_pack_b makes it; b is not read then. NULL: not packed. */
    const void *packed_b;
    /* Otherwise, where it is there, what panels are made with, from operand; k is a multiple of
     * GEMM_DEPTH, and b is not read. */
    gemm_panels *panels;
    const void *operand;
    /* Where the matrices of each step of the batch begin; NULL for a batch of 1. */
    const int64_t *a_offsets, *b_offsets;
    void *c; /* rows * columns for each step of the batch */
    gemm_finish *finish;
    const void *finish_argument;
    void *scratch;
};

/* Whether a CPU with these features is better served by right operands of the type that are packed
 * before, though there may be few rows; the bytes they take then; and packing, of b as in
 * gemm_call. */
bool gemm_packs(uint64_t cpu_features, hinge_type type, bool few_rows);
size_t gemm_packed_size(uint64_t cpu_features, hinge_type type, int64_t columns, int64_t depth);
void gemm_pack_b(uint64_t cpu_features, hinge_type type, int64_t columns, int64_t depth,
                 const void *b, int64_t b_depth, int64_t b_column, void *packed);

/* The kernel that a call of bfloat16 goes to; NULL: it is summed as float32 is. */
const struct gemm_bf16 *gemm_bf16_of(const struct gemm_call *call);

/* Bytes of scratch, for which only node, type, the sizes and whether packed_b and
 * panels are there matter. */
size_t gemm_scratch(const struct gemm_call *call);
void gemm_run(const struct gemm_call *call);

/* The same for float32 and the halves, float64, and integers of either sign. */
size_t gemm_scratch_f32(const struct gemm_call *call);
size_t gemm_scratch_f64(const struct gemm_call *call);
void gemm_run_f32(const struct gemm_call *call);
void gemm_run_f64(const struct gemm_call *call);
void gemm_run_u32(const struct gemm_call *call);
void gemm_run_u64(const struct gemm_call *call);

#endif
