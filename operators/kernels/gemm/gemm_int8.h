/* Matrix products of 8-bit integers of either sign, with sums modulo 2^32.
 *
 * C = (A - a's zero points) (B - b's zero points) is computed as A B, and what the zero points add
 * to it from the sums of A's rows and B's columns. A (rows x depth) is packed into strips, B (depth
 * x columns) into panels, of words of 32 bits: a word has the next few steps of depth of one row or
 * column, strip[word][row], panel[word][column]; what is missing at the ends is 0. What a word is
 * depends on the CPU: two int16, or, where the CPU multiplies bytes, four of them, of A's made
 * signed and of B's made unsigned, which shifts their zero points. Where it multiplies tiles, words
 * of depth come in blocks, which lie side by side in a row of A: strip[block][row][word]. */
#ifndef KERNELS_GEMM_INT8_H
#define KERNELS_GEMM_INT8_H

#include <hinge/plugin.h>

#include "operators/kernels/integer.h"

/* Sums over words words of a tile of C. */
typedef void gemm_int8_tile(int64_t rows, int64_t columns, int64_t words, const uint32_t *a,
                            const uint32_t *b, int32_t *c, int64_t c_stride, bool accumulate);

struct gemm_int8_block;

struct gemm_int8 {
    int64_t rows, columns; /* of a tile: the widths of strips and panels */
    int64_t group;         /* steps of depth in a word: 2 or 4 */
    int64_t block;         /* words in a block of depth: 1, or 16 */
    gemm_int8_tile *tile;
    /* All tiles of a block of C, where the kernel does not take them one by one. */
    void (*multiply)(const struct gemm_int8_block *block);
};

/* The kernel for a CPU with these features (hinge_node.cpu_features). */
const struct gemm_int8 *gemm_int8_choose(uint64_t cpu_features);
extern const struct gemm_int8 gemm_int8_vnni, gemm_int8_amx; /* of the avx512 build */

/* Words of a row or column, those that fill the last block up with zeros too. */
static inline int64_t gemm_int8_words(const struct gemm_int8 *kernel, int64_t depth)
{
    return round_up(ceil_div(depth, kernel->group), kernel->block);
}

/* An operand: elements are int8 or uint8; row stands for a column where it is B. */
struct gemm_int8_operand {
    bool is_b, is_signed;
    const uint8_t *x;                 /* element (row, k) at row * row_stride + k * depth_stride */
    int64_t row_stride, depth_stride; /* one of them is 1 */
};

/* What is added to the operand's elements, and so to its zero points. */
int32_t gemm_int8_shift(const struct gemm_int8 *kernel, const struct gemm_int8_operand *operand);

/* Packs rows x depth, from element (row, k) on, into strips of stride words. sums, of the shifted
 * elements of each row, are added to; NULL: not wanted. */
void gemm_int8_pack(const struct gemm_int8 *kernel, const struct gemm_int8_operand *operand,
                    int64_t row, int64_t rows, int64_t k, int64_t depth, uint32_t *packed,
                    int64_t stride, uint32_t *sums);

/* C over packed operands, whose strips and panels lie strides of words apart. */
struct gemm_int8_block {
    int64_t rows, columns, words;
    const uint32_t *a, *b;
    int64_t a_stride, b_stride;
    int32_t *c;
    int64_t c_stride;
    bool accumulate; /* C has the sums over earlier words */
};
void gemm_int8_multiply(const struct gemm_int8 *kernel, const struct gemm_int8_block *block);

/* Adds what the shifted zero points make of the finished products of a row. */
struct gemm_int8_zero {
    uint32_t a, a_sum, depth;   /* of the row: its zero point and sum */
    const uint32_t *b, *b_sums; /* of the columns; NULL for b: all 0 */
};
void gemm_int8_correct(const struct gemm_int8_zero *zero, int32_t *c, int64_t columns);

#endif
