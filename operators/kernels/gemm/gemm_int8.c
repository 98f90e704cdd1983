#include "operators/kernels/gemm/gemm_int8.h"

#include <string.h>

#include "operators/kernels/simd/simd.h"

/* Rows of the highest strip. */
enum { MAX_ROWS = 32 };

/* Sums of pairs of int16, which are exact: 2 * 255 * 255 at most. */
#if VF32_LANES == 16
#define GEMM_INT8_ROWS 12
#elif VF32_LANES == 8
#define GEMM_INT8_ROWS 6
#else
#define GEMM_INT8_ROWS 4
#endif
#define GEMM_INT8_DOT(sum, a, b) vi32_add(sum, vi32_dot_i16(a, b))
#include "operators/kernels/gemm/gemm_int8_tmpl.c"

static const struct gemm_int8 pairs = {.rows = GEMM_INT8_ROWS,
                                       .columns = 2 * (int64_t)VF32_LANES,
                                       .group = 2,
                                       .block = 1,
                                       .tile = gemm_int8_own_tile};

const struct gemm_int8 *gemm_int8_choose(uint64_t cpu_features)
{
#ifdef HINGE_SIMD_AVX512
    if (cpu_features & HINGE_CPU_AMX_INT8 && gemm_int8_amx.multiply)
        return &gemm_int8_amx;
    if (cpu_features & HINGE_CPU_AVX512_VNNI && gemm_int8_vnni.tile)
        return &gemm_int8_vnni;
#endif
    (void)cpu_features;
    return &pairs;
}

static bool flips(const struct gemm_int8 *kernel, const struct gemm_int8_operand *operand)
{
    return kernel->group == 4 && operand->is_b == operand->is_signed;
}

int32_t gemm_int8_shift(const struct gemm_int8 *kernel, const struct gemm_int8_operand *operand)
{
    return !flips(kernel, operand) ? 0 : operand->is_b ? 128 : -128;
}

/* Packing. */

static uint32_t low_half(uint8_t x, bool is_signed)
{
    return is_signed ? (uint16_t)(int8_t)x : x;
}

/* The word of up to group steps, which lie stride apart. */
static uint32_t word_of(const struct gemm_int8 *kernel, const struct gemm_int8_operand *o,
                        const uint8_t *x, int64_t stride, int64_t steps)
{
    const uint8_t flip = flips(kernel, o) ? 0x80 : 0;
    uint32_t word = 0;
    for (int64_t i = 0; i < steps; i++)
        word |= kernel->group == 4 ? (uint32_t)(uint8_t)(x[i * stride] ^ flip) << (8 * i)
                                   : low_half(x[i * stride], o->is_signed) << (16 * i);
    return word;
}

/* Where a row's words lie in a strip or panel: blocks of n words, step from one to the next. */
struct places {
    int64_t n, step;
};

static struct places places_of(const struct gemm_int8 *kernel, const struct gemm_int8_operand *o)
{
    const int64_t n = o->is_b ? 1 : kernel->block;
    return (struct places){n, n * (o->is_b ? kernel->columns : kernel->rows)};
}

static uint32_t *word_at(const struct places *places, uint32_t *row, int64_t word)
{
    return row + word / places->n * places->step + word % places->n;
}

/* Whole words of four bytes that lie side by side. */
static void copy_words(const uint8_t *x, int64_t n, uint32_t flip, uint32_t *packed)
{
    for (int64_t w = 0; w < n; w++) {
        uint32_t word;
        memcpy(&word, x + 4 * w, sizeof word);
        packed[w] = word ^ flip;
    }
}

/* A row whose steps lie side by side. */
static void pack_row(const struct gemm_int8 *kernel, const struct gemm_int8_operand *o,
                     const uint8_t *x, int64_t depth, uint32_t *packed)
{
    const int64_t whole = depth / kernel->group;
    const uint32_t flip = flips(kernel, o) ? 0x80808080 : 0;
    const struct places places = places_of(kernel, o);
    int64_t w = 0;
    if (kernel->group == 4)
        for (; w < whole; w += places.n)
            copy_words(x + 4 * w, min_i64(places.n, whole - w), flip, word_at(&places, packed, w));
    else
        for (; w < whole; w++)
            *word_at(&places, packed, w) =
                low_half(x[2 * w], o->is_signed) | low_half(x[2 * w + 1], o->is_signed) << 16;
    if (depth > whole * kernel->group)
        *word_at(&places, packed, whole) =
            word_of(kernel, o, x + whole * kernel->group, 1, depth - whole * kernel->group);
}

