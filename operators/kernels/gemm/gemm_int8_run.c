#include "operators/kernels/gemm/gemm_int8_run.h"

#include <string.h>

#include "operators/kernels/gemm/gemm.h"

/* Words of depth that are multiplied at a time, of which a panel stays in the L1 cache. */
enum { WORDS = 128, BLOCK_ROWS = 96, BLOCK_COLUMNS = 256, MIN_COLUMNS = 64 };

/* Products of a piece after which a run should look whether it is to go on. */
#define PIECE_MAX ((int64_t)1 << 29)

struct pieces {
    int64_t rows, columns; /* of a piece */
    int64_t n_rows, n_columns;
    /* Words of a thread's scratch: packed operands, sums and zero points, C. */
    int64_t a_count, a_sums, b_count, b_sums, b_points, c_count, count;
};

struct job {
    const struct gemm_int8_call *call;
    const struct gemm_int8 *kernel;
    struct pieces p;
};

bool gemm_int8_packed_size(const struct gemm_int8 *kernel, int64_t columns, int64_t depth,
                           int64_t *size)
{
    const int64_t panels = ceil_div(columns, kernel->columns) * kernel->columns;
    return !__builtin_mul_overflow(panels, gemm_int8_words(kernel, depth) + 1, size) &&
           !__builtin_mul_overflow(*size, (int64_t)sizeof(uint32_t), size);
}

/* The sums of the columns, then the panels. */
void gemm_int8_pack_b(const struct gemm_int8 *kernel, const struct gemm_int8_operand *b,
                      int64_t columns, int64_t depth, uint32_t *packed)
{
    const int64_t width = round_up(columns, kernel->columns);
    memset(packed, 0, (size_t)width * sizeof *packed);
    gemm_int8_pack(kernel, b, 0, columns, 0, depth, packed + width,
                   gemm_int8_words(kernel, depth) * kernel->columns, packed);
}

static struct pieces cut(const struct gemm_int8_call *call, const struct gemm_int8 *kernel)
{
    const double rows = (double)call->batch * (double)call->rows;
    const int64_t wanted =
        gemm_pieces(rows * (double)call->columns * (double)call->depth / 4, call->node->n_threads);
    const int64_t words = min_i64(gemm_int8_words(kernel, call->depth), WORDS);
    struct pieces p = {.columns = BLOCK_COLUMNS};
    p.rows = ceil_div(call->rows, ceil_div(call->rows, BLOCK_ROWS));
    while (
        p.columns > MIN_COLUMNS &&
        (p.columns * call->depth > PIECE_MAX / p.rows ||
         call->batch * ceil_div(call->rows, p.rows) * ceil_div(call->columns, p.columns) < wanted))
        p.columns /= 2;
    p.rows = round_up(p.rows, kernel->rows);
    p.n_rows = ceil_div(call->rows, p.rows);
    p.n_columns = ceil_div(call->columns, p.columns);
    p.a_count = p.rows * words;
    p.a_sums = p.rows;
    p.b_count = call->packed_b ? 0 : p.columns * words;
    p.b_sums = call->packed_b ? 0 : p.columns;
    p.b_points = p.columns;
    p.c_count = call->finish ? p.rows * p.columns : 0;
    p.count = round_up(p.a_count + p.a_sums + p.b_count + p.b_sums + p.b_points + p.c_count, 16);
    return p;
}

size_t gemm_int8_scratch(const struct gemm_int8_call *call)
{
    const struct pieces p = cut(call, gemm_int8_choose(call->node->cpu_features));
    return (size_t)p.count * sizeof(uint32_t) * call->node->n_threads;
}

/* The shifted zero point of row i of an operand whose matrix begins at element offset. */
static uint32_t point_at(const struct job *job, const struct gemm_int8_points *points,
                         const struct gemm_int8_operand *o, int64_t offset, int64_t i)
{
    const uint32_t shift = (uint32_t)gemm_int8_shift(job->kernel, o);
    if (!points->x)
        return shift;
    const int64_t matrix = points->batched && job->call->depth ? offset / job->call->depth : 0;
    const uint8_t point = points->x[points->step * (matrix + i)];
    return (o->is_signed ? (uint32_t)(int32_t)(int8_t)point : point) + shift;
}

/* A piece of C: a and b are the elements that its matrices begin with. */
struct piece {
    int64_t a, b, row, column, rows, columns;
    int32_t *c;
    int64_t c_stride;
};

struct scratch {
    uint32_t *a, *a_sums, *b, *b_sums, *b_points;
    int32_t *c;
};

