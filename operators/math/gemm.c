/* Gemm-7, -9, -11, -13: Y = alpha A' B' + beta C. Constant weights are packed once, and their
 * original given up, unless there are so few rows that reading them is all the work. */
#include "operators/kernels/gemm_multiply.h"
#include "operators/math/product.h"

enum { GEMM_ALPHA, GEMM_BETA, GEMM_TRANS_A, GEMM_TRANS_B };

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = "beta", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = "transA", .type = HINGE_ATTR_INT},
    {.name = "transB", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

struct sizes {
    int64_t rows, columns, depth;
    bool trans_a, trans_b;
    int64_t c_row, c_column; /* strides of input C, 0 where it is broadcast */
};

static hinge_status read_sizes(const struct hinge_node *node, struct sizes *s)
{
    const hinge_tensor *a = node->inputs[0], *b = node->inputs[1], *c = op_input(node, 2);
    *s = (struct sizes){.trans_a = node->attributes[GEMM_TRANS_A].i != 0,
                        .trans_b = node->attributes[GEMM_TRANS_B].i != 0};
    if (a->rank != 2 || b->rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "inputs have ranks %d and %d, not 2", (int)a->rank,
                       (int)b->rank);
    s->rows = a->dims[s->trans_a ? 1 : 0];
    s->depth = a->dims[s->trans_a ? 0 : 1];
    s->columns = b->dims[s->trans_b ? 0 : 1];
    if (b->dims[s->trans_b ? 1 : 0] != s->depth)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld columns of A meet %lld rows of B",
                       (long long)s->depth, (long long)b->dims[s->trans_b ? 1 : 0]);
    if (b->type != a->type || (c && c->type != a->type))
        return OP_FAIL(node, HINGE_BAD_MODEL, "inputs have different types");
    if (!c)
        return HINGE_OK;
    const int64_t rows = c->rank > 1 ? c->dims[c->rank - 2] : 1;
    const int64_t columns = c->rank > 0 ? c->dims[c->rank - 1] : 1;
    if (c->rank > 2 || (rows != 1 && rows != s->rows) || (columns != 1 && columns != s->columns))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "C cannot be broadcast to %lld x %lld",
                       (long long)s->rows, (long long)s->columns);
    s->c_row = rows == 1 ? 0 : columns;
    s->c_column = columns == 1 ? 0 : 1;
    return HINGE_OK;
}

static hinge_status gemm_infer(const struct hinge_node *node)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    const int64_t dims[2] = {s.rows, s.columns};
    return op_set_output(node, 0, node->inputs[0]->type, 2, dims);
}

static bool gemm_linear(const struct hinge_node *node, struct hinge_linear *linear)
{
    const hinge_tensor *c = op_input(node, 2);
    const bool trans_b = node->attributes[GEMM_TRANS_B].i != 0;
    if (c && (c->rank != 1 || node->inputs[1]->rank != 2 ||
              c->dims[0] != node->inputs[1]->dims[trans_b ? 0 : 1]))
        return false;
    *linear = (struct hinge_linear){
        .weight = 1, .bias = 2, .weight_axis = trans_b ? 0 : 1, .axis = 1, .n_groups = 1};
    return node->attributes[GEMM_BETA].f == 1;
}

static hinge_status gemm_init(struct hinge_node *node)
{
    const hinge_tensor *b = node->inputs[1];
    struct sizes s;
    if (b->type != HINGE_FLOAT || !b->data)
        return HINGE_OK;
    hinge_status status = read_sizes(node, &s);
    if (status || s.rows <= GEMM_FEW_ROWS || s.columns * s.depth == 0)
        return status;
    return product_pack(node, s.columns, s.depth, s.trans_b);
}

static struct gemm_call call_of(const struct hinge_node *node, const struct sizes *s)
{
    return (struct gemm_call){
        .node = node,
        .batch = 1,
        .rows = s->rows,
        .columns = s->columns,
        .depth = s->depth,
        .a = node->inputs[0]->data,
        .a_row = s->trans_a ? 1 : s->depth,
        .a_depth = s->trans_a ? s->rows : 1,
        .b = node->state ? NULL : node->inputs[1]->data,
        .b_depth = s->trans_b ? 1 : s->columns,
        .b_column = s->trans_b ? s->depth : 1,
        .packed_b = node->state,
        .c = node->outputs[0]->data,
        .scratch = node->scratch,
    };
}

