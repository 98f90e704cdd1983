/* attention.h in the type that kernels/simd/real_*.h named, with load, store, cap and softmax for
 * rows of it. REAL_TYPE, which ends here, is its number. */

enum {
    FEW_ROWS = 4,    /* so few are not worth packing keys for */
    MOST_ROWS = 144, /* of a block: enough for packed keys to pay, few beyond what is causal */
    KEYS = 256,      /* that are packed at a time */
};

/* Bytes of scores that a block should not exceed. */
#define SCORES_SIZE ((int64_t)2 << 20)

/* What a thread works in. */
struct memory {
    int64_t rows, stride; /* of the scores */
    real *q, *strips, *scores, *panels, *values, *converted;
    double *wide;
};

/* Rows of a block: blocks of one size as far as strips allow. */
static int64_t block_rows(const struct attention *a)
{
    const int64_t all = a->group * a->q_length;
    const int64_t fitting = SCORES_SIZE / (int64_t)sizeof(real) / (a->kv_length + 1);
    const int64_t most = max_i64(min_i64(MOST_ROWS, fitting) / GEMM_ROWS, 1) * GEMM_ROWS;
    return min_i64(all, round_up(ceil_div(all, max_i64(ceil_div(all, most), 1)), GEMM_ROWS));
}

/* Lays the memory out, or measures it where bytes is NULL; -1 where it is too large. */
static int64_t lay_out(const struct attention *a, char *bytes, struct memory *m)
{
    const int64_t most = INT64_MAX / 4096 / (int64_t)sizeof(double), rows = block_rows(a);
    const int64_t wide = max_i64(a->head_size, a->v_head_size);
    if (a->kv_length > most || wide > most / KEYS)
        return -1;
    m->rows = rows;
    m->stride = round_up(a->kv_length + (a->sinks ? 1 : 0), 16);
    const int64_t strips = round_up(rows, GEMM_ROWS);
    const int64_t counts[6] = {
        rows * a->head_size,
        strips * max_i64(a->head_size, KEYS),
        rows * m->stride,
        round_up(max_i64(KEYS * a->head_size, KEYS * round_up(a->v_head_size, REAL_COLUMNS)), 16),
        rows * a->v_head_size,
        KEYS * wide};
    real **const parts[6] = {&m->q, &m->strips, &m->scores, &m->panels, &m->values, &m->converted};
    int64_t size = 0;
    for (int i = 0; i < 6; i++) {
        *parts[i] = bytes ? (real *)(void *)(bytes + size) : NULL;
        size += round_up(counts[i] * (int64_t)sizeof(real), 64);
    }
    m->wide = bytes && a->softmax_f64 ? (double *)(void *)(bytes + size) : NULL;
    return a->softmax_f64 ? size + m->stride * (int64_t)sizeof(double) : size;
}

int64_t REAL(attention_scratch)(const struct attention *a)
{
    struct memory m;
    return lay_out(a, NULL, &m);
}

static char *row_at(const struct attention_matrix *m, int64_t batch, int64_t head, int64_t row)
{
    return m->data +
           (batch * m->batch + head * m->head + row * m->row) * (int64_t)hinge_size(m->type, 1);
}

/* Keys that query i may read, but for the mask: [begin, end). */
static void readable(const struct attention *a, int64_t batch, int64_t i, int64_t *begin,
                     int64_t *end)
{
    const struct attention_span *span = &a->spans[batch];
    const int64_t at = i + span->offset;
    *begin = a->left < 0 ? 0 : max_i64(at - a->left, 0);
    *end = a->right < 0 ? span->n_valid : min_i64(at + a->right + 1, span->n_valid);
    *end = max_i64(*end, *begin);
}

/* A block: rows [first, first + rows) of those of a key head, and the keys that it reads. */
struct block {
    int64_t batch, head, first, rows, begin, end;
};

