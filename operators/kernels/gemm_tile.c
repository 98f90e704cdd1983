/* The micro-kernel: one tile of C in registers. Two vectors of B and a broadcast of A at a time, up
 * to GEMM_ROWS x 2 accumulators. The rows are written out, for no compiler here can be relied upon
 * to keep an array of accumulators in registers; rows and vectors beyond the constant arguments of
 * tile() fold away. */
#include "operators/kernels/gemm.h"

#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)

#define INLINE static inline __attribute__((always_inline))

/* What a vector's sum begins with. */
INLINE vf32 begin(const float *c, int n, float bias, const struct gemm_store *store)
{
    if (store->accumulate)
        return n >= VF32_LANES ? vf32_load(c) : vf32_load_n(c, n);
    return vf32_set1(bias);
}

/* A finished vector on its way to memory; n lanes of it count. */
INLINE void put(float *c, vf32 sum, int n, const float *addend, bool relu)
{
    if (addend)
        sum = vf32_add(sum, n >= VF32_LANES ? vf32_load(addend) : vf32_load_n(addend, n));
    if (relu)
        sum = vf32_max(vf32_zero(), sum);
    if (n >= VF32_LANES)
        vf32_store(c, sum);
    else
        vf32_store_n(c, sum, n);
}

/* rows, vectors and whole (all lanes of the vectors count) are constants. */
INLINE void tile(int rows, int vectors, bool whole, int columns, int64_t depth, const float *a,
                 const float *b, int64_t b_stride, float *c, int64_t c_stride,
                 const struct gemm_store *store)
{
    const int n0 = whole ? VF32_LANES : columns, n1 = whole ? VF32_LANES : columns - VF32_LANES;
    const float *bias = store->row_bias;
    const float *addend = store->addend;
    const bool relu = store->relu;
#define BEGIN(r)                                                                                   \
    vf32 left##r = vf32_zero(), right##r = vf32_zero();                                            \
    if (r < rows) {                                                                                \
        left##r = begin(c + r * c_stride, n0, bias ? bias[r] : 0, store);                          \
        if (vectors > 1)                                                                           \
            right##r = begin(c + r * c_stride + VF32_LANES, n1, bias ? bias[r] : 0, store);        \
    }
    EACH_ROW(BEGIN)
    for (int64_t k = 0; k < depth; k++) {
        const vf32 b0 = vf32_load(b);
        const vf32 b1 = vectors > 1 ? vf32_load(b + VF32_LANES) : vf32_zero();
#define STEP(r)                                                                                    \
    if (r < rows) {                                                                                \
        const vf32 x = vf32_set1(a[r]);                                                            \
        left##r = vf32_fma(x, b0, left##r);                                                        \
        if (vectors > 1)                                                                           \
            right##r = vf32_fma(x, b1, right##r);                                                  \
    }
        EACH_ROW(STEP)
        a += GEMM_ROWS;
        b += b_stride;
    }
#define PUT(r)                                                                                     \
    if (r < rows) {                                                                                \
        put(c + r * c_stride, left##r, n0, addend ? addend + r * c_stride : NULL, relu);           \
        if (vectors > 1)                                                                           \
            put(c + r * c_stride + VF32_LANES, right##r, n1,                                       \
                addend ? addend + r * c_stride + VF32_LANES : NULL, relu);                         \
    }
    EACH_ROW(PUT)
}

void gemm_tile(int rows, int columns, int64_t depth, const float *a, const float *b,
               int64_t b_stride, float *c, int64_t c_stride, const struct gemm_store *store)
{
    switch (rows) {
#define CASE(r)                                                                                    \
    case r + 1:                                                                                    \
        if (r >= GEMM_ROWS)                                                                        \
            break;                                                                                 \
        if (columns == GEMM_COLUMNS)                                                               \
            tile(r + 1, 2, true, columns, depth, a, b, b_stride, c, c_stride, store);              \
        else if (columns > VF32_LANES)                                                             \
            tile(r + 1, 2, false, columns, depth, a, b, b_stride, c, c_stride, store);             \
        else                                                                                       \
            tile(r + 1, 1, false, columns, depth, a, b, b_stride, c, c_stride, store);             \
        break;
        EACH_ROW(CASE)
    default: break;
    }
}
