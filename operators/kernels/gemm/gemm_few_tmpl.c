/* Products of few rows, bound by memory: from packed panels, with enough sums in flight to read
 * them as fast as memory gives them, or from a matrix as it lies, which is read once. */

enum { ROW_PANELS = 4, PAIR_PANELS = 2 };

struct operands {
    int64_t depth;
    const real *a;
    int64_t a_row, a_depth;
    const real *panels;
    int64_t panel_stride;
    real *c;
    int64_t c_stride;
    bool accumulate;
};

/* rows and n_panels are constants; last_columns are those of the last panel. */
INLINE void multiply(int rows, int n_panels, const struct operands *o, int last_columns)
{
    vreal sums[2][2 * ROW_PANELS];
    const int vectors = 2 * n_panels;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            const int n = v < vectors - 2 ? REAL_LANES : last_columns - v % 2 * REAL_LANES;
            const real *from = o->c + r * o->c_stride + v * REAL_LANES;
            sums[r][v] = !o->accumulate || n <= 0 ? REAL_V(zero)()
                         : n >= REAL_LANES        ? REAL_V(load)(from)
                                                  : REAL_V(load_n)(from, n);
        }
    for (int64_t k = 0; k < o->depth; k++) {
        const real *b = o->panels + k * REAL_COLUMNS, *a = o->a + k * o->a_depth;
        for (int v = 0; v < vectors; v++) {
            const vreal w = REAL_V(load)(b + v / 2 * o->panel_stride + v % 2 * REAL_LANES);
            for (int r = 0; r < rows; r++)
                sums[r][v] = REAL_V(fma)(REAL_V(set1)(a[r * o->a_row]), w, sums[r][v]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            const int n = v < vectors - 2 ? REAL_LANES : last_columns - v % 2 * REAL_LANES;
            real *to = o->c + r * o->c_stride + v * REAL_LANES;
            if (n >= REAL_LANES)
                REAL_V(store)(to, sums[r][v]);
            else if (n > 0)
                REAL_V(store_n)(to, sums[r][v], n);
        }
}

static void multiply_row(int64_t columns, struct operands o)
{
    for (; columns >= ROW_PANELS * REAL_COLUMNS; columns -= ROW_PANELS * REAL_COLUMNS) {
        multiply(1, ROW_PANELS, &o, REAL_COLUMNS);
        o.panels += ROW_PANELS * o.panel_stride;
        o.c += ROW_PANELS * REAL_COLUMNS;
    }
    for (; columns > 0; columns -= REAL_COLUMNS) {
        multiply(1, 1, &o, columns < REAL_COLUMNS ? (int)columns : REAL_COLUMNS);
        o.panels += o.panel_stride;
        o.c += REAL_COLUMNS;
    }
}

static void multiply_pair(int64_t columns, struct operands o)
{
    for (; columns >= PAIR_PANELS * REAL_COLUMNS; columns -= PAIR_PANELS * REAL_COLUMNS) {
        multiply(2, PAIR_PANELS, &o, REAL_COLUMNS);
        o.panels += PAIR_PANELS * o.panel_stride;
        o.c += PAIR_PANELS * REAL_COLUMNS;
    }
    for (; columns > 0; columns -= REAL_COLUMNS) {
        multiply(2, 1, &o, columns < REAL_COLUMNS ? (int)columns : REAL_COLUMNS);
        o.panels += o.panel_stride;
        o.c += REAL_COLUMNS;
    }
}

void REAL(gemm_few)(int64_t rows, int64_t columns, int64_t depth, const void *a, int64_t a_row,
                    int64_t a_depth, const void *panels, int64_t panel_stride, void *c,
                    int64_t c_stride, bool accumulate)
{
    const int64_t step = rows > 2 || depth == 0 ? GEMM_DEPTH : depth;
    for (int64_t k = 0; k == 0 || k < depth; k += step) {
        struct operands o = {.depth = depth - k < step ? depth - k : step,
                             .a = (const real *)a + k * a_depth,
                             .a_row = a_row,
                             .a_depth = a_depth,
                             .panels = (const real *)panels + k * REAL_COLUMNS,
                             .panel_stride = panel_stride,
                             .c = c,
                             .c_stride = c_stride,
                             .accumulate = accumulate || k > 0};
        int64_t row = 0;
        for (; row + 2 <= rows; row += 2, o.a += 2 * a_row, o.c += 2 * c_stride)
            multiply_pair(columns, o);
        if (row < rows)
            multiply_row(columns, o);
    }
}

/* Four rows of w against one of a, eight vectors in flight. */
static void dot4(int64_t depth, const real *a, const real *w, int64_t w_stride, real *sums)
{
    const real *w1 = w + w_stride, *w2 = w1 + w_stride, *w3 = w2 + w_stride;
    vreal s0 = REAL_V(zero)(), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    int64_t k = 0;
    for (; k + 2 * REAL_LANES <= depth; k += 2 * REAL_LANES) {
        const vreal x = REAL_V(load)(a + k), y = REAL_V(load)(a + k + REAL_LANES);
        s0 = REAL_V(fma)(x, REAL_V(load)(w + k), s0);
        s1 = REAL_V(fma)(x, REAL_V(load)(w1 + k), s1);
        s2 = REAL_V(fma)(x, REAL_V(load)(w2 + k), s2);
        s3 = REAL_V(fma)(x, REAL_V(load)(w3 + k), s3);
        t0 = REAL_V(fma)(y, REAL_V(load)(w + k + REAL_LANES), t0);
        t1 = REAL_V(fma)(y, REAL_V(load)(w1 + k + REAL_LANES), t1);
        t2 = REAL_V(fma)(y, REAL_V(load)(w2 + k + REAL_LANES), t2);
        t3 = REAL_V(fma)(y, REAL_V(load)(w3 + k + REAL_LANES), t3);
    }
    for (; k < depth; k += REAL_LANES) {
        const int n = depth - k < REAL_LANES ? (int)(depth - k) : REAL_LANES;
        const vreal x = REAL_V(load_n)(a + k, n);
        s0 = REAL_V(fma)(x, REAL_V(load_n)(w + k, n), s0);
        s1 = REAL_V(fma)(x, REAL_V(load_n)(w1 + k, n), s1);
        s2 = REAL_V(fma)(x, REAL_V(load_n)(w2 + k, n), s2);
        s3 = REAL_V(fma)(x, REAL_V(load_n)(w3 + k, n), s3);
    }
    sums[0] = REAL_V(reduce_add)(REAL_V(add)(s0, t0));
    sums[1] = REAL_V(reduce_add)(REAL_V(add)(s1, t1));
    sums[2] = REAL_V(reduce_add)(REAL_V(add)(s2, t2));
    sums[3] = REAL_V(reduce_add)(REAL_V(add)(s3, t3));
}

static real dot1(int64_t depth, const real *a, int64_t a_depth, const real *w)
{
    real sum = 0;
    for (int64_t k = 0; k < depth; k++)
        sum += a[k * a_depth] * w[k];
    return sum;
}

/* C[m * c_stride + n] = sum over k of a[m * a_row + k * a_depth] * w[n * w_stride + k]. */
static void gemm_dot(int64_t rows, int64_t columns, int64_t depth, const real *a, int64_t a_row,
                     int64_t a_depth, const real *w, int64_t w_stride, real *c, int64_t c_stride)
{
    for (int64_t n = 0; n < columns;) {
        const bool four = a_depth == 1 && n + 4 <= columns;
        for (int64_t m = 0; m < rows; m++) {
            real *to = c + m * c_stride + n;
            if (four)
                dot4(depth, a + m * a_row, w + n * w_stride, w_stride, to);
            else
                *to = dot1(depth, a + m * a_row, a_depth, w + n * w_stride);
        }
        n += four ? 4 : 1;
    }
}

/* c += four steps of depth. */
static void axpy4(int64_t columns, const real x[4], const real *w, int64_t w_stride, real *c)
{
    const real *w1 = w + w_stride, *w2 = w1 + w_stride, *w3 = w2 + w_stride;
    for (int64_t n = 0; n < columns; n += REAL_LANES) {
        const int lanes = columns - n < REAL_LANES ? (int)(columns - n) : REAL_LANES;
        if (lanes == REAL_LANES) {
            vreal sum = REAL_V(fma)(REAL_V(set1)(x[0]), REAL_V(load)(w + n), REAL_V(load)(c + n));
            sum = REAL_V(fma)(REAL_V(set1)(x[1]), REAL_V(load)(w1 + n), sum);
            sum = REAL_V(fma)(REAL_V(set1)(x[2]), REAL_V(load)(w2 + n), sum);
            REAL_V(store)(c + n, REAL_V(fma)(REAL_V(set1)(x[3]), REAL_V(load)(w3 + n), sum));
        } else {
            vreal sum = REAL_V(fma)(REAL_V(set1)(x[0]), REAL_V(load_n)(w + n, lanes),
                                    REAL_V(load_n)(c + n, lanes));
            sum = REAL_V(fma)(REAL_V(set1)(x[1]), REAL_V(load_n)(w1 + n, lanes), sum);
            sum = REAL_V(fma)(REAL_V(set1)(x[2]), REAL_V(load_n)(w2 + n, lanes), sum);
            REAL_V(store_n)
            (c + n, REAL_V(fma)(REAL_V(set1)(x[3]), REAL_V(load_n)(w3 + n, lanes), sum), lanes);
        }
    }
}

/* The same with w[k * w_stride + n]. */
static void gemm_axpy(int64_t rows, int64_t columns, int64_t depth, const real *a, int64_t a_row,
                      int64_t a_depth, const real *w, int64_t w_stride, real *c, int64_t c_stride)
{
    for (int64_t m = 0; m < rows; m++)
        memset(c + m * c_stride, 0, (size_t)columns * sizeof *c);
    int64_t k = 0;
    for (; k + 4 <= depth; k += 4)
        for (int64_t m = 0; m < rows; m++) {
            const real *x = a + m * a_row + k * a_depth;
            axpy4(columns, (const real[4]){x[0], x[a_depth], x[2 * a_depth], x[3 * a_depth]},
                  w + k * w_stride, w_stride, c + m * c_stride);
        }
    for (; k < depth; k++)
        for (int64_t m = 0; m < rows; m++)
            for (int64_t n = 0; n < columns; n++)
                c[m * c_stride + n] += a[m * a_row + k * a_depth] * w[k * w_stride + n];
}
