/* GRU's step. Gates are z, r and the hidden one; work is what the latter's recurrence weights are
 * multiplied with, or with linear_before_reset that product. */

/* h = (1 - z) g + z h */
static void gru_mix(real *restrict h, const real *restrict z, const real *restrict g, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        h[i] = (1 - z[i]) * g[i] + z[i] * h[i];
}

void REAL(gru_step)(const struct recurrent_rows *rows)
{
    const int64_t n = rows->hidden, stride = rows->gates_stride;
    real *gates = rows->gates, *h = rows->h, *work = rows->c;
    recurrent_multiply(rows, 0, h, gates, stride);
    if (rows->own) {
        for (int64_t i = 0; i < rows->n_rows; i++)
            memcpy(work + i * n, rows->bias, (size_t)n * sizeof *work);
        recurrent_multiply(rows, 1, h, work, n);
    }
    for (int64_t i = 0; i < rows->n_rows; i++) {
        real *z = gates + i * stride, *r = z + n, *g = r + n;
        activate(rows, 0, z, 2 * n);
        if (rows->own) {
            add_product(g, r, work + i * n, n);
        } else {
            memset(work + i * n, 0, (size_t)n * sizeof *work);
            add_product(work + i * n, r, h + i * n, n);
        }
    }
    if (!rows->own)
        recurrent_multiply(rows, 1, work, gates + 2 * n, stride);
    for (int64_t i = 0; i < rows->n_rows; i++)
        if (recurrent_is_active(rows, i)) {
            real *z = gates + i * stride, *g = z + 2 * n;
            activate(rows, 1, g, n);
            gru_mix(h + i * n, z, g, n);
        }
}
