#include "operators/matrix/gemm_node.h"

#include "operators/kernels/activation/activation.h"
#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"
#include "operators/matrix/product.h"

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

hinge_status gemm_node_infer(const struct hinge_node *node)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    const int64_t dims[2] = {s.rows, s.columns};
    return op_set_output(node, 0, node->inputs[0]->type, 2, dims);
}

hinge_status gemm_node_init(struct hinge_node *node)
{
    const hinge_tensor *a = node->inputs[0], *b = node->inputs[1];
    const int trans_a = node->attributes[GEMM_TRANS_A].i != 0;
    const int trans_b = node->attributes[GEMM_TRANS_B].i != 0;
    const int64_t rows = a->rank == 2 ? a->dims[trans_a] : -1;
    if (!gemm_packs(node->cpu_features, b->type, rows >= 0 && rows <= GEMM_FEW_ROWS) || !b->data ||
        b->rank != 2 || hinge_count(b) == 0)
        return HINGE_OK;
    return product_pack(node, b->dims[!trans_b], b->dims[trans_b], trans_b);
}

static struct gemm_call call_of(const struct hinge_node *node, const struct sizes *s)
{
    return (struct gemm_call){
        .node = node,
        .type = node->inputs[0]->type,
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

hinge_status gemm_node_prepare(struct hinge_node *node, size_t *scratch)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    const struct gemm_call call = call_of(node, &s);
    *scratch = gemm_scratch(&call);
    return HINGE_OK;
}

struct finish {
    const struct hinge_node *node;
    const struct sizes *sizes;
    hinge_type type;
    const void *c; /* NULL where it is not read */
    float alpha, beta;
    const struct hinge_activation *own; /* NULL: none */
};

/* Rows are finished so many elements at a time where they have to be converted. */
enum { FINISH_COUNT = 128 };

/* Elements of C from (row, column) on; of halves as float, in buffer. */
static const void *read_c(const struct finish *f, int64_t row, int64_t column, int64_t count,
                          float *buffer)
{
    const int64_t at = row * f->sizes->c_row + column * f->sizes->c_column;
    const int64_t n = f->sizes->c_column ? count : 1;
    if (!half_is(f->type))
        return (const char *)f->c + hinge_size(f->type, at);
    half_load(f->type, buffer, (const uint16_t *)f->c + at, n);
    return buffer;
}

#define GEMM(name) name##_f32
#define GEMM_REAL float
#include "operators/matrix/gemm_tmpl.c"

#define GEMM(name) name##_f64
#define GEMM_REAL double
#include "operators/matrix/gemm_tmpl.c"

/* Of float, and halves, which have no epilogue. */
static void finish_row_float(const void *argument, void *y, int64_t index, int64_t row,
                             int64_t column, int64_t count)
{
    const struct finish *f = argument;
    finish_row_f32(argument, y, index, row, column, count);
    if (f->own)
        activation_f32(f->own, y, y, count);
    product_epilogue(f->node, y, index, count);
}

static void finish_row_double(const void *argument, void *y, int64_t index, int64_t row,
                              int64_t column, int64_t count)
{
    const struct finish *f = argument;
    finish_row_f64(argument, y, index, row, column, count);
    if (f->own)
        activation_f64(f->own, y, y, count);
}

static void finish_row_integer(const void *argument, void *y, int64_t index, int64_t row,
                               int64_t column, int64_t count)
{
    (void)index;
    const struct finish *f = argument;
    double sums[FINISH_COUNT], added[FINISH_COUNT] = {0};
    int64_t whole[FINISH_COUNT], whole_added[FINISH_COUNT] = {0};
    const bool exact = f->alpha == 1 && (!f->c || f->beta == 1);
    for (int64_t i = 0; i < count; i += FINISH_COUNT) {
        const int64_t n = count - i < FINISH_COUNT ? count - i : FINISH_COUNT;
        void *to = (char *)y + hinge_size(f->type, i);
        const void *c = f->c ? read_c(f, row, column + i, n, NULL) : NULL;
        const int64_t n_c = f->sizes->c_column ? n : 1;
        if (exact) {
            convert_to_int(f->type, whole, to, n);
            if (c)
                convert_to_int(f->type, whole_added, c, n_c);
            for (int64_t k = 0; k < n; k++)
                whole[k] = (int64_t)((uint64_t)whole[k] + (uint64_t)whole_added[k % n_c]);
            convert_from_int(f->type, false, to, whole, n);
        } else {
            convert_to_double(f->type, sums, to, n);
            if (c)
                convert_to_double(f->type, added, c, n_c);
            for (int64_t k = 0; k < n; k++)
                sums[k] = sums[k] * (double)f->alpha + added[k % n_c] * (double)f->beta;
            convert_from_double(f->type, to, sums, n);
        }
    }
}

static gemm_finish *finish_of(const struct hinge_node *node)
{
    switch (node->inputs[0]->type) {
    case HINGE_FLOAT:
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16: return finish_row_float;
    case HINGE_DOUBLE: return finish_row_double;
    default: return finish_row_integer;
    }
}

hinge_status gemm_node_run(const struct hinge_node *node, const struct hinge_activation *own)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    const hinge_tensor *c = op_input(node, 2);
    const float beta = node->attributes[GEMM_BETA].f;
    const struct finish finish = {.node = node,
                                  .sizes = &s,
                                  .type = node->inputs[0]->type,
                                  .c = c && beta != 0 ? c->data : NULL,
                                  .alpha = node->attributes[GEMM_ALPHA].f,
                                  .beta = beta,
                                  .own = own};
    struct gemm_call call = call_of(node, &s);
    call.finish = finish_of(node);
    call.finish_argument = &finish;
    gemm_run(&call);
    return HINGE_OK;
}
