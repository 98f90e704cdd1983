/* Products whose right operand has 2, 4 or 8 bits an element, and a scale and a zero point for each
 * block of depth: element (k, j) is (q - zero) * scale.
 *
 * Packed: panels of GEMM_COLUMNS columns, of which each word holds 32 / bits steps of depth of one
 * column, the first in its lowest bits: word w of column j is words[(panel * n_words + w) *
 * GEMM_COLUMNS + j % GEMM_COLUMNS]. Scales and zero points lie the same way, blocks for words. */
#ifndef KERNELS_GEMM_NBITS_H
#define KERNELS_GEMM_NBITS_H

#include "operators/kernels/gemm/gemm_multiply.h"

struct gemm_nbits {
    unsigned bits;
    int64_t columns, depth;
    int64_t block; /* steps of depth, a power of two from 16 on */
    const int32_t *words;
    const float *scales, *zeros; /* columns that round columns up have 0 */
    const int32_t *groups;       /* the block that has the scale of a step; NULL: its own */
};

static inline int64_t gemm_nbits_blocks(const struct gemm_nbits *b)
{
    return ceil_div(b->depth, b->block);
}

/* Words of a column. */
static inline int64_t gemm_nbits_words(const struct gemm_nbits *b)
{
    return gemm_nbits_blocks(b) * (b->block / 16 * b->bits / 2);
}

/* Packs columns [begin, end) of panels from each column's words as bytes, the lowest first. */
void gemm_nbits_pack(const struct gemm_nbits *b, const uint8_t *bytes, int64_t begin, int64_t end,
                     int32_t *words);

/* gemm_panels of a struct gemm_nbits. */
void gemm_nbits_panels(const void *nbits, int64_t column, int64_t columns, int64_t k, int64_t depth,
                       void *panels);

/* C = A B for at most GEMM_FEW_ROWS rows, whose steps of depth lie side by side, and columns from
 * one that a panel begins with; b has no groups. */
void gemm_nbits_few(const struct gemm_nbits *b, int64_t rows, const float *a, int64_t a_row,
                    int64_t column, int64_t columns, float *c, int64_t c_stride);

#endif
