/* RNN's step: h = f(gates). */

void REAL(rnn_step)(const struct recurrent_rows *rows)
{
    const int64_t n = rows->hidden;
    recurrent_multiply(rows, 0, rows->h, rows->gates, rows->gates_stride);
    for (int64_t r = 0; r < rows->n_rows; r++)
        if (recurrent_is_active(rows, r)) {
            real *gates = (real *)rows->gates + r * rows->gates_stride;
            activate(rows, 0, gates, n);
            memcpy((real *)rows->h + r * n, gates, (size_t)n * sizeof *gates);
        }
}
