/* Gemm's row of sums in GEMM_REAL, float (also for halves) or double; GEMM(name) is a name of its
 * own. Both end here. */

static void GEMM(finish_row)(const void *argument, void *row_at, int64_t index, int64_t row,
                             int64_t column, int64_t count)
{
    (void)index;
    const struct finish *f = argument;
    const GEMM_REAL alpha = (GEMM_REAL)f->alpha, beta = (GEMM_REAL)f->beta;
    GEMM_REAL *y = row_at;
    float buffer[FINISH_COUNT];
    if (alpha != 1)
        for (int64_t i = 0; i < count; i++)
            y[i] *= alpha;
    for (int64_t i = 0; f->c && i < count; i += FINISH_COUNT) {
        const int64_t n = count - i < FINISH_COUNT ? count - i : FINISH_COUNT;
        const GEMM_REAL *c = read_c(f, row, column + i, n, buffer);
        if (f->sizes->c_column)
            for (int64_t k = 0; k < n; k++)
                y[i + k] += beta * c[k];
        else
            for (int64_t k = 0; k < n; k++)
                y[i + k] += beta * c[0];
    }
}

#undef GEMM
#undef GEMM_REAL
