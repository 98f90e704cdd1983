/* Matrix products of bfloat16 on CPUs that multiply it themselves, with sums of float32.
 *
 * C = A B over words of two steps of depth: A (rows x depth) is packed into strips whose rows have
 * a block of words side by side, strip[block][row][word], B (depth x columns) into panels,
 * panel[word][column]; what is missing at the ends is 0. Products are exact, each is rounded into
 * the sum; numbers below 2^-126, of operands or sums, count as 0: Intel's manual, TDPBF16PS. */
#ifndef KERNELS_GEMM_BF16_H
#define KERNELS_GEMM_BF16_H

#include "operators/kernels/integer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gemm_bf16_block {
    int64_t rows, columns, words;
    const uint32_t *a, *b;
    int64_t a_stride, b_stride; /* words between strips and between panels */
    float *c;
    int64_t c_stride;
    bool accumulate; /* C has the sums over earlier words */
};

struct gemm_bf16 {
    int64_t rows, columns; /* the widths of strips and panels */
    int64_t block;         /* words in a block of depth */
    void (*multiply)(const struct gemm_bf16_block *block);
};

/* The kernel for a CPU with these features (hinge_node.cpu_features); NULL: there is none. */
const struct gemm_bf16 *gemm_bf16_choose(uint64_t cpu_features);
extern const struct gemm_bf16 gemm_bf16_amx; /* of the avx512 build */

/* Words of a row or column, those that fill the last block up with zeros too. */
static inline int64_t gemm_bf16_words(const struct gemm_bf16 *kernel, int64_t depth)
{
    return round_up(ceil_div(depth, 2), kernel->block);
}

/* Packs a matrix of rows x depth, whose element (row, k) is x[row * row_stride + k * depth_stride]
 * and one of whose strides is 1, into strips, or, of B's columns, into panels. */
void gemm_bf16_pack(const struct gemm_bf16 *kernel, bool is_b, int64_t rows, int64_t depth,
                    const uint16_t *x, int64_t row_stride, int64_t depth_stride, uint32_t *packed);

#endif