static struct block block_at(const struct attention *a, int64_t rows, int64_t index)
{
    const int64_t all = a->group * a->q_length, n_blocks = ceil_div(all, rows);
    struct block b = {.batch = index / n_blocks / a->n_kv_heads,
                      .head = index / n_blocks % a->n_kv_heads,
                      .first = index % n_blocks * rows,
                      .begin = a->kv_length};
    b.rows = min_i64(rows, all - b.first);
    for (int64_t r = 0; r < b.rows; r++) {
        int64_t begin, end;
        readable(a, b.batch, (b.first + r) % a->q_length, &begin, &end);
        if (begin == end)
            continue;
        b.begin = min_i64(b.begin, begin);
        b.end = max_i64(b.end, end);
    }
    if (a->captured.data) {
        b.begin = 0;
        b.end = a->captured.length;
    }
    b.end = max_i64(b.end, b.begin);
    return b;
}

static int64_t query_head(const struct attention *a, const struct block *b, int64_t r)
{
    return b->head * a->group + (b->first + r) / a->q_length;
}

/* Rows [first, first + count) of keys or values as they lie, or converted. */
static const real *rows_of(const struct attention_matrix *x, const struct block *b, int64_t first,
                           int64_t count, int64_t width, real *converted, int64_t *stride)
{
    *stride = width;
    if (x->type == REAL_TYPE) {
        *stride = x->row;
        return (const real *)(const void *)row_at(x, b->batch, b->head, first);
    }
    for (int64_t i = 0; i < count; i++)
        load(x->type, converted + i * width, row_at(x, b->batch, b->head, first + i), width);
    return converted;
}

static void pack(int64_t rows, int64_t depth, const real *x, int64_t row_stride,
                 int64_t depth_stride, int64_t width, real *packed)
{
    REAL(gemm_pack)
    (rows, depth, x, row_stride, depth_stride, width, packed, depth * width);
}

/* y[j] = the product of q with row j of k. Four rows at a time, the last of them read again where
 * there are fewer. */
static void dot_rows(const real *q, const real *k, int64_t stride, int64_t count, int64_t depth,
                     real *y)
{
    for (int64_t j = 0; j < count; j += 4) {
        const int64_t last = min_i64(4, count - j) - 1;
        const real *row = k + j * stride, *row_1 = row + min_i64(1, last) * stride;
        const real *row_2 = row + min_i64(2, last) * stride, *row_3 = row + last * stride;
        vreal sum = REAL_V(zero)(), sum_1 = sum, sum_2 = sum, sum_3 = sum;
        for (int64_t e = 0; e < depth; e += REAL_LANES) {
            const int n = (int)min_i64(REAL_LANES, depth - e);
            const vreal of_q = REAL_V(load_n)(q + e, n);
            sum = REAL_V(fma)(of_q, REAL_V(load_n)(row + e, n), sum);
            sum_1 = REAL_V(fma)(of_q, REAL_V(load_n)(row_1 + e, n), sum_1);
            sum_2 = REAL_V(fma)(of_q, REAL_V(load_n)(row_2 + e, n), sum_2);
            sum_3 = REAL_V(fma)(of_q, REAL_V(load_n)(row_3 + e, n), sum_3);
        }
        const real sums[4] = {REAL_V(reduce_add)(sum), REAL_V(reduce_add)(sum_1),
                              REAL_V(reduce_add)(sum_2), REAL_V(reduce_add)(sum_3)};
        memcpy(y + j, sums, (size_t)(last + 1) * sizeof *sums);
    }
}

/* y += the rows of v, weighted. */
static void add_rows(const real *weights, const real *v, int64_t stride, int64_t count,
                     int64_t width, real *y)
{
    for (int64_t e = 0; e < width; e += REAL_LANES) {
        const int n = (int)min_i64(REAL_LANES, width - e);
        vreal sum = REAL_V(load_n)(y + e, n);
        for (int64_t j = 0; j < count; j++)
            sum = REAL_V(fma)(REAL_V(set1)(weights[j]), REAL_V(load_n)(v + j * stride + e, n), sum);
        REAL_V(store_n)(y + e, sum, n);
    }
}

