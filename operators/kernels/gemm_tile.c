/* The micro-kernel: one tile of C in registers. Two vectors of B and a broadcast of A at a time, up
 * to GEMM_ROWS x 2 accumulators. The rows are written out, for no compiler here can be relied upon
 * to keep an array of accumulators in registers; rows and vectors beyond the constant arguments of
 * tile() fold away. */
#include "operators/kernels/gemm.h"

#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)

/* A finished vector on its way to memory; n lanes of it count. */
static inline __attribute__((always_inline)) void put(float *c, vf32 sum, int n, float bias,
                                                      const float *column_bias, const float *addend,
                                                      const struct gemm_store *store)
{
    const bool full = n >= VF32_LANES;
    if (store->accumulate)
        sum = vf32_add(full ? vf32_load(c) : vf32_load_n(c, n), sum);
    if (store->row_bias)
        sum = vf32_add(sum, vf32_set1(bias));
    if (column_bias)
        sum = vf32_add(sum, full ? vf32_load(column_bias) : vf32_load_n(column_bias, n));
    if (addend)
        sum = vf32_add(sum, full ? vf32_load(addend) : vf32_load_n(addend, n));
    if (store->relu)
        sum = vf32_max(vf32_zero(), sum);
    if (full)
        vf32_store(c, sum);
    else
        vf32_store_n(c, sum, n);
}

static inline __attribute__((always_inline)) void put_row(int row, int vectors, int columns,
                                                          vf32 left, vf32 right, float *c,
                                                          int64_t c_stride,
                                                          const struct gemm_store *store)
{
    float *y = c + row * c_stride;
    const float *addend = store->addend ? store->addend + row * c_stride : NULL;
    const float bias = store->row_bias ? store->row_bias[row] : 0;
    put(y, left, columns, bias, store->column_bias, addend, store);
    if (vectors > 1)
        put(y + VF32_LANES, right, columns - VF32_LANES, bias,
            store->column_bias ? store->column_bias + VF32_LANES : NULL,
            addend ? addend + VF32_LANES : NULL, store);
}

static inline __attribute__((always_inline)) void
tile(int rows, int vectors, int columns, int64_t depth, const float *a, const float *b,
     int64_t b_stride, float *c, int64_t c_stride, const struct gemm_store *store)
{
#define ZERO(r) vf32 left##r = vf32_zero(), right##r = vf32_zero();
    EACH_ROW(ZERO)
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
    if (r < rows)                                                                                  \
        put_row(r, vectors, columns, left##r, right##r, c, c_stride, store);
    EACH_ROW(PUT)
}

void gemm_tile(int rows, int columns, int64_t depth, const float *a, const float *b,
               int64_t b_stride, float *c, int64_t c_stride, const struct gemm_store *store)
{
    const bool one = columns <= VF32_LANES;
    switch (rows) {
#define CASE(r)                                                                                    \
    case r + 1:                                                                                    \
        if (r >= GEMM_ROWS)                                                                        \
            break;                                                                                 \
        if (one)                                                                                   \
            tile(r + 1, 1, columns, depth, a, b, b_stride, c, c_stride, store);                    \
        else                                                                                       \
            tile(r + 1, 2, columns, depth, a, b, b_stride, c, c_stride, store);                    \
        break;
        EACH_ROW(CASE)
    default: break;
    }
}
