#include "operators/kernels/gemm/gemm_nbits.h"

#define INLINE static inline __attribute__((always_inline))

void gemm_nbits_pack(const struct gemm_nbits *b, const uint8_t *bytes, int64_t begin, int64_t end,
                     int32_t *words)
{
    const int64_t n_words = gemm_nbits_words(b);
    for (int64_t column = begin * GEMM_COLUMNS; column < end * GEMM_COLUMNS; column++) {
        int32_t *to =
            words + column / GEMM_COLUMNS * n_words * GEMM_COLUMNS + column % GEMM_COLUMNS;
        const uint8_t *from = bytes + column * n_words * 4;
        for (int64_t w = 0; w < n_words; w++, from += 4) {
            uint32_t word = 0;
            if (column < b->columns)
                word = from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
                       (uint32_t)from[3] << 24;
            to[w * GEMM_COLUMNS] = (int32_t)word;
        }
    }
}

/* The next element of both vectors of words, less its zero point. */
INLINE void next(unsigned bits, vi32 words[2], const vf32 zeros[2], vf32 elements[2])
{
    const vi32 mask = vi32_set1((1 << bits) - 1);
    for (int v = 0; v < 2; v++) {
        elements[v] = vf32_sub(vi32_to_vf32(vi32_and(words[v], mask)), zeros[v]);
        words[v] = vi32_shr(words[v], (int)bits);
    }
}

INLINE void load_words(const int32_t *from, vi32 words[2])
{
    words[0] = vi32_load(from);
    words[1] = vi32_load(from + VF32_LANES);
}

INLINE void load_floats(const float *from, vf32 floats[2])
{
    floats[0] = vf32_load(from);
    floats[1] = vf32_load(from + VF32_LANES);
}

/* Steps [k, k + depth), of which the first begins a word. bits is a constant where it is 4, what
 * models have. */
INLINE void unpack(unsigned bits, const struct gemm_nbits *b, int64_t panel, int64_t k,
                   int64_t depth, float *to)
{
    const int64_t per_word = 32 / (int64_t)bits, numbers = panel * gemm_nbits_blocks(b);
    const int32_t *from = b->words + (panel * gemm_nbits_words(b) + k / per_word) * GEMM_COLUMNS;
    for (int64_t at = k; at < k + depth; at += per_word, from += GEMM_COLUMNS) {
        const int64_t n = min_i64(per_word, k + depth - at), block = numbers + at / b->block;
        vi32 words[2];
        vf32 scales[2], zeros[2], elements[2];
        load_words(from, words);
        load_floats(b->scales + block * GEMM_COLUMNS, scales);
        load_floats(b->zeros + block * GEMM_COLUMNS, zeros);
        for (int64_t i = 0; i < n; i++, to += GEMM_COLUMNS) {
            if (b->groups) {
                const int64_t group = numbers + b->groups[at + i];
                load_floats(b->scales + group * GEMM_COLUMNS, scales);
                load_floats(b->zeros + group * GEMM_COLUMNS, zeros);
            }
            next(bits, words, zeros, elements);
            vf32_store(to, vf32_mul(elements[0], scales[0]));
            vf32_store(to + VF32_LANES, vf32_mul(elements[1], scales[1]));
        }
    }
}

void gemm_nbits_panels(const void *nbits, int64_t column, int64_t columns, int64_t k, int64_t depth,
                       void *panels)
{
    const struct gemm_nbits *b = nbits;
    float *to = panels;
    for (int64_t j = 0; j < columns; j += GEMM_COLUMNS, to += depth * GEMM_COLUMNS) {
        const int64_t panel = (column + j) / GEMM_COLUMNS;
        if (b->bits == 4)
            unpack(4, b, panel, k, depth, to);
        else
            unpack(b->bits, b, panel, k, depth, to);
    }
}