static void product_with_keys(const struct attention *a, const struct block *b, struct memory *m)
{
    const bool few = a->group * a->q_length <= FEW_ROWS;
    const int64_t depth = a->head_size;
    for (int64_t r = 0; r < b->rows; r++) {
        real *q = m->q + r * depth;
        load(a->q.type, q,
             row_at(&a->q, b->batch, query_head(a, b, r), (b->first + r) % a->q_length), depth);
        for (int64_t e = 0; e < depth; e++)
            q[e] *= (real)a->scale;
    }
    if (!few)
        pack(b->rows, depth, m->q, depth, 1, GEMM_ROWS, m->strips);
    for (int64_t j = b->begin; j < b->end; j += KEYS) {
        const int64_t n = min_i64(KEYS, b->end - j);
        real *scores = m->scores + j - b->begin;
        int64_t stride;
        const real *k = rows_of(&a->k, b, j, n, depth, m->converted, &stride);
        for (int64_t r = 0; r < b->rows && few; r++)
            dot_rows(m->q + r * depth, k, stride, n, depth, scores + r * m->stride);
        if (few)
            continue;
        const struct gemm_block block = {.rows = b->rows,
                                         .columns = n,
                                         .depth = depth,
                                         .a = m->strips,
                                         .a_strip_stride = depth * GEMM_ROWS,
                                         .b = m->panels,
                                         .b_panel_stride = depth * REAL_COLUMNS,
                                         .b_stride = REAL_COLUMNS,
                                         .c = scores,
                                         .c_stride = m->stride};
        pack(n, depth, k, stride, 1, REAL_COLUMNS, m->panels);
        REAL(gemm_block)(&block, &(struct gemm_store){.accumulate = false});
    }
}

static void product_with_values(const struct attention *a, const struct block *b, struct memory *m)
{
    const bool few = a->group * a->q_length <= FEW_ROWS;
    const int64_t width = a->v_head_size;
    const bool packs = width % REAL_LANES != 0; /* rows end where no vector may be read */
    memset(m->values, 0, (size_t)(b->rows * width) * sizeof(real));
    for (int64_t j = b->begin; j < b->end; j += KEYS) {
        const int64_t n = min_i64(KEYS, b->end - j);
        const real *weights = m->scores + j - b->begin;
        int64_t stride;
        const real *v = rows_of(&a->v, b, j, n, width, m->converted, &stride);
        for (int64_t r = 0; r < b->rows && few; r++)
            add_rows(weights + r * m->stride, v, stride, n, width, m->values + r * width);
        if (few)
            continue;
        const struct gemm_block block = {.rows = b->rows,
                                         .columns = width,
                                         .depth = n,
                                         .a = m->strips,
                                         .a_strip_stride = n * GEMM_ROWS,
                                         .b = packs ? m->panels : v,
                                         .b_panel_stride = packs ? n * REAL_COLUMNS : REAL_COLUMNS,
                                         .b_stride = packs ? REAL_COLUMNS : stride,
                                         .c = m->values,
                                         .c_stride = width};
        pack(b->rows, n, weights, m->stride, 1, GEMM_ROWS, m->strips);
        if (packs)
            pack(width, n, v, 1, stride, REAL_COLUMNS, m->panels);
        REAL(gemm_block)(&block, &(struct gemm_store){.accumulate = true});
    }
}

/* Adds the mask to scores of keys [begin, begin + count); what it lets nobody read is -Inf,
 * whatever the score. */
static void add_mask(const struct attention *a, int64_t batch, int64_t head, int64_t i,
                     int64_t begin, int64_t count, real *scores)
{
    const int64_t *strides = a->mask_strides;
    const int64_t row = batch * strides[0] + head * strides[1] + i * strides[2];
    const hinge_type type = a->mask->type;
    real bias[CHUNK];
    for (int64_t j = 0; j < count; j += CHUNK) {
        const int64_t n = min_i64(CHUNK, count - j), at = a->spans[batch].skipped + begin + j;
        const int64_t within = max_i64(min_i64(n, a->mask_length - at), 0);
        if (strides[3] == 0) {
            load(type, bias, (const char *)a->mask->data + hinge_size(type, row), 1);
            for (int64_t k = 1; k < within; k++)
                bias[k] = bias[0];
        } else if (within > 0) {
            load(type, bias, (const char *)a->mask->data + hinge_size(type, row + at), within);
        }
        for (int64_t k = 0; k < within && type == HINGE_BOOL; k++)
            bias[k] = bias[k] != 0 ? 0 : -(real)INFINITY;
        for (int64_t k = within; k < n; k++)
            bias[k] = -(real)INFINITY;
        for (int64_t k = 0; k < n; k++)
            scores[j + k] = bias[k] == -(real)INFINITY ? bias[k] : scores[j + k] + bias[k];
    }
}