static hinge_status gemm_scratch_size(const struct hinge_node *node, size_t *size)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status || node->inputs[0]->type != HINGE_FLOAT)
        return status;
    const struct gemm_call call = call_of(node, &s);
    *size = gemm_scratch(&call);
    return HINGE_OK;
}

struct finish {
    const struct hinge_node *node;
    const struct sizes *sizes;
    const float *c;
    float alpha, beta;
};

static void finish_row(const void *argument, float *y, int64_t row, int64_t column, int64_t count)
{
    const struct finish *f = argument;
    if (f->alpha != 1)
        for (int64_t i = 0; i < count; i++)
            y[i] *= f->alpha;
    if (f->c && f->sizes->c_column) {
        const float *c = f->c + row * f->sizes->c_row + column;
        for (int64_t i = 0; i < count; i++)
            y[i] += f->beta * c[i];
    } else if (f->c) {
        const float c = f->beta * f->c[row * f->sizes->c_row];
        for (int64_t i = 0; i < count; i++)
            y[i] += c;
    }
    product_epilogue(f->node, y, count);
}

static hinge_status gemm_f32(const struct hinge_node *node)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    const hinge_tensor *c = op_input(node, 2);
    const struct finish finish = {node, &s, c ? c->data : NULL, node->attributes[GEMM_ALPHA].f,
                                  node->attributes[GEMM_BETA].f};
    struct gemm_call call = call_of(node, &s);
    call.finish = finish_row;
    call.finish_argument = &finish;
    gemm_run(&call);
    return HINGE_OK;
}

/* Other types: sum and factor in double for double, in the type's own (wrapping) arithmetic with
 * truncated factors for integers. */
#define GEMM_PLAIN(suffix, type, sum_type)                                                         \
    static hinge_status gemm_##suffix(const struct hinge_node *node)                               \
    {                                                                                              \
        struct sizes s;                                                                            \
        hinge_status status = read_sizes(node, &s);                                                \
        if (status)                                                                                \
            return status;                                                                         \
        const type *a = node->inputs[0]->data, *b = node->inputs[1]->data;                         \
        const hinge_tensor *t = op_input(node, 2);                                                 \
        const type *c = t ? t->data : NULL;                                                        \
        type *y = node->outputs[0]->data;                                                          \
        const sum_type alpha = (sum_type)node->attributes[GEMM_ALPHA].f;                           \
        const sum_type beta = (sum_type)node->attributes[GEMM_BETA].f;                             \
        for (int64_t i = 0; i < s.rows; i++)                                                       \
            for (int64_t j = 0; j < s.columns; j++) {                                              \
                sum_type sum = 0;                                                                  \
                for (int64_t k = 0; k < s.depth; k++)                                              \
                    sum += (sum_type)a[s.trans_a ? k * s.rows + i : i * s.depth + k] *             \
                           (sum_type)b[s.trans_b ? j * s.depth + k : k * s.columns + j];           \
                sum *= alpha;                                                                      \
                if (c)                                                                             \
                    sum += beta * (sum_type)c[i * s.c_row + j * s.c_column];                       \
                y[i * s.columns + j] = (type)sum;                                                  \
            }                                                                                      \
        return HINGE_OK;                                                                           \
    }

GEMM_PLAIN(f64, double, double)
GEMM_PLAIN(i32, int32_t, uint32_t)
GEMM_PLAIN(i64, int64_t, uint64_t)
GEMM_PLAIN(u32, uint32_t, uint32_t)
GEMM_PLAIN(u64, uint64_t, uint64_t)

#define GEMM(first, last, least)                                                                   \
    {                                                                                              \
        .name = "Gemm", .since = (first), .until = (last), .inputs = {(least), 3},                 \
        .outputs = {1, 1}, .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,         \
        .attributes = attributes, .init = gemm_init, .infer = gemm_infer,                          \
        .scratch = gemm_scratch_size, .linear = gemm_linear,                                       \
        .kernels = {{HINGE_FLOAT, gemm_f32}, {HINGE_DOUBLE, gemm_f64}, {HINGE_INT32, gemm_i32},    \
                    {HINGE_INT64, gemm_i64}, {HINGE_UINT32, gemm_u32}, {HINGE_UINT64, gemm_u64}},  \
    }

const struct hinge_op op_gemm[] = {GEMM(7, 10, 3), GEMM(11, 0, 2), OP_END};