static struct scratch scratch_of(const struct job *job, unsigned thread)
{
    const struct pieces *p = &job->p;
    uint32_t *at = (uint32_t *)job->call->scratch + thread * p->count;
    struct scratch s = {.a = at};
    s.b = s.a + p->a_count;
    s.c = (int32_t *)s.b + p->b_count;
    s.a_sums = (uint32_t *)s.c + p->c_count;
    s.b_sums = s.a_sums + p->a_sums;
    s.b_points = s.b_sums + p->b_sums;
    return s;
}

static void multiply(const struct job *job, const struct piece *piece, const struct scratch *s)
{
    const struct gemm_int8_call *call = job->call;
    const struct gemm_int8 *kernel = job->kernel;
    const int64_t step = WORDS * kernel->group, all = gemm_int8_words(kernel, call->depth);
    struct gemm_int8_operand a = call->a, b = call->b;
    a.x = a.x ? a.x + piece->a : NULL;
    b.x = b.x && !call->packed_b ? b.x + piece->b : NULL;
    memset(s->a_sums, 0, (size_t)piece->rows * sizeof *s->a_sums);
    if (!call->packed_b)
        memset(s->b_sums, 0, (size_t)piece->columns * sizeof *s->b_sums);
    for (int64_t k = 0; k == 0 || k < call->depth; k += step) {
        const int64_t depth = min_i64(call->depth - k, step);
        const int64_t words = gemm_int8_words(kernel, depth);
        struct gemm_int8_block block = {
            .rows = piece->rows,
            .columns = piece->columns,
            .words = words,
            .a = s->a,
            .a_stride = words * kernel->rows,
            .b = s->b,
            .b_stride = words * kernel->columns,
            .c = piece->c,
            .c_stride = piece->c_stride,
            .accumulate = k > 0,
        };
        if (depth)
            gemm_int8_pack(kernel, &a, piece->row, piece->rows, k, depth, s->a, block.a_stride,
                           s->a_sums);
        if (call->packed_b) {
            block.b = call->packed_b + round_up(call->columns, kernel->columns) +
                      piece->column * all + k / kernel->group * kernel->columns;
            block.b_stride = all * kernel->columns;
        } else if (depth) {
            gemm_int8_pack(kernel, &b, piece->column, piece->columns, k, depth, s->b,
                           block.b_stride, s->b_sums);
        }
        gemm_int8_multiply(kernel, &block);
    }
}

static void finish(const struct job *job, const struct piece *piece, int64_t step,
                   const struct scratch *s)
{
    const struct gemm_int8_call *call = job->call;
    uint32_t any = 0;
    for (int64_t i = 0; i < piece->columns; i++) {
        s->b_points[i] = point_at(job, &call->b_points, &call->b, piece->b, piece->column + i);
        any |= s->b_points[i];
    }
    for (int64_t r = 0; r < piece->rows; r++) {
        const struct gemm_int8_zero zero = {
            .a = point_at(job, &call->a_points, &call->a, piece->a, piece->row + r),
            .a_sum = s->a_sums[r],
            .depth = (uint32_t)call->depth,
            .b = any ? s->b_points : NULL,
            .b_sums = call->packed_b ? call->packed_b + piece->column : s->b_sums,
        };
        int32_t *c = piece->c + r * piece->c_stride;
        gemm_int8_correct(&zero, c, piece->columns);
        if (call->finish)
            call->finish(call->finish_argument, c, step, piece->row + r, piece->column,
                         piece->columns);
    }
}

static void run_pieces(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct gemm_int8_call *call = job->call;
    const struct pieces *p = &job->p;
    const struct scratch scratch = scratch_of(job, thread);
    for (int64_t i = begin; i < end; i++) {
        const int64_t column = i % p->n_columns * p->columns;
        const int64_t row = i / p->n_columns % p->n_rows * p->rows;
        const int64_t step = i / p->n_columns / p->n_rows;
        const struct piece piece = {
            .a = call->a_offsets ? call->a_offsets[step] : 0,
            .b = call->b_offsets ? call->b_offsets[step] : 0,
            .row = row,
            .column = column,
            .rows = min_i64(p->rows, call->rows - row),
            .columns = min_i64(p->columns, call->columns - column),
            .c = call->finish ? scratch.c
                              : call->c + (step * call->rows + row) * call->columns + column,
            .c_stride = call->finish ? p->columns : call->columns,
        };
        multiply(job, &piece, &scratch);
        finish(job, &piece, step, &scratch);
    }
}

void gemm_int8_run(const struct gemm_int8_call *call)
{
    struct job job = {.call = call, .kernel = gemm_int8_choose(call->node->cpu_features)};
    job.p = cut(call, job.kernel);
    call->node->host->parallel(call->node, call->batch * job.p.n_rows * job.p.n_columns,
                               gemm_grain(job.p.rows * job.p.columns * call->depth / 4), run_pieces,
                               &job);
}
