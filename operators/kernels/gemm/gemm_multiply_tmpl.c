/* gemm_multiply.h for one type. */

enum { BLOCK_ROWS = 96, BLOCK_COLUMNS = 256, MIN_COLUMNS = 64, SMALL_COLUMNS = 512 };

/* Products of a piece after which a run should look whether it is to go on, some milliseconds. */
#define PIECE_MAX ((int64_t)1 << 28)

struct pieces {
    int64_t rows, columns; /* of a piece */
    int64_t n_rows, n_columns;
    int64_t a_count, b_count, c_count; /* elements of a thread's scratch */
    bool few;
};

struct job {
    const struct gemm_call *call;
    const struct gemm_bf16 *pairs; /* NULL: none is needed */
    struct pieces p;
};

static void cut_few(const struct gemm_call *call, int64_t wanted, struct pieces *p)
{
    const int64_t least = call->packed_b ? 4 * REAL_COLUMNS : 16;
    p->rows = call->rows;
    p->columns = SMALL_COLUMNS;
    while (p->columns > least && (p->columns * call->depth > PIECE_MAX / p->rows ||
                                  call->batch * ceil_div(call->columns, p->columns) < wanted))
        p->columns /= 2;
}

static void cut_blocks(const struct gemm_call *call, const struct gemm_bf16 *pairs, int64_t wanted,
                       struct pieces *p)
{
    const int64_t deepest = min_i64(call->depth, GEMM_DEPTH);
    const int64_t depth = pairs ? gemm_bf16_words(pairs, deepest) : deepest;
    p->rows = ceil_div(call->rows, ceil_div(call->rows, BLOCK_ROWS));
    p->columns = BLOCK_COLUMNS;
    while (p->columns > MIN_COLUMNS &&
           (p->columns * call->depth > PIECE_MAX / p->rows ||
            call->batch * ceil_div(call->rows, p->rows) * ceil_div(call->columns, p->columns) <
                wanted))
        p->columns /= 2;
    while (p->rows > GEMM_ROWS && p->columns * call->depth > PIECE_MAX / p->rows)
        p->rows = (p->rows + 1) / 2;
    p->rows = round_up(p->rows, pairs ? pairs->rows : GEMM_ROWS);
    p->a_count = round_up(p->rows * depth, 16);
    if (!call->packed_b)
        p->b_count =
            round_up(round_up(min_i64(p->columns, call->columns), REAL_COLUMNS) * depth, 16);
    if (half_is(call->type))
        p->c_count = round_up(p->rows * p->columns, 16);
}

static struct pieces cut(const struct gemm_call *call, const struct gemm_bf16 *pairs)
{
    const double rows = (double)call->batch * (double)call->rows;
    const int64_t wanted =
        gemm_pieces(rows * (double)call->columns * (double)call->depth, call->node->n_threads);
    struct pieces p = {.few = call->rows <= GEMM_FEW_ROWS && !half_is(call->type) && !call->panels};
    if (p.few)
        cut_few(call, wanted, &p);
    else
        cut_blocks(call, pairs, wanted, &p);
    p.n_rows = ceil_div(call->rows, p.rows);
    p.n_columns = ceil_div(call->columns, p.columns);
    return p;
}

size_t REAL(gemm_scratch)(const struct gemm_call *call)
{
    const struct pieces p = cut(call, gemm_bf16_of(call));
    return (size_t)(p.a_count + p.b_count + p.c_count) * sizeof(real) * call->node->n_threads;
}

static void multiply_few(const struct gemm_call *call, const real *a, const real *b, int64_t column,
                         real *c, int64_t columns)
{
    if (call->packed_b) {
        const real *packed = (const real *)call->packed_b + column * call->depth;
        const int64_t stride = call->depth * REAL_COLUMNS;
        REAL(gemm_few)
        (call->rows, columns, call->depth, a, call->a_row, call->a_depth, packed, stride, c,
         call->columns, false);
    } else if (call->b_depth == 1) {
        gemm_dot(call->rows, columns, call->depth, a, call->a_row, call->a_depth, b, call->b_column,
                 c, call->columns);
    } else {
        gemm_axpy(call->rows, columns, call->depth, a, call->a_row, call->a_depth, b, call->b_depth,
                  c, call->columns);
    }
}

/* gemm_pack from element offset of an operand. */
static void pack(hinge_type type, int64_t rows, int64_t depth, const void *x, int64_t offset,
                 int64_t row_stride, int64_t depth_stride, int64_t width, real *packed)
{
    if (half_is(type))
        gemm_pack_half(type, rows, depth, (const uint16_t *)x + offset, row_stride, depth_stride,
                       width, packed, depth * width);
    else
        REAL(gemm_pack)
    (rows, depth, (const real *)x + offset, row_stride, depth_stride, width, packed, depth * width);
}

/* A piece of C: a and b are the elements that it begins with. */
struct piece {
    int64_t a, b, column, rows, columns;
    real *c;
    int64_t c_stride;
};

