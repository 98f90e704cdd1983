/* Products and activations of the recurrent operators in a real type. */

/* Elements of packed weights that a strip after the other is multiplied with: they stay in a
 * second-level cache. */
enum { BLOCK_COUNT = 1 << 15 };

void REAL(recurrent_pack_rows)(const struct recurrent_product *p)
{
    if (p->n_rows > GEMM_FEW_ROWS) {
        REAL(gemm_pack)
        (p->n_rows, p->depth, p->a, p->depth, 1, GEMM_ROWS, p->strips, p->depth * GEMM_ROWS);
    }
}

void REAL(recurrent_panels)(const struct recurrent_product *p, int64_t begin, int64_t end)
{
    const int64_t stride = p->depth * REAL_COLUMNS;
    const bool few = p->n_rows <= GEMM_FEW_ROWS;
    const int64_t step = few ? end - begin : max_i64(BLOCK_COUNT / max_i64(stride, 1), 1);
    for (int64_t i = begin; i < end; i += step) {
        const int64_t column = i * REAL_COLUMNS;
        const int64_t columns = min_i64(p->columns, min_i64(i + step, end) * REAL_COLUMNS) - column;
        const real *panels = (const real *)p->panels + i * stride;
        real *c = (real *)p->c + column;
        if (few) {
            REAL(gemm_few)
            (p->n_rows, columns, p->depth, p->a, p->depth, 1, panels, stride, c, p->c_stride, true);
        } else {
            const struct gemm_block block = {.rows = p->n_rows,
                                             .columns = columns,
                                             .depth = p->depth,
                                             .a = p->strips,
                                             .b = panels,
                                             .a_strip_stride = p->depth * GEMM_ROWS,
                                             .b_panel_stride = stride,
                                             .b_stride = REAL_COLUMNS,
                                             .c = c,
                                             .c_stride = p->c_stride};
            REAL(gemm_block)(&block, &(struct gemm_store){.accumulate = true});
        }
    }
}

void REAL(recurrent_add)(real *restrict y, const real *restrict x, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += x[i];
}

/* y += x z */
static void add_product(real *restrict y, const real *restrict x, const real *restrict z,
                        int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += x[i] * z[i];
}

/* x = activation(x) */
static void apply(const struct recurrent_activation *activation, real *x, int64_t count)
{
    const real alpha = (real)activation->kernel.alpha, beta = (real)activation->kernel.beta;
    switch (activation->form) {
    case RECURRENT_AFFINE:
        for (int64_t i = 0; i < count; i++)
            x[i] = alpha * x[i] + beta;
        break;
    case RECURRENT_SCALED:
        for (int64_t i = 0; i < count; i++)
            x[i] *= beta;
        REAL(activation)(&activation->kernel, x, x, count);
        for (int64_t i = 0; i < count; i++)
            x[i] *= alpha;
        break;
    case RECURRENT_THRESHOLDED:
        for (int64_t i = 0; i < count; i++)
            x[i] = x[i] < alpha ? 0 : x[i];
        break;
    case RECURRENT_KERNEL: REAL(activation)(&activation->kernel, x, x, count); break;
    }
}

/* Gates on their way through activation number k. */
static void activate(const struct recurrent_rows *rows, int k, real *x, int64_t count)
{
    const real most = (real)rows->clip;
    if (most < (real)INFINITY)
        for (int64_t i = 0; i < count; i++)
            x[i] = x[i] > most ? most : x[i] < -most ? -most : x[i];
    apply(&rows->activations[k], x, count);
}
