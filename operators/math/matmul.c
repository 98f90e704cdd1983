/* MatMul-1, -9, -13: as numpy.matmul. A constant right operand of float32 or float64 that is one
 * matrix is packed once, and its original given up, unless the model fixes the rows to so few that
 * reading it is all the work; halves, which would take more memory as float, are packed in every
 * run. Input 2, which no model has, is a bias of the columns that a pass has folded in. */
#include "operators/math/product.h"

#include <string.h>

/* A batch of matrix products, operands that are vectors made matrices. */
struct sizes {
    int32_t batch_rank;
    int64_t batch_dims[HINGE_MAX_RANK];
    int64_t batch, rows, columns, depth;
    int64_t a_step[HINGE_MAX_RANK], b_step[HINGE_MAX_RANK]; /* elements; 0 where broadcast */
};

/* The batch axes of an operand, right-aligned: their strides in elements. */
static void batch_steps(const hinge_tensor *t, const struct sizes *s, int64_t matrix, int64_t *step)
{
    const int32_t own = t->rank > 2 ? t->rank - 2 : 0;
    int64_t stride = matrix;
    for (int32_t i = s->batch_rank; i-- > 0;) {
        const int32_t axis = own - s->batch_rank + i;
        const int64_t extent = axis < 0 ? 1 : t->dims[axis];
        step[i] = extent == 1 ? 0 : stride;
        stride *= extent;
    }
}

static hinge_status broadcast_batch(const struct hinge_node *node, struct sizes *s)
{
    const hinge_tensor *operands[2] = {node->inputs[0], node->inputs[1]};
    for (int t = 0; t < 2; t++)
        if (operands[t]->rank - 2 > s->batch_rank)
            s->batch_rank = operands[t]->rank - 2;
    for (int32_t i = 0; i < s->batch_rank; i++) {
        s->batch_dims[i] = 1;
        for (int t = 0; t < 2; t++) {
            const int32_t axis = operands[t]->rank - 2 - s->batch_rank + i;
            const int64_t extent = axis < 0 ? 1 : operands[t]->dims[axis];
            if (extent != 1 && s->batch_dims[i] != 1 && extent != s->batch_dims[i])
                return OP_FAIL(node, HINGE_BAD_SHAPE, "batches of %lld and %lld do not broadcast",
                               (long long)s->batch_dims[i], (long long)extent);
            if (extent != 1)
                s->batch_dims[i] = extent;
        }
        if (__builtin_mul_overflow(s->batch, s->batch_dims[i], &s->batch))
            return OP_FAIL(node, HINGE_LIMIT, "the batch is too large");
    }
    return HINGE_OK;
}

static hinge_status read_sizes(const struct hinge_node *node, struct sizes *s)
{
    const hinge_tensor *a = node->inputs[0], *b = node->inputs[1];
    *s = (struct sizes){.batch = 1};
    if (a->rank < 1 || b->rank < 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "an input is a scalar");
    s->rows = a->rank > 1 ? a->dims[a->rank - 2] : 1;
    s->depth = a->dims[a->rank - 1];
    s->columns = b->rank > 1 ? b->dims[b->rank - 1] : 1;
    const int64_t b_rows = b->dims[b->rank > 1 ? b->rank - 2 : 0];
    if (b_rows != s->depth)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld columns of A meet %lld rows of B",
                       (long long)s->depth, (long long)b_rows);
    hinge_status status = broadcast_batch(node, s);
    if (status)
        return status;
    batch_steps(a, s, s->rows * s->depth, s->a_step);
    batch_steps(b, s, s->depth * s->columns, s->b_step);
    return HINGE_OK;
}

/* Where the matrices of step i of the batch begin. */
static void offsets_at(const struct sizes *s, int64_t i, int64_t *a, int64_t *b)
{
    *a = *b = 0;
    for (int32_t d = s->batch_rank; d-- > 0;) {
        const int64_t at = i % s->batch_dims[d];
        i /= s->batch_dims[d];
        *a += at * s->a_step[d];
        *b += at * s->b_step[d];
    }
}

static hinge_status matmul_infer(const struct hinge_node *node)
{
    const hinge_tensor *a = node->inputs[0], *b = node->inputs[1];
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    int64_t dims[HINGE_MAX_RANK];
    int32_t rank = s.batch_rank;
    memcpy(dims, s.batch_dims, sizeof dims);
    if (a->rank > 1)
        dims[rank++] = s.rows;
    if (b->rank > 1)
        dims[rank++] = s.columns;
    return op_set_output(node, 0, a->type, rank, dims);
}

/* One matrix on the right: the batch of the left is more rows. */
static void merge_batch(const struct hinge_node *node, struct sizes *s)
{
    if (node->inputs[1]->rank > 2 || node->inputs[0]->rank < 2)
        return;
    s->rows *= s->batch;
    s->batch = 1;
    s->batch_rank = 0;
}

