/* LSTM's step. Gates are i, o, f and the cell's. */

/* c = f c + i g; f is 1 - i where it is coupled. */
static void lstm_cell(real *restrict c, const real *restrict i, const real *restrict f,
                      const real *restrict g, bool is_coupled, int64_t count)
{
    if (is_coupled)
        for (int64_t k = 0; k < count; k++)
            c[k] = (1 - i[k]) * c[k] + i[k] * g[k];
    else
        for (int64_t k = 0; k < count; k++)
            c[k] = f[k] * c[k] + i[k] * g[k];
}

static void lstm_row(const struct recurrent_rows *rows, real *gates, real *restrict c,
                     real *restrict h)
{
    const int64_t n = rows->hidden;
    const real *p = rows->peepholes;
    real *i = gates, *o = i + n, *f = o + n, *g = f + n;
    if (p) {
        add_product(i, p, c, n);
        add_product(f, p + 2 * n, c, n);
        activate(rows, 0, i, n);
        activate(rows, 0, f, n);
    } else {
        activate(rows, 0, i, 3 * n);
    }
    activate(rows, 1, g, n);
    lstm_cell(c, i, f, g, rows->own, n);
    if (p) {
        add_product(o, p + n, c, n);
        activate(rows, 0, o, n);
    }
    memcpy(g, c, (size_t)n * sizeof *g);
    apply(&rows->activations[2], g, n);
    for (int64_t k = 0; k < n; k++)
        h[k] = o[k] * g[k];
}

void REAL(lstm_step)(const struct recurrent_rows *rows)
{
    const int64_t n = rows->hidden;
    recurrent_multiply(rows, 0, rows->h, rows->gates, rows->gates_stride);
    for (int64_t r = 0; r < rows->n_rows; r++)
        if (recurrent_is_active(rows, r))
            lstm_row(rows, (real *)rows->gates + r * rows->gates_stride, (real *)rows->c + r * n,
                     (real *)rows->h + r * n);
}