/* A whole panel's words of two int16, of columns that lie side by side. */
static inline void pack_panel(const uint8_t *x, int64_t stride, bool is_signed, int64_t words,
                              uint32_t *packed)
{
    const vi32 low = vi32_set1(0xffff);
    int32_t *to = (int32_t *)packed;
    for (int64_t w = 0; w < words; w++)
        for (int i = 0; i < 2 * VF32_LANES; i += VF32_LANES, to += VF32_LANES) {
            const uint8_t *first = x + 2 * w * stride + i, *second = first + stride;
            const vi32 a = is_signed ? vi32_and(vi32_load_i8(first), low) : vi32_load_u8(first);
            const vi32 b = is_signed ? vi32_load_i8(second) : vi32_load_u8(second);
            vi32_store(to, vi32_or(a, vi32_shl(b, 16)));
        }
}

/* Words of four bytes, 16 of them: the vectors of four steps between each other. */
static void pack_bytes(const uint8_t *x, int64_t stride, uint8_t flip, uint32_t *packed)
{
    typedef uint8_t bytes __attribute__((vector_size(16)));
    bytes step[4], words[4];
    for (int k = 0; k < 4; k++) {
        memcpy(&step[k], x + k * stride, sizeof step[k]);
        step[k] ^= flip;
    }
#define LOW_BYTES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_BYTES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define LOW_PAIRS 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23
#define HIGH_PAIRS 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31
    const bytes low01 = __builtin_shufflevector(step[0], step[1], LOW_BYTES);
    const bytes low23 = __builtin_shufflevector(step[2], step[3], LOW_BYTES);
    const bytes high01 = __builtin_shufflevector(step[0], step[1], HIGH_BYTES);
    const bytes high23 = __builtin_shufflevector(step[2], step[3], HIGH_BYTES);
    words[0] = __builtin_shufflevector(low01, low23, LOW_PAIRS);
    words[1] = __builtin_shufflevector(low01, low23, HIGH_PAIRS);
    words[2] = __builtin_shufflevector(high01, high23, LOW_PAIRS);
    words[3] = __builtin_shufflevector(high01, high23, HIGH_PAIRS);
    for (int i = 0; i < 4; i++)
        memcpy(packed + 4 * i, &words[i], sizeof words[i]);
#undef LOW_BYTES
#undef HIGH_BYTES
#undef LOW_PAIRS
#undef HIGH_PAIRS
}

/* A word each of count rows that lie side by side, of steps that lie stride apart, into words that
 * lie side by side too. */
static void pack_across(const struct gemm_int8 *kernel, const struct gemm_int8_operand *o,
                        const uint8_t *x, int64_t stride, int64_t steps, int64_t count,
                        uint32_t *restrict packed)
{
    const uint8_t *second = x + stride;
    int64_t i = 0;
    if (kernel->group == 4 && steps == 4)
        for (; i + 16 <= count; i += 16)
            pack_bytes(x + i, stride, flips(kernel, o) ? 0x80 : 0, packed + i);
    else if (kernel->group == 2 && steps == 2 && o->is_signed)
        for (; i < count; i++)
            packed[i] = (uint32_t)(uint16_t)(int8_t)x[i] | (uint32_t)(uint16_t)(int8_t)second[i]
                                                               << 16;
    else if (kernel->group == 2 && steps == 2)
        for (; i < count; i++)
            packed[i] = (uint32_t)x[i] | (uint32_t)second[i] << 16;
    for (; i < count; i++)
        packed[i] = word_of(kernel, o, x + i, stride, steps);
}

/* A word each of count rows that lie side by side, into rows n words apart. */
static void pack_apart(const struct gemm_int8 *kernel, const struct gemm_int8_operand *o,
                       const uint8_t *x, int64_t steps, int64_t count, int64_t n, uint32_t *packed)
{
    uint32_t words[MAX_ROWS];
    pack_across(kernel, o, x, o->depth_stride, steps, count, words);
    for (int64_t r = 0; r < count; r++)
        packed[r * n] = words[r];
}

