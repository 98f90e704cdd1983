#include "operators/quantize/matmul8.h"

hinge_status matmul8_read_side(const struct hinge_node *node, const hinge_tensor *values,
                               const hinge_tensor *operand, bool is_b, const char *what,
                               struct matmul8_side *side)
{
    *side = (struct matmul8_side){0};
    if (!values || hinge_count(values) == 1)
        return HINGE_OK;
    const int32_t rank = operand->rank, own = is_b ? rank - 1 : rank - 2;
    bool fits = values->rank == 1 && rank > 1 && values->dims[0] == operand->dims[own];
    side->step = 1;
    if (!fits && values->rank == rank && rank > 1) {
        side->batched = fits = true;
        for (int32_t i = 0; i < rank; i++)
            fits =
                fits && values->dims[i] == (i == rank - 2 + (is_b ? 0 : 1) ? 1 : operand->dims[i]);
    }
    if (!fits)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is neither one number nor one for each %s", what,
                       is_b ? "column of B" : "row of A");
    return HINGE_OK;
}

hinge_status matmul8_read(const struct hinge_node *node, struct matmul8 *m, bool merges)
{
    hinge_status status = batch_read(node, m->a, m->b, &m->batch);
    if (!status)
        status = matmul8_read_side(node, m->a_zero, m->a, false, "a's zero point", &m->a_side);
    if (!status)
        status = matmul8_read_side(node, m->b_zero, m->b, true, "b's zero point", &m->b_side);
    if (status)
        return status;
    if (m->batch.count > INT64_MAX / 64)
        return OP_FAIL(node, HINGE_LIMIT, "the batch is too large");
    if (merges && (m->a_side.step == 0 || m->a_side.batched))
        batch_merge(m->a, m->b, &m->batch);
    return HINGE_OK;
}

struct gemm_int8_operand matmul8_right(const hinge_tensor *b, int64_t columns, int64_t depth,
                                       bool turned)
{
    return (struct gemm_int8_operand){.is_b = true,
                                      .is_signed = b->type == HINGE_INT8,
                                      .x = b->data,
                                      .row_stride = turned ? depth : 1,
                                      .depth_stride = turned ? 1 : columns};
}

struct packing {
    const struct gemm_int8 *kernel;
    struct gemm_int8_operand right;
    int64_t columns, depth;
};

static void pack(void *argument, void *packed)
{
    const struct packing *p = argument;
    gemm_int8_pack_b(p->kernel, &p->right, p->columns, p->depth, packed);
}

hinge_status matmul8_init(struct hinge_node *node, unsigned index, bool turned)
{
    const hinge_tensor *b = node->inputs[index];
    const struct gemm_int8 *kernel = gemm_int8_choose(node->cpu_features);
    int64_t size;
    if (!b->data || b->rank != 2 || hinge_count(b) == 0)
        return HINGE_OK;
    const int64_t columns = b->dims[turned ? 0 : 1], depth = b->dims[turned ? 1 : 0];
    struct packing packing = {kernel, matmul8_right(b, columns, depth, turned), columns, depth};
    if (!gemm_int8_packed_size(kernel, columns, depth, &size))
        return OP_FAIL(node, HINGE_LIMIT, "B is too large");
    const void *packed = node->host->pack(node, (size_t)size, pack, &packing);
    if (!packed)
        return HINGE_NO_MEMORY;
    node->host->release(node, index, 0, hinge_size(b->type, hinge_count(b)));
    node->state = (void *)(uintptr_t)packed;
    return HINGE_OK;
}

static struct gemm_int8_points points_of(const hinge_tensor *zero, const struct matmul8_side *side)
{
    return (struct gemm_int8_points){zero ? zero->data : NULL, side->step, side->batched};
}

struct gemm_int8_call matmul8_call(const struct hinge_node *node, const struct matmul8 *m)
{
    return (struct gemm_int8_call){
        .node = node,
        .batch = m->batch.count,
        .rows = m->batch.rows,
        .columns = m->batch.columns,
        .depth = m->batch.depth,
        .a = {.is_signed = m->a->type == HINGE_INT8,
              .x = m->a->data,
              .row_stride = m->batch.depth,
              .depth_stride = 1},
        .b = matmul8_right(m->b, m->batch.columns, m->batch.depth, false),
        .a_points = points_of(m->a_zero, &m->a_side),
        .b_points = points_of(m->b_zero, &m->b_side),
        .packed_b = node->state,
    };
}

static void ignore(const void *argument, const int32_t *sums, int64_t step, int64_t row,
                   int64_t column, int64_t count)
{
    (void)argument, (void)sums, (void)step, (void)row, (void)column, (void)count;
}

size_t matmul8_scratch(const struct hinge_node *node, const struct matmul8 *m, bool finishes)
{
    struct gemm_int8_call call = matmul8_call(node, m);
    call.finish = finishes ? ignore : NULL;
    return batch_offsets_size(&m->batch) + gemm_int8_scratch(&call);
}

void matmul8_offsets(const struct matmul8 *m, struct gemm_int8_call *call, void *scratch)
{
    if (m->batch.count > 1) {
        int64_t *offsets = scratch;
        batch_set_offsets(call->node, &m->batch, offsets);
        call->a_offsets = offsets;
        call->b_offsets = offsets + m->batch.count;
    }
    call->scratch = (char *)scratch + batch_offsets_size(&m->batch);
}
