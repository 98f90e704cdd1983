/* Products of one type of integers, for which GEMM_ELEMENT stands; GEMM(name) is a name of its own.
 * Both end here. */

static void GEMM(multiply)(const struct gemm_call *call, const struct block *block)
{
    const GEMM_ELEMENT *a = (const GEMM_ELEMENT *)call->a + block->a;
    const GEMM_ELEMENT *b = (const GEMM_ELEMENT *)call->b + block->b;
    GEMM_ELEMENT *c = (GEMM_ELEMENT *)call->c + block->c;
    for (int64_t r = 0; r < block->rows; r++)
        memset(c + r * call->columns, 0, (size_t)block->columns * sizeof *c);
    for (int64_t k = 0; k < call->depth; k++)
        for (int64_t r = 0; r < block->rows; r++) {
            const GEMM_ELEMENT factor = a[r * call->a_row + k * call->a_depth];
            const GEMM_ELEMENT *restrict from = b + k * call->b_depth;
            GEMM_ELEMENT *restrict to = c + r * call->columns;
            if (call->b_column == 1)
                for (int64_t j = 0; j < block->columns; j++)
                    to[j] += factor * from[j];
            else
                for (int64_t j = 0; j < block->columns; j++)
                    to[j] += factor * from[j * call->b_column];
        }
    for (int64_t r = 0; r < block->rows && call->finish; r++)
        call->finish(call->finish_argument, c + r * call->columns, block->c + r * call->columns,
                     block->row + r, block->column, block->columns);
}

static void GEMM(run_blocks)(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct gemm_call *call = argument;
    for (int64_t i = begin; i < end; i++) {
        const struct block block = block_at(call, i);
        GEMM(multiply)(call, &block);
    }
}

void GEMM(gemm_run)(const struct gemm_call *call)
{
    call->node->host->parallel(call->node, n_blocks(call),
                               gemm_grain(BLOCK_ROWS * BLOCK_COLUMNS * call->depth),
                               GEMM(run_blocks), (void *)call);
}

#undef GEMM
#undef GEMM_ELEMENT
