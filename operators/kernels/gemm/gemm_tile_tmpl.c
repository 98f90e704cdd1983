/* The micro-kernel: C[rows x columns] = strip * panel as store says, whose pointers are those of
 * this tile; b_stride is the distance between two steps of depth in b. One tile of C in registers.
 * Two vectors of B and a broadcast of A at a time, up to GEMM_ROWS x 2 accumulators. The rows are
 * written out, for no compiler here can be relied upon to keep an array of accumulators in
 * registers; rows and vectors beyond the constant arguments of tile() fold away. */
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)

#define INLINE static inline __attribute__((always_inline))

/* What a vector's sum begins with. */
INLINE vreal begin(const real *c, int n, real bias, const struct gemm_store *store)
{
    if (store->accumulate)
        return n >= REAL_LANES ? REAL_V(load)(c) : REAL_V(load_n)(c, n);
    return REAL_V(set1)(bias);
}

/* A finished vector on its way to memory; n lanes of it count. */
INLINE void put(real *c, vreal sum, int n, const real *addend, bool relu)
{
    if (addend)
        sum = REAL_V(add)(sum, n >= REAL_LANES ? REAL_V(load)(addend) : REAL_V(load_n)(addend, n));
    if (relu)
        sum = REAL_V(max)(REAL_V(zero)(), sum);
    if (n >= REAL_LANES)
        REAL_V(store)(c, sum);
    else
        REAL_V(store_n)(c, sum, n);
}

/* rows, vectors and whole (all lanes of the vectors count) are constants. */
INLINE void tile(int rows, int vectors, bool whole, int columns, int64_t depth, const real *a,
                 const real *b, int64_t b_stride, real *c, int64_t c_stride,
                 const struct gemm_store *store)
{
    const int n0 = whole ? REAL_LANES : columns, n1 = whole ? REAL_LANES : columns - REAL_LANES;
    const real *bias = store->row_bias;
    const real *addend = store->addend;
    const bool relu = store->relu;
#define BEGIN(r)                                                                                   \
    vreal left##r = REAL_V(zero)(), right##r = REAL_V(zero)();                                     \
    if (r < rows) {                                                                                \
        left##r = begin(c + r * c_stride, n0, bias ? bias[r] : 0, store);                          \
        if (vectors > 1)                                                                           \
            right##r = begin(c + r * c_stride + REAL_LANES, n1, bias ? bias[r] : 0, store);        \
    }
    EACH_ROW(BEGIN)
    for (int64_t k = 0; k < depth; k++) {
        const vreal b0 = REAL_V(load)(b);
        const vreal b1 = vectors > 1 ? REAL_V(load)(b + REAL_LANES) : REAL_V(zero)();
#define STEP(r)                                                                                    \
    if (r < rows) {                                                                                \
        const vreal x = REAL_V(set1)(a[r]);                                                        \
        left##r = REAL_V(fma)(x, b0, left##r);                                                     \
        if (vectors > 1)                                                                           \
            right##r = REAL_V(fma)(x, b1, right##r);                                               \
    }
        EACH_ROW(STEP)
        a += GEMM_ROWS;
        b += b_stride;
    }
#define PUT(r)                                                                                     \
    if (r < rows) {                                                                                \
        put(c + r * c_stride, left##r, n0, addend ? addend + r * c_stride : NULL, relu);           \
        if (vectors > 1)                                                                           \
            put(c + r * c_stride + REAL_LANES, right##r, n1,                                       \
                addend ? addend + r * c_stride + REAL_LANES : NULL, relu);                         \
    }
    EACH_ROW(PUT)
}

/* Of double, which is rare, those that are cut off serve for whole ones as well. */
enum { HAS_WHOLE_TILES = sizeof(real) == sizeof(float) };

static __attribute__((noinline)) void gemm_tile(int rows, int columns, int64_t depth, const real *a,
                                                const real *b, int64_t b_stride, real *c,
                                                int64_t c_stride, const struct gemm_store *store)
{
    switch (rows) {
#define CASE(r)                                                                                    \
    case r + 1:                                                                                    \
        if (r >= GEMM_ROWS)                                                                        \
            break;                                                                                 \
        if (columns == REAL_COLUMNS && HAS_WHOLE_TILES)                                            \
            tile(r + 1, 2, true, columns, depth, a, b, b_stride, c, c_stride, store);              \
        else if (columns > REAL_LANES)                                                             \
            tile(r + 1, 2, false, columns, depth, a, b, b_stride, c, c_stride, store);             \
        else                                                                                       \
            tile(r + 1, 1, false, columns, depth, a, b, b_stride, c, c_stride, store);             \
        break;
        EACH_ROW(CASE)
    default: break;
    }
}
