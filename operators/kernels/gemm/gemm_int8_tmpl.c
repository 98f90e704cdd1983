/* The tile of a kernel of GEMM_INT8_ROWS rows, with GEMM_INT8_DOT(sum, a, b) as its step. The rows
 * are written out, for no compiler here can be relied upon to keep an array of sums in registers;
 * those beyond the constant arguments of gemm_int8_fixed fold away. */
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

/* All lanes of the vectors count; rows and vectors are constants wherever this is inlined. */
static inline __attribute__((always_inline)) void gemm_int8_fixed(int rows, int vectors,
                                                                  int64_t words, const uint32_t *a,
                                                                  const uint32_t *b, int32_t *c,
                                                                  int64_t c_stride, bool accumulate)
{
    const int32_t *factors = (const int32_t *)a, *panel = (const int32_t *)b;
#define BEGIN(r)                                                                                   \
    vi32 left##r = vi32_zero(), right##r = vi32_zero();                                            \
    if (r < rows && accumulate) {                                                                  \
        left##r = vi32_load(c + r * c_stride);                                                     \
        if (vectors > 1)                                                                           \
            right##r = vi32_load(c + r * c_stride + VF32_LANES);                                   \
    }
    EACH_ROW(BEGIN)
#undef BEGIN
    for (int64_t w = 0; w < words; w++) {
        const vi32 b0 = vi32_load(panel);
        const vi32 b1 = vectors > 1 ? vi32_load(panel + VF32_LANES) : b0;
#define STEP(r)                                                                                    \
    if (r < rows) {                                                                                \
        const vi32 factor = vi32_set1(factors[r]);                                                 \
        left##r = GEMM_INT8_DOT(left##r, b0, factor);                                              \
        if (vectors > 1)                                                                           \
            right##r = GEMM_INT8_DOT(right##r, b1, factor);                                        \
    }
        EACH_ROW(STEP)
#undef STEP
        factors += GEMM_INT8_ROWS;
        panel += 2 * VF32_LANES;
    }
#define PUT(r)                                                                                     \
    if (r < rows) {                                                                                \
        vi32_store(c + r * c_stride, left##r);                                                     \
        if (vectors > 1)                                                                           \
            vi32_store(c + r * c_stride + VF32_LANES, right##r);                                   \
    }
    EACH_ROW(PUT)
#undef PUT
}

static void gemm_int8_whole(int64_t rows, int vectors, int64_t words, const uint32_t *a,
                            const uint32_t *b, int32_t *c, int64_t c_stride, bool accumulate)
{
#define CASE(r)                                                                                    \
    case r + 1:                                                                                    \
        if (r >= GEMM_INT8_ROWS)                                                                   \
            break;                                                                                 \
        if (vectors > 1)                                                                           \
            gemm_int8_fixed(r + 1, 2, words, a, b, c, c_stride, accumulate);                       \
        else                                                                                       \
            gemm_int8_fixed(r + 1, 1, words, a, b, c, c_stride, accumulate);                       \
        break;
    switch (rows) {
        EACH_ROW(CASE)
    default: break;
    }
#undef CASE
}

static void gemm_int8_own_tile(int64_t rows, int64_t columns, int64_t words, const uint32_t *a,
                               const uint32_t *b, int32_t *c, int64_t c_stride, bool accumulate)
{
    const int vectors = columns > VF32_LANES ? 2 : 1;
    int32_t sums[GEMM_INT8_ROWS * 2 * VF32_LANES];
    if (columns == vectors * VF32_LANES) {
        gemm_int8_whole(rows, vectors, words, a, b, c, c_stride, accumulate);
        return;
    }
    gemm_int8_whole(rows, vectors, words, a, b, sums, 2 * VF32_LANES, false);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < columns; i++) {
            const uint32_t before = accumulate ? (uint32_t)c[r * c_stride + i] : 0;
            c[r * c_stride + i] = (int32_t)(before + (uint32_t)sums[r * 2 * VF32_LANES + i]);
        }
}
#undef EACH_ROW