/* Count rows that lie side by side. */
static void pack_strip(const struct gemm_int8 *kernel, const struct gemm_int8_operand *o,
                       const uint8_t *x, int64_t depth, int64_t count, uint32_t *packed)
{
    const int64_t width = o->is_b ? kernel->columns : kernel->rows, group = kernel->group;
    const struct places places = places_of(kernel, o);
    const int64_t words = ceil_div(depth, group);
    int64_t w = 0;
    if (places.n > 1)
        for (; w < words; w++)
            pack_apart(kernel, o, x + w * group * o->depth_stride,
                       min_i64(group, depth - w * group), count, places.n,
                       word_at(&places, packed, w));
    if (group == 2 && o->is_b && count == width) {
        w = depth / 2;
        pack_panel(x, o->depth_stride, o->is_signed, w, packed);
    }
    for (; w < words; w++)
        pack_across(kernel, o, x + w * group * o->depth_stride, o->depth_stride,
                    min_i64(group, depth - w * group), count, packed + w * width);
}

static void add_sums(const struct gemm_int8_operand *o, const uint8_t *x, int64_t rows,
                     int64_t depth, int32_t shift, uint32_t *restrict sums)
{
    if (o->depth_stride == 1)
        for (int64_t r = 0; r < rows; r++) {
            const uint8_t *at = x + r * o->row_stride;
            uint32_t sum = (uint32_t)depth * (uint32_t)shift;
            if (o->is_signed)
                for (int64_t k = 0; k < depth; k++) {
                    const int32_t value = (int32_t)(int8_t)at[k];
                    sum += (uint32_t)value;
                }
            else
                for (int64_t k = 0; k < depth; k++)
                    sum += at[k];
            sums[r] += sum;
        }
    else
        for (int64_t k = 0; k < depth; k++) {
            const uint8_t *at = x + k * o->depth_stride;
            if (o->is_signed)
                for (int64_t r = 0; r < rows; r++)
                    sums[r] += (uint32_t)((int8_t)at[r] + shift);
            else
                for (int64_t r = 0; r < rows; r++)
                    sums[r] += (uint32_t)(at[r] + shift);
        }
}

void gemm_int8_pack(const struct gemm_int8 *kernel, const struct gemm_int8_operand *o, int64_t row,
                    int64_t rows, int64_t k, int64_t depth, uint32_t *packed, int64_t stride,
                    uint32_t *sums)
{
    const int64_t width = o->is_b ? kernel->columns : kernel->rows;
    const int64_t words = gemm_int8_words(kernel, depth);
    const int64_t block = places_of(kernel, o).n;
    const uint8_t *x = o->x + row * o->row_stride + k * o->depth_stride;
    for (int64_t first = 0; first < rows; first += width) {
        const int64_t count = min_i64(width, rows - first);
        const uint8_t *from = x + first * o->row_stride;
        uint32_t *to = packed + first / width * stride;
        if (count < width || words > ceil_div(depth, kernel->group))
            memset(to, 0, (size_t)(words * width) * sizeof *to);
        if (o->depth_stride == 1)
            for (int64_t r = 0; r < count; r++)
                pack_row(kernel, o, from + r * o->row_stride, depth, to + r * block);
        else
            pack_strip(kernel, o, from, depth, count, to);
    }
    if (sums)
        add_sums(o, x, rows, depth, gemm_int8_shift(kernel, o), sums);
}

/* Products. */

void gemm_int8_multiply(const struct gemm_int8 *kernel, const struct gemm_int8_block *b)
{
    if (kernel->multiply) {
        kernel->multiply(b);
        return;
    }
    for (int64_t column = 0; column < b->columns; column += kernel->columns)
        for (int64_t row = 0; row < b->rows; row += kernel->rows)
            kernel->tile(min_i64(kernel->rows, b->rows - row),
                         min_i64(kernel->columns, b->columns - column), b->words,
                         b->a + row / kernel->rows * b->a_stride,
                         b->b + column / kernel->columns * b->b_stride,
                         b->c + row * b->c_stride + column, b->c_stride, b->accumulate);
}

void gemm_int8_correct(const struct gemm_int8_zero *zero, int32_t *c, int64_t columns)
{
    const uint32_t rest = zero->a_sum - zero->depth * zero->a, a = zero->a;
    if (a != 0)
        for (int64_t i = 0; i < columns; i++)
            c[i] = (int32_t)((uint32_t)c[i] - a * zero->b_sums[i]);
    if (zero->b && rest != 0)
        for (int64_t i = 0; i < columns; i++)
            c[i] = (int32_t)((uint32_t)c[i] - rest * zero->b[i]);
}
