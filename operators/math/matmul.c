/* MatMul-1, -9, -13: as numpy.matmul. A constant right operand that is one matrix is packed once,
 * and its original given up, unless there are so few rows that reading it is all the work. Input 2,
 * which no model has, is a bias of the columns that a pass has folded in. */
#include "operators/kernels/gemm_multiply.h"
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
    if (a->type != b->type)
        return OP_FAIL(node, HINGE_BAD_MODEL, "inputs have different types");
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

static hinge_status matmul_init(struct hinge_node *node)
{
    const hinge_tensor *b = node->inputs[1];
    struct sizes s;
    if (b->type != HINGE_FLOAT || !b->data || b->rank != 2)
        return HINGE_OK;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    merge_batch(node, &s);
    if (s.rows <= GEMM_FEW_ROWS || s.columns * s.depth == 0)
        return HINGE_OK;
    return product_pack(node, s.columns, s.depth, false);
}

static struct gemm_call call_of(const struct hinge_node *node, const struct sizes *s)
{
    return (struct gemm_call){
        .node = node,
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

static hinge_status matmul_scratch(const struct hinge_node *node, size_t *size)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status || node->inputs[0]->type != HINGE_FLOAT)
        return status;
    merge_batch(node, &s);
    if (s.batch > INT64_MAX / 64)
        return OP_FAIL(node, HINGE_LIMIT, "the batch is too large");
    const struct gemm_call call = call_of(node, &s);
    *size = offsets_size(&s) + gemm_scratch(&call);
    return HINGE_OK;
}

static const hinge_tensor *folded_bias(const struct hinge_node *node)
{
    return node->epilogue->addend == 2 ? NULL : op_input(node, 2);
}

static void finish_row(const void *argument, float *y, int64_t row, int64_t column, int64_t count)
{
    (void)row;
    const struct hinge_node *node = argument;
    const hinge_tensor *bias = folded_bias(node);
    if (bias) {
        const float *values = (const float *)bias->data + column;
        for (int64_t i = 0; i < count; i++)
            y[i] += values[i];
    }
    product_epilogue(node, y, count);
}

static hinge_status matmul_f32(const struct hinge_node *node)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    merge_batch(node, &s);
    struct gemm_call call = call_of(node, &s);
    if (s.batch > 1) {
        int64_t *a = node->scratch, *b = a + s.batch;
        for (int64_t i = 0; i < s.batch; i++)
            offsets_at(&s, i, &a[i], &b[i]);
        call.a_offsets = a;
        call.b_offsets = b;
    }
    call.scratch = (char *)node->scratch + offsets_size(&s);
    if (folded_bias(node) || node->epilogue->addend ||
        node->epilogue->activation.kind != HINGE_ACT_NONE) {
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

#define MATMUL_PLAIN(suffix, type, sum_type)                                                       \
    static hinge_status matmul_##suffix(const struct hinge_node *node)                             \
    {                                                                                              \
        struct sizes s;                                                                            \
        hinge_status status = read_sizes(node, &s);                                                \
        if (status)                                                                                \
            return status;                                                                         \
        type *y = node->outputs[0]->data;                                                          \
        for (int64_t n = 0; n < s.batch; n++) {                                                    \
            int64_t a_offset, b_offset;                                                            \
            offsets_at(&s, n, &a_offset, &b_offset);                                               \
            const type *a = (const type *)node->inputs[0]->data + a_offset;                        \
            const type *b = (const type *)node->inputs[1]->data + b_offset;                        \
            for (int64_t i = 0; i < s.rows; i++)                                                   \
                for (int64_t j = 0; j < s.columns; j++) {                                          \
                    sum_type sum = 0;                                                              \
                    for (int64_t k = 0; k < s.depth; k++)                                          \
                        sum += (sum_type)a[i * s.depth + k] * (sum_type)b[k * s.columns + j];      \
                    *y++ = (type)sum;                                                              \
                }                                                                                  \
        }                                                                                          \
        return HINGE_OK;                                                                           \
    }

MATMUL_PLAIN(f64, double, double)
MATMUL_PLAIN(i32, int32_t, uint32_t)
MATMUL_PLAIN(i64, int64_t, uint64_t)
MATMUL_PLAIN(u32, uint32_t, uint32_t)
MATMUL_PLAIN(u64, uint64_t, uint64_t)

const struct hinge_op op_matmul[] = {
    {.name = "MatMul",
     .since = 1,
     .inputs = {2, 2},
     .outputs = {1, 1},
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .linear = matmul_linear,
     .init = matmul_init,
     .infer = matmul_infer,
     .scratch = matmul_scratch,
     .kernels = {{HINGE_FLOAT, matmul_f32},
                 {HINGE_DOUBLE, matmul_f64},
                 {HINGE_INT32, matmul_i32},
                 {HINGE_INT64, matmul_i64},
                 {HINGE_UINT32, matmul_u32},
                 {HINGE_UINT64, matmul_u64}}},
    OP_END,
};
