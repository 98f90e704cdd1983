#include "operators/matrix/matmul_node.h"

#include "operators/matrix/product.h"

static hinge_status read_batch(const struct hinge_node *node, const struct matmul_form *form,
                               struct batch *s)
{
    return batch_read_as(node, node->inputs[0], form->a, node->inputs[1], form->b, s);
}

hinge_status matmul_node_infer(const struct hinge_node *node, const struct matmul_form *form)
{
    struct batch s;
    hinge_status status = read_batch(node, form, &s);
    return status ? status : batch_set_output(node, node->inputs[0], node->inputs[1], &s);
}

static void merge_batch(const struct hinge_node *node, const struct matmul_form *form,
                        struct batch *s)
{
    if (!form->a.transposed && !form->a.batch_at_1)
        batch_merge(node->inputs[0], node->inputs[1], s);
}

/* Whether the model itself says that there are few rows, whatever shapes a run has. */
static bool has_few_rows(const hinge_tensor *a, const struct matmul_form *form)
{
    int64_t rows = 1;
    if (a->rank < 0)
        return false;
    const int32_t depth =
        form->a.transposed && a->rank > 1 ? (form->a.batch_at_1 ? 0 : a->rank - 2) : a->rank - 1;
    for (int32_t d = 0; d < a->rank; d++)
        if (d != depth && (a->dims[d] < 0 || __builtin_mul_overflow(rows, a->dims[d], &rows)))
            return false;
    return rows <= GEMM_FEW_ROWS;
}

hinge_status matmul_node_init(struct hinge_node *node, const struct matmul_form *form)
{
    const hinge_tensor *b = node->inputs[1];
    if (!gemm_packs(node->cpu_features, b->type, has_few_rows(node->inputs[0], form)) || !b->data ||
        b->rank != 2 || hinge_count(b) == 0)
        return HINGE_OK;
    const struct batch_operand o = batch_operand_of(b, true, form->b);
    return product_pack(node, o.columns, o.rows, form->b.transposed);
}

static struct gemm_call call_of(const struct hinge_node *node, const struct batch *s)
{
    return (struct gemm_call){
        .node = node,
        .type = node->inputs[0]->type,
        .batch = s->count,
        .rows = s->rows,
        .columns = s->columns,
        .depth = s->depth,
        .a = node->inputs[0]->data,
        .a_row = s->a.row_step,
        .a_depth = s->a.column_step,
        .b = node->state ? NULL : node->inputs[1]->data,
        .b_depth = s->b.row_step,
        .b_column = s->b.column_step,
        .packed_b = node->state,
        .c = node->outputs[0]->data,
    };
}

hinge_status matmul_node_prepare(struct hinge_node *node, const struct matmul_form *form,
                                 size_t *scratch)
{
    struct batch s;
    hinge_status status = read_batch(node, form, &s);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    merge_batch(node, form, &s);
    if (s.count > INT64_MAX / 64)
        return OP_FAIL(node, HINGE_LIMIT, "the batch is too large");
    const struct gemm_call call = call_of(node, &s);
    *scratch = batch_offsets_size(&s) + gemm_scratch(&call);
    return HINGE_OK;
}

static const hinge_tensor *folded_bias(const struct hinge_node *node)
{
    return node->epilogue->addend == 2 ? NULL : op_input(node, 2);
}

struct finish {
    const struct hinge_node *node;
    float alpha;
};

/* Also of halves, which are summed in float, and have no epilogue. */
static void finish_row_f32(const void *argument, void *row_at, int64_t index, int64_t row,
                           int64_t column, int64_t count)
{
    (void)row;
    const struct finish *f = argument;
    const hinge_tensor *bias = folded_bias(f->node);
    float *y = row_at;
    if (f->alpha != 1)
        for (int64_t i = 0; i < count; i++)
            y[i] *= f->alpha;
    if (bias) {
        const float *values = (const float *)bias->data + column;
        for (int64_t i = 0; i < count; i++)
            y[i] += values[i];
    }
    product_epilogue(f->node, y, index, count);
}

static void finish_row_f64(const void *argument, void *row_at, int64_t index, int64_t row,
                           int64_t column, int64_t count)
{
    (void)index;
    (void)row;
    (void)column;
    const struct finish *f = argument;
    double *y = row_at;
    for (int64_t i = 0; i < count; i++)
        y[i] *= (double)f->alpha;
}

hinge_status matmul_node_run(const struct hinge_node *node, const struct matmul_form *form)
{
    struct batch s;
    hinge_status status = read_batch(node, form, &s);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    merge_batch(node, form, &s);
    struct gemm_call call = call_of(node, &s);
    if (s.count > 1) {
        int64_t *offsets = node->scratch;
        batch_set_offsets(node, &s, offsets);
        call.a_offsets = offsets;
        call.b_offsets = offsets + s.count;
    }
    call.scratch = (char *)node->scratch + batch_offsets_size(&s);
    const struct finish finish = {node, form->alpha};
    if (form->alpha != 1 || folded_bias(node) || node->epilogue->addend ||
        node->epilogue->activation->kind != HINGE_ACT_NONE) {
        call.finish = call.type == HINGE_DOUBLE ? finish_row_f64 : finish_row_f32;
        call.finish_argument = &finish;
    }
    gemm_run(&call);
    return HINGE_OK;
}