/* Sums of a block: for one row those of even and odd steps apart, whose chains are shorter. */
INLINE void add_word(unsigned bits, int rows, int n, const int32_t *from, const vf32 zeros[2],
                     const float *a, int64_t a_row, vf32 sums[2][2])
{
    vi32 words[2];
    vf32 elements[2];
    load_words(from, words);
    for (int i = 0; i < n; i++) {
        next(bits, words, zeros, elements);
        for (int r = 0; r < rows; r++) {
            const int s = rows == 1 ? i % 2 : r;
            const vf32 x = vf32_set1(a[r * a_row + i]);
            sums[s][0] = vf32_fma(x, elements[0], sums[s][0]);
            sums[s][1] = vf32_fma(x, elements[1], sums[s][1]);
        }
    }
}

/* One panel's product with one or two rows, a constant; bits as in unpack. */
INLINE void multiply(unsigned bits, int rows, const struct gemm_nbits *b, int64_t panel,
                     const float *a, int64_t a_row, vf32 totals[2][2])
{
    const int64_t per_word = 32 / (int64_t)bits, n_blocks = gemm_nbits_blocks(b);
    const int32_t *from = b->words + panel * gemm_nbits_words(b) * GEMM_COLUMNS;
    const float *scales_at = b->scales + panel * n_blocks * GEMM_COLUMNS;
    const float *zeros_at = b->zeros + panel * n_blocks * GEMM_COLUMNS;
    totals[0][0] = totals[0][1] = totals[1][0] = totals[1][1] = vf32_zero();
    for (int64_t k = 0; k < b->depth; scales_at += GEMM_COLUMNS, zeros_at += GEMM_COLUMNS) {
        const int64_t end = min_i64(k + b->block, b->depth);
        vf32 scales[2], zeros[2], sums[2][2];
        load_floats(scales_at, scales);
        load_floats(zeros_at, zeros);
        sums[0][0] = sums[0][1] = sums[1][0] = sums[1][1] = vf32_zero();
        for (; k + per_word <= end; k += per_word, from += GEMM_COLUMNS)
            add_word(bits, rows, (int)per_word, from, zeros, a + k, a_row, sums);
        if (k < end)
            add_word(bits, rows, (int)(end - k), from, zeros, a + k, a_row, sums);
        k = end;
        for (int s = 0; s < 2; s++)
            for (int v = 0; v < 2; v++)
                totals[s][v] = vf32_fma(sums[s][v], scales[v], totals[s][v]);
    }
}

INLINE void multiply_bits(unsigned bits, const struct gemm_nbits *b, int64_t rows, const float *a,
                          int64_t a_row, int64_t panel, float results[2][GEMM_COLUMNS])
{
    vf32 totals[2][2];
    if (rows == 1) {
        multiply(bits, 1, b, panel, a, a_row, totals);
        totals[0][0] = vf32_add(totals[0][0], totals[1][0]);
        totals[0][1] = vf32_add(totals[0][1], totals[1][1]);
    } else {
        multiply(bits, 2, b, panel, a, a_row, totals);
    }
    for (int r = 0; r < 2; r++)
        for (int v = 0; v < 2; v++)
            vf32_store(results[r] + v * VF32_LANES, totals[r][v]);
}

void gemm_nbits_few(const struct gemm_nbits *b, int64_t rows, const float *a, int64_t a_row,
                    int64_t column, int64_t columns, float *c, int64_t c_stride)
{
    for (int64_t j = 0; j < columns; j += GEMM_COLUMNS)
        for (int64_t row = 0; row < rows; row += 2) {
            const int64_t n = min_i64(columns - j, GEMM_COLUMNS),
                          panel = (column + j) / GEMM_COLUMNS;
            const float *from = a + row * a_row;
            float results[2][GEMM_COLUMNS];
            if (b->bits == 4)
                multiply_bits(4, b, rows - row, from, a_row, panel, results);
            else
                multiply_bits(b->bits, b, rows - row, from, a_row, panel, results);
            for (int64_t r = row; r < min_i64(rows, row + 2); r++)
                for (int64_t i = 0; i < n; i++)
                    c[r * c_stride + j + i] = results[r - row][i];
        }
}