static void multiply_blocks(const struct job *job, const struct piece *piece, real *scratch)
{
    const struct gemm_call *call = job->call;
    real *packed_a = scratch, *packed_b = scratch + job->p.a_count;
    for (int64_t k = 0; k == 0 || k < call->depth; k += GEMM_DEPTH) {
        const int64_t depth = min_i64(call->depth - k, GEMM_DEPTH);
        struct gemm_block block = {
            .rows = piece->rows,
            .columns = piece->columns,
            .depth = depth,
            .a = packed_a,
            .a_strip_stride = depth * GEMM_ROWS,
            .b = packed_b,
            .b_panel_stride = depth * REAL_COLUMNS,
            .b_stride = REAL_COLUMNS,
            .c = piece->c,
            .c_stride = piece->c_stride,
        };
        pack(call->type, piece->rows, depth, call->a, piece->a + k * call->a_depth, call->a_row,
             call->a_depth, GEMM_ROWS, packed_a);
        if (call->packed_b) {
            block.b = (const real *)call->packed_b + piece->column * call->depth + k * REAL_COLUMNS;
            block.b_panel_stride = call->depth * REAL_COLUMNS;
        } else if (call->panels) {
            call->panels(call->operand, piece->column, piece->columns, k, depth, packed_b);
        } else {
            pack(call->type, piece->columns, depth, call->b, piece->b + k * call->b_depth,
                 call->b_column, call->b_depth, REAL_COLUMNS, packed_b);
        }
        REAL(gemm_block)(&block, &(struct gemm_store){.accumulate = k > 0});
    }
}

/* The same of bfloat16, in whose words a float's room has two steps of depth. */
static void multiply_pairs(const struct job *job, const struct piece *piece, real *scratch)
{
    const struct gemm_call *call = job->call;
    const struct gemm_bf16 *kernel = job->pairs;
    const uint16_t *a = (const uint16_t *)call->a + piece->a;
    const uint16_t *b = (const uint16_t *)call->b + (call->packed_b ? 0 : piece->b);
    const int64_t words = gemm_bf16_words(kernel, call->depth);
    uint32_t *packed_a = (uint32_t *)(void *)scratch, *packed_b = packed_a + job->p.a_count;
    for (int64_t k = 0; k == 0 || k < call->depth; k += GEMM_DEPTH) {
        const int64_t depth = min_i64(call->depth - k, GEMM_DEPTH);
        struct gemm_bf16_block block = {
            .rows = piece->rows,
            .columns = piece->columns,
            .words = gemm_bf16_words(kernel, depth),
            .a = packed_a,
            .b = packed_b,
            .c = (float *)(void *)piece->c,
            .c_stride = piece->c_stride,
            .accumulate = k > 0,
        };
        block.a_stride = block.words * kernel->rows;
        block.b_stride = block.words * kernel->columns;
        gemm_bf16_pack(kernel, false, piece->rows, depth, a + k * call->a_depth, call->a_row,
                       call->a_depth, packed_a);
        if (call->packed_b) {
            block.b =
                (const uint32_t *)call->packed_b + piece->column * words + k / 2 * kernel->columns;
            block.b_stride = words * kernel->columns;
        } else {
            gemm_bf16_pack(kernel, true, piece->columns, depth, b + k * call->b_depth,
                           call->b_column, call->b_depth, packed_b);
        }
        kernel->multiply(&block);
    }
}

static void run_pieces(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct gemm_call *call = job->call;
    const struct pieces *p = &job->p;
    const bool is_half = half_is(call->type);
    real *scratch = (real *)call->scratch + thread * (p->a_count + p->b_count + p->c_count);
    for (int64_t i = begin; i < end; i++) {
        const int64_t column = i % p->n_columns * p->columns;
        const int64_t row = i / p->n_columns % p->n_rows * p->rows;
        const int64_t step = i / p->n_columns / p->n_rows;
        const int64_t at = (step * call->rows + row) * call->columns + column;
        const struct piece piece = {
            .a = row * call->a_row + (call->a_offsets ? call->a_offsets[step] : 0),
            .b = column * call->b_column + (call->b_offsets ? call->b_offsets[step] : 0),
            .column = column,
            .rows = min_i64(p->rows, call->rows - row),
            .columns = min_i64(p->columns, call->columns - column),
            .c = is_half ? scratch + p->a_count + p->b_count : (real *)call->c + at,
            .c_stride = is_half ? p->columns : call->columns,
        };
        if (p->few)
            multiply_few(call, (const real *)call->a + piece.a,
                         call->b ? (const real *)call->b + piece.b : NULL, column, piece.c,
                         piece.columns);
        else if (job->pairs)
            multiply_pairs(job, &piece, scratch);
        else
            multiply_blocks(job, &piece, scratch);
        for (int64_t r = 0; r < piece.rows && (call->finish || is_half); r++) {
            real *c = piece.c + r * piece.c_stride;
            const int64_t index = at + r * call->columns;
            if (call->finish)
                call->finish(call->finish_argument, c, index, row + r, column, piece.columns);
            if (is_half)
                gemm_store_half(call->type, (uint16_t *)call->c + index, c, piece.columns);
        }
    }
}

void REAL(gemm_run)(const struct gemm_call *call)
{
    struct job job = {.call = call, .pairs = gemm_bf16_of(call)};
    job.p = cut(call, job.pairs);
    call->node->host->parallel(call->node, call->batch * job.p.n_rows * job.p.n_columns,
                               gemm_grain(job.p.rows * job.p.columns * call->depth), run_pieces,
                               &job);
}