static bool all_masked(const real *scores, int64_t count)
{
    for (int64_t j = 0; j < count; j++)
        if (scores[j] != -(real)INFINITY)
            return false;
    return true;
}

static void fill(real *x, int64_t begin, int64_t end, real value)
{
    for (int64_t i = begin; i < end; i++)
        x[i] = value;
}

/* Weights of the keys that have scores; with a sink, there is room behind them for its score. */
static void weights_of(const struct attention *a, int64_t head, real *scores, int64_t count,
                       double *wide)
{
    if (a->sinks)
        scores[count] = (real)a->sinks[head];
    softmax(scores, a->sinks ? count + 1 : count, wide);
}

/* Keeps the scores of a row where they are what is wanted. */
static void capture(const struct attention *a, const struct block *b, int64_t r,
                    enum attention_capture what, const real *scores)
{
    const int64_t head = b->batch * a->n_kv_heads * a->group + query_head(a, b, r);
    const int64_t row = head * a->q_length + (b->first + r) % a->q_length;
    if (a->captured.data && a->captured.what == what)
        store(a->captured.type,
              (char *)a->captured.data + hinge_size(a->captured.type, row * a->captured.length),
              scores, a->captured.length);
}

/* From the products of a row to its weights. */
static void weigh_row(const struct attention *a, const struct block *b, int64_t r, real *scores,
                      double *wide)
{
    const int64_t i = (b->first + r) % a->q_length, head = query_head(a, b, r);
    const int64_t count = b->end - b->begin;
    int64_t begin, end;
    capture(a, b, r, ATTENTION_PRODUCT, scores);
    if (a->softcap > 0)
        cap(scores, count, a->softcap);
    capture(a, b, r, ATTENTION_CAPPED, scores);
    if (a->mask)
        add_mask(a, b->batch, head, i, b->begin, count, scores);
    if (a->filter)
        a->filter(a->filter_argument, b->batch, i, b->begin, count, scores);
    readable(a, b->batch, i, &begin, &end);
    begin = min_i64(max_i64(begin, b->begin), b->end) - b->begin;
    end = max_i64(min_i64(end, b->end) - b->begin, begin);
    fill(scores, 0, begin, (real)a->captured.unread);
    fill(scores, end, count, (real)a->captured.unread);
    capture(a, b, r, ATTENTION_BIASED, scores);
    if (all_masked(scores + begin, end - begin))
        end = begin;
    else
        weights_of(a, head, scores + begin, end - begin, wide);
    fill(scores, 0, begin, 0);
    fill(scores, end, count, 0);
    capture(a, b, r, ATTENTION_WEIGHTS, scores);
}

static void run_blocks(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct attention *a = argument;
    struct memory m;
    const int64_t size = lay_out(a, NULL, &m);
    lay_out(a, (char *)a->scratch + thread * size, &m);
    for (int64_t index = begin; index < end; index++) {
        const struct block b = block_at(a, m.rows, index);
        product_with_keys(a, &b, &m);
        for (int64_t r = 0; r < b.rows; r++)
            weigh_row(a, &b, r, m.scores + r * m.stride, m.wide);
        product_with_values(a, &b, &m);
        for (int64_t r = 0; r < b.rows; r++)
            store(a->y.type,
                  row_at(&a->y, b.batch, query_head(a, &b, r), (b.first + r) % a->q_length),
                  m.values + r * a->v_head_size, a->v_head_size);
    }
}

void REAL(attention_run)(const struct attention *a)
{
    const int64_t rows = block_rows(a), keys = min_i64(a->kv_length, INT64_C(1) << 24);
    const int64_t width = min_i64(a->head_size + a->v_head_size, INT64_C(1) << 24);
    struct attention copy = *a;
    a->node->host->parallel(a->node,
                            a->n_batch * a->n_kv_heads * ceil_div(a->group * a->q_length, rows),
                            gemm_grain(rows * keys * width), run_blocks, &copy);
}

#undef REAL_TYPE
