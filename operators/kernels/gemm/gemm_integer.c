/* Products of integers of either sign, which wrap: rows of B are added up in the cache. */
#include "operators/kernels/gemm/gemm_multiply.h"

#include <string.h>

enum { BLOCK_ROWS = 8, BLOCK_COLUMNS = 512 };

/* Elements that a block of C, its first row of A and its first column of B begin with. */
struct block {
    int64_t a, b, c;
    int64_t row, column, rows, columns;
};

static int64_t n_blocks(const struct gemm_call *call)
{
    return call->batch * ceil_div(call->rows, BLOCK_ROWS) * ceil_div(call->columns, BLOCK_COLUMNS);
}

static struct block block_at(const struct gemm_call *call, int64_t i)
{
    const int64_t across = ceil_div(call->columns, BLOCK_COLUMNS);
    const int64_t down = ceil_div(call->rows, BLOCK_ROWS);
    const int64_t step = i / across / down;
    struct block b = {.row = i / across % down * BLOCK_ROWS, .column = i % across * BLOCK_COLUMNS};
    b.rows = min_i64(BLOCK_ROWS, call->rows - b.row);
    b.columns = min_i64(BLOCK_COLUMNS, call->columns - b.column);
    b.a = b.row * call->a_row + (call->a_offsets ? call->a_offsets[step] : 0);
    b.b = b.column * call->b_column + (call->b_offsets ? call->b_offsets[step] : 0);
    b.c = (step * call->rows + b.row) * call->columns + b.column;
    return b;
}

#define GEMM(name) name##_u32
#define GEMM_ELEMENT uint32_t
#include "operators/kernels/gemm/gemm_integer_tmpl.c"

#define GEMM(name) name##_u64
#define GEMM_ELEMENT uint64_t
#include "operators/kernels/gemm/gemm_integer_tmpl.c"