/* Whether the model itself says that there are few rows, whatever shapes a run has. */
static bool has_few_rows(const hinge_tensor *a)
{
    int64_t rows = 1;
    if (a->rank < 0)
        return false;
    for (int32_t d = 0; d < a->rank - 1; d++)
        if (a->dims[d] < 0 || __builtin_mul_overflow(rows, a->dims[d], &rows))
            return false;
    return rows <= GEMM_FEW_ROWS;
}

static hinge_status matmul_init(struct hinge_node *node)
{
    const hinge_tensor *b = node->inputs[1];
    if (!gemm_packs(b->type) || !b->data || b->rank != 2 || hinge_count(b) == 0 ||
        has_few_rows(node->inputs[0]))
        return HINGE_OK;
    return product_pack(node, b->dims[1], b->dims[0], false);
}

static struct gemm_call call_of(const struct hinge_node *node, const struct sizes *s)
{
    return (struct gemm_call){
        .node = node,
        .type = node->inputs[0]->type,
        .batch = s->batch,
        .rows = s->rows,
        .columns = s->columns,
        .depth = s->depth,
        .a = node->inputs[0]->data,
        .a_row = s->depth,
        .a_depth = 1,
        .b = node->state ? NULL : node->inputs[1]->data,
        .b_depth = s->columns,
        .b_column = 1,
        .packed_b = node->state,
        .c = node->outputs[0]->data,
    };
}

static size_t offsets_size(const struct sizes *s)
{
    return s->batch > 1 ? ((size_t)s->batch * 2 * sizeof(int64_t) + 63) / 64 * 64 : 0;
}

static hinge_status matmul_prepare(struct hinge_node *node, size_t *scratch)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    merge_batch(node, &s);
    if (s.batch > INT64_MAX / 64)
        return OP_FAIL(node, HINGE_LIMIT, "the batch is too large");
    const struct gemm_call call = call_of(node, &s);
    *scratch = offsets_size(&s) + gemm_scratch(&call);
    return HINGE_OK;
}

static const hinge_tensor *folded_bias(const struct hinge_node *node)
{
    return node->epilogue->addend == 2 ? NULL : op_input(node, 2);
}

static void finish_row(const void *argument, void *row_at, int64_t index, int64_t row,
                       int64_t column, int64_t count)
{
    (void)row;
    const struct hinge_node *node = argument;
    const hinge_tensor *bias = folded_bias(node);
    float *y = row_at;
    if (bias) {
        const float *values = (const float *)bias->data + column;
        for (int64_t i = 0; i < count; i++)
            y[i] += values[i];
    }
    product_epilogue(node, y, index, count);
}

struct batch {
    const struct sizes *sizes;
    int64_t *a, *b;
};

static void set_offsets(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct batch *batch = argument;
    for (int64_t i = begin; i < end; i++)
        offsets_at(batch->sizes, i, &batch->a[i], &batch->b[i]);
}

static hinge_status matmul_run(const struct hinge_node *node)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    merge_batch(node, &s);
    struct gemm_call call = call_of(node, &s);
    if (s.batch > 1) {
        struct batch batch = {&s, node->scratch, (int64_t *)node->scratch + s.batch};
        node->host->parallel(node, s.batch, 4096, set_offsets, &batch);
        call.a_offsets = batch.a;
        call.b_offsets = batch.b;
    }
    call.scratch = (char *)node->scratch + offsets_size(&s);
    if (folded_bias(node) || node->epilogue->addend ||
        node->epilogue->activation->kind != HINGE_ACT_NONE) {
        call.finish = finish_row;
        call.finish_argument = node;
    }
    gemm_run(&call);
    return HINGE_OK;
}

static bool matmul_linear(const struct hinge_node *node, struct hinge_linear *linear)
{
    *linear =
        (struct hinge_linear){.weight = 1, .bias = 2, .weight_axis = 1, .axis = -1, .n_groups = 1};
    return node->inputs[1]->rank == 2;
}

const struct hinge_op op_matmul[] = {
    {.name = "MatMul",
     .since = 1,
     .signature = "(A: T, B: T) -> (Y: T); T: " OP_TYPES_WIDE,
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .linear = matmul_linear,
     .init = matmul_init,
     .infer = matmul_infer,
     .prepare = matmul_prepare,
     .kernels = HINGE_KERNELS(OP_FLOATING(matmul_run), {HINGE_INT32, matmul_run},
                              {HINGE_INT64, matmul_run}, {HINGE_UINT32, matmul_run},
                              {HINGE_UINT64, matmul_run})},
    OP_END,
};
