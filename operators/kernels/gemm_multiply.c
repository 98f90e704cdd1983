#include "operators/kernels/gemm_multiply.h"

enum { BLOCK_ROWS = 96, BLOCK_COLUMNS = 256, MIN_COLUMNS = 64, SMALL_COLUMNS = 512 };

struct pieces {
    int64_t rows, columns; /* of a piece */
    int64_t n_rows, n_columns;
    int64_t a_count, b_count; /* floats of a thread's scratch */
    bool few;
};

struct job {
    const struct gemm_call *call;
    struct pieces p;
};

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static struct pieces cut(const struct gemm_call *call)
{
    const int64_t wanted = call->node->n_threads > 1 ? 4 * (int64_t)call->node->n_threads : 1;
    const int64_t depth = min_i64(call->depth, GEMM_DEPTH);
    struct pieces p = {.few = !call->packed_b && call->rows <= GEMM_FEW_ROWS};
    if (p.few) {
        p.rows = call->rows;
        p.columns = SMALL_COLUMNS;
        while (p.columns > 16 && call->batch * ceil_div(call->columns, p.columns) < wanted)
            p.columns /= 2;
    } else {
        p.rows = ceil_div(call->rows, ceil_div(call->rows, BLOCK_ROWS));
        p.rows = gemm_round_up(p.rows, GEMM_ROWS);
        p.columns = BLOCK_COLUMNS;
        while (p.columns > MIN_COLUMNS &&
               call->batch * ceil_div(call->rows, p.rows) * ceil_div(call->columns, p.columns) <
                   wanted)
            p.columns /= 2;
        p.a_count = p.rows * depth;
        if (!call->packed_b)
            p.b_count = gemm_round_up(min_i64(p.columns, call->columns), GEMM_COLUMNS) * depth;
        p.a_count = gemm_round_up(p.a_count, 16);
        p.b_count = gemm_round_up(p.b_count, 16);
    }
    p.n_rows = ceil_div(call->rows, p.rows);
    p.n_columns = ceil_div(call->columns, p.columns);
    return p;
}

size_t gemm_scratch(const struct gemm_call *call)
{
    if (call->rows == 0 || call->columns == 0)
        return 0;
    const struct pieces p = cut(call);
    return (size_t)(p.a_count + p.b_count) * sizeof(float) * call->node->n_threads;
}

static void multiply_few(const struct gemm_call *call, const float *a, const float *b, float *c,
                         int64_t columns)
{
    if (call->b_depth == 1)
        gemm_dot(call->rows, columns, call->depth, a, call->a_row, call->a_depth, b, call->b_column,
                 c, call->columns);
    else
        gemm_axpy(call->rows, columns, call->depth, a, call->a_row, call->a_depth, b, call->b_depth,
                  c, call->columns);
}

static void multiply_blocks(const struct job *job, const float *a, const float *b, int64_t column,
                            float *c, int64_t rows, int64_t columns, float *scratch)
{
    const struct gemm_call *call = job->call;
    for (int64_t k = 0; k == 0 || k < call->depth; k += GEMM_DEPTH) {
        const int64_t depth = min_i64(call->depth - k, GEMM_DEPTH);
        struct gemm_block block = {
            .rows = rows,
            .columns = columns,
            .depth = depth,
            .a = scratch,
            .a_strip_stride = depth * GEMM_ROWS,
            .b_stride = GEMM_COLUMNS,
            .c = c,
            .c_stride = call->columns,
        };
        gemm_pack(rows, depth, a + k * call->a_depth, call->a_row, call->a_depth, GEMM_ROWS,
                  scratch, block.a_strip_stride);
        if (call->packed_b) {
            block.b = call->packed_b + column * call->depth + k * GEMM_COLUMNS;
            block.b_panel_stride = call->depth * GEMM_COLUMNS;
        } else {
            float *packed = scratch + job->p.a_count;
            block.b = packed;
            block.b_panel_stride = depth * GEMM_COLUMNS;
            gemm_pack(columns, depth, b + k * call->b_depth, call->b_column, call->b_depth,
                      GEMM_COLUMNS, packed, block.b_panel_stride);
        }
        gemm_block(&block, &(struct gemm_store){.accumulate = k > 0});
    }
}

static void run_pieces(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct gemm_call *call = job->call;
    const struct pieces *p = &job->p;
    float *scratch = (float *)call->scratch + thread * (p->a_count + p->b_count);
    for (int64_t i = begin; i < end; i++) {
        const int64_t column = i % p->n_columns * p->columns;
        const int64_t row = i / p->n_columns % p->n_rows * p->rows;
        const int64_t step = i / p->n_columns / p->n_rows;
        const int64_t rows = min_i64(p->rows, call->rows - row);
        const int64_t columns = min_i64(p->columns, call->columns - column);
        const float *a = call->a + row * call->a_row;
        const float *b = call->b ? call->b + column * call->b_column : NULL;
        float *c = call->c + (step * call->rows + row) * call->columns + column;
        if (call->a_offsets)
            a += call->a_offsets[step];
        if (call->b_offsets && b)
            b += call->b_offsets[step];
        if (p->few)
            multiply_few(call, a, b, c, columns);
        else
            multiply_blocks(job, a, b, column, c, rows, columns, scratch);
        for (int64_t r = 0; call->finish && r < rows; r++)
            call->finish(call->finish_argument, c + r * call->columns, row + r, column, columns);
    }
}

void gemm_run(const struct gemm_call *call)
{
    if (call->rows == 0 || call->columns == 0)
        return;
    struct job job = {.call = call, .p = cut(call)};
    call->node->host->parallel(call->node, call->batch * job.p.n_rows * job.p.n_columns,
                               gemm_grain(job.p.rows * job.p.columns * call->depth), run_pieces,
                               &job);
}
