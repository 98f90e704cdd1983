/* FlexAttention-1 of ai.onnx.preview: attention whose scores and weights two graphs may change.
 * All scores are there at once, which is what the graphs work on; a sum is rounded to the inputs'
 * type once, and scores and weights are of softmax_precision, float for the halves where that is
 * left out. A query whose scores are all -Inf gives NaN. */
#include "operators/kernels/convert.h"
#include "operators/kernels/gemm/gemm_multiply.h"
#include "operators/kernels/half.h"
#include "operators/kernels/softmax.h"
#include "operators/op/body.h"
#include "operators/op/copy.h"

#include <math.h>

enum { PROB_MOD, SCALE, SCORE_MOD, SOFTMAX_PRECISION };
enum { Q, K, V };

enum { CHUNK = 128 };

static hinge_type precision_of(const struct hinge_node *node, hinge_type type)
{
    const struct hinge_attribute *given = &node->attributes[SOFTMAX_PRECISION];
    if (given->present)
        return (hinge_type)given->i;
    return type == HINGE_DOUBLE ? HINGE_DOUBLE : HINGE_FLOAT;
}

static hinge_status check_precision(const struct hinge_node *node)
{
    const struct hinge_attribute *given = &node->attributes[SOFTMAX_PRECISION];
    if (given->present && given->i != HINGE_FLOAT && given->i != HINGE_DOUBLE &&
        given->i != HINGE_FLOAT16 && given->i != HINGE_BFLOAT16)
        return OP_FAIL(node, HINGE_BAD_VALUE, "softmax_precision is %lld, no floating-point type",
                       (long long)given->i);
    return HINGE_OK;
}

static hinge_status graph_type(const struct hinge_node *node, unsigned attribute, const char *name,
                               hinge_type_code type)
{
    hinge_type_code out[OP_BODY_MAX];
    char text[2][OP_TEXT_SIZE];
    if (!node->attributes[attribute].present)
        return HINGE_OK;
    hinge_status status = op_body_types(node, attribute, name, &type, 1, out, 1);
    if (!status && out[0] && out[0] != type)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s makes %s of %s", name,
                       op_type_text(out[0], text[0]), op_type_text(type, text[1]));
    return status;
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const hinge_type_code type = (hinge_type_code)precision_of(node, (hinge_type)inputs[Q]);
    hinge_status status = check_precision(node);
    if (!status)
        status = graph_type(node, SCORE_MOD, "score_mod", type);
    if (!status)
        status = graph_type(node, PROB_MOD, "prob_mod", type);
    outputs[0] = inputs[Q];
    return status;
}

static hinge_status init(struct hinge_node *node)
{
    return check_precision(node);
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *q = node->inputs[Q], *k = node->inputs[K], *v = node->inputs[V];
    if (q->rank != 4 || k->rank != 4 || v->rank != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "Q, K and V have ranks %d, %d and %d, not 4",
                       (int)q->rank, (int)k->rank, (int)v->rank);
    if (k->dims[0] != q->dims[0] || v->dims[0] != q->dims[0] || v->dims[1] != k->dims[1] ||
        v->dims[2] != k->dims[2] || k->dims[3] != q->dims[3])
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "K is %lld x %lld x %lld x %lld, which does not fit Q or V",
                       (long long)k->dims[0], (long long)k->dims[1], (long long)k->dims[2],
                       (long long)k->dims[3]);
    if (k->dims[1] < 1 ? q->dims[1] > 0 : q->dims[1] % k->dims[1] != 0)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld heads of Q are no multiple of %lld of K",
                       (long long)q->dims[1], (long long)k->dims[1]);
    const int64_t dims[4] = {q->dims[0], q->dims[1], q->dims[2], v->dims[3]};
    return op_set_dims(node, 0, 4, dims);
}

/* The parts of the scratch memory, in bytes from its beginning. */
struct plan {
    hinge_type type, precision;
    hinge_tensor scores; /* without data */
    int64_t batch;       /* of products: each head of a query */
    size_t product, weights, values, result, offsets, body, gemm, size;
};

static size_t rounded(hinge_type type, int64_t count)
{
    return op_round_up(hinge_size(type, count));
}

static struct gemm_call call_of(const struct hinge_node *node, const struct plan *p, bool of_values)
{
    const hinge_tensor *q = node->inputs[Q], *v = node->inputs[V];
    const int64_t keys = v->dims[2];
    struct gemm_call call = {.node = node,
                             .type = of_values ? p->precision : p->type,
                             .batch = p->batch,
                             .rows = q->dims[2],
                             .columns = of_values ? v->dims[3] : keys,
                             .depth = of_values ? keys : q->dims[3],
                             .a_depth = 1};
    call.a_row = call.depth;
    call.b_depth = of_values ? call.columns : 1;
    call.b_column = of_values ? 1 : call.depth;
    return call;
}

static hinge_status make_plan(const struct hinge_node *node, struct plan *p)
{
    const hinge_tensor *q = node->inputs[Q], *v = node->inputs[V];
    *p = (struct plan){.type = q->type, .precision = precision_of(node, q->type)};
    p->scores = (hinge_tensor){
        .type = p->precision, .rank = 4, .dims = {q->dims[0], q->dims[1], q->dims[2], v->dims[2]}};
    int64_t count = 1;
    for (int d = 0; d < 4; d++)
        if (!op_multiply(count, p->scores.dims[d], &count) || count > INT64_MAX / 256)
            return OP_FAIL(node, HINGE_LIMIT, "there are too many scores");
    const bool same = p->type == p->precision;
    p->batch = q->dims[0] * q->dims[1];
    p->weights = same ? 0 : rounded(p->type, count);
    p->values = p->weights + rounded(p->precision, count);
    p->result = p->values + (same ? 0 : rounded(p->precision, hinge_count(v)));
    p->offsets = p->result + (same ? 0 : rounded(p->precision, hinge_count(node->outputs[0])));
    p->body = p->offsets + op_round_up((size_t)p->batch * 2 * sizeof(int64_t));
    size_t body = 0;
    for (unsigned i = PROB_MOD; i <= SCORE_MOD; i += SCORE_MOD - PROB_MOD)
        if (node->attributes[i].present)
            body += op_body_size(node, i);
    p->gemm = p->body + body;
    const struct gemm_call first = call_of(node, p, false), second = call_of(node, p, true);
    const size_t of_scores = gemm_scratch(&first), of_values = gemm_scratch(&second);
    p->size = p->gemm + (of_scores > of_values ? of_scores : of_values);
    return HINGE_OK;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct plan p;
    if (hinge_count(node->outputs[0]) == 0)
        return HINGE_OK;
    hinge_status status = make_plan(node, &p);
    *scratch = status ? 0 : p.size;
    return status;
}

struct conversion {
    hinge_type from_type, to_type;
    const char *from;
    char *to;
};

static void convert_piece(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct conversion *c = argument;
    double numbers[CHUNK];
    (void)thread;
    for (int64_t i = begin; i < end; i += CHUNK) {
        const int64_t n = min_i64(CHUNK, end - i);
        convert_to_double(c->from_type, numbers, c->from + hinge_size(c->from_type, i), n);
        convert_from_double(c->to_type, c->to + hinge_size(c->to_type, i), numbers, n);
    }
}

static void convert(const struct hinge_node *node, hinge_type from_type, const void *from,
                    hinge_type to_type, void *to, int64_t count)
{
    struct conversion c = {from_type, to_type, from, to};
    node->host->parallel(node, count, 8192, convert_piece, &c);
}

static void finish_scores(const void *argument, void *c, int64_t index, int64_t row, int64_t column,
                          int64_t count)
{
    const struct hinge_node *node = argument;
    const struct hinge_attribute *given = &node->attributes[SCALE];
    const double scale =
        given->present ? (double)given->f : 1 / sqrt((double)node->inputs[Q]->dims[3]);
    (void)index;
    (void)row;
    (void)column;
    if (node->inputs[Q]->type == HINGE_DOUBLE)
        for (int64_t i = 0; i < count; i++)
            ((double *)c)[i] *= scale;
    else
        for (int64_t i = 0; i < count; i++)
            ((float *)c)[i] *= (float)scale;
}

struct rows {
    hinge_type type;
    int64_t width;
    char *to;
    const char *from;
};

/* A row of halves; both may be the same. */
static void softmax_halves(hinge_type type, const uint16_t *from, int64_t count, uint16_t *to)
{
    float row[CHUNK], most = -INFINITY;
    double sum = 0;
    for (int pass = 0; pass < 3; pass++)
        for (int64_t i = 0; i < count; i += CHUNK) {
            const int64_t n = min_i64(CHUNK, count - i);
            half_load(type, row, from + i, n);
            for (int64_t k = 0; k < n; k++) {
                if (pass == 0)
                    most = row[k] > most || isnan(row[k]) ? row[k] : most;
                else if (pass == 1)
                    sum += exp((double)row[k] - (double)most);
                else
                    row[k] = (float)(exp((double)row[k] - (double)most) / sum);
            }
            if (pass == 2)
                half_store(type, to + i, row, n);
        }
}

static void softmax_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct rows *r = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        const void *from = r->from + hinge_size(r->type, i * r->width);
        void *to = r->to + hinge_size(r->type, i * r->width);
        if (r->type == HINGE_DOUBLE)
            softmax_column_f64(to, from, r->width, 1, false);
        else if (r->type == HINGE_FLOAT)
            softmax_row_f32(to, from, r->width, false);
        else
            softmax_halves(r->type, from, r->width, to);
    }
}

/* Where the matrices of each product begin: those of a, and those of K or V, of b_count elements,
 * which some of Q's heads share. */
static void set_offsets(const struct hinge_node *node, const struct plan *p, struct gemm_call *call,
                        int64_t b_count)
{
    int64_t *a = (int64_t *)(void *)((char *)node->scratch + p->offsets), *b = a + p->batch;
    const int64_t heads = node->inputs[Q]->dims[1], of_k = node->inputs[K]->dims[1];
    for (int64_t i = 0; i < p->batch; i++) {
        a[i] = i * call->rows * call->depth;
        b[i] = (i / heads * of_k + i % heads / (heads / of_k)) * b_count;
    }
    call->a_offsets = a;
    call->b_offsets = b;
    call->scratch = (char *)node->scratch + p->gemm;
}

/* x becomes what the graph makes of it, where there is one; memory is for the call. */
static hinge_status modify(const struct hinge_node *node, unsigned attribute, const char *name,
                           hinge_tensor *x, char *memory)
{
    struct op_body body;
    char text[2][OP_TEXT_SIZE];
    if (!node->attributes[attribute].present)
        return HINGE_OK;
    op_body_open(&body, node, attribute, memory);
    body.inputs[0] = x;
    hinge_status status = op_body_call(node, &body, 0);
    if (status)
        return status;
    if (body.outputs[0].type != x->type || !op_same_dims(&body.outputs[0], x))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s makes %s of the shape %s", name,
                       op_dims_text(&body.outputs[0], text[0]), op_dims_text(x, text[1]));
    *x = body.outputs[0];
    return HINGE_OK;
}

/* Scores of all queries into the memory of weights. */
static void multiply_keys(const struct hinge_node *node, const struct plan *p)
{
    const hinge_tensor *k = node->inputs[K];
    char *product = (char *)node->scratch + p->product, *to = (char *)node->scratch + p->weights;
    struct gemm_call call = call_of(node, p, false);
    call.a = node->inputs[Q]->data;
    call.b = k->data;
    call.c = product;
    call.finish = finish_scores;
    call.finish_argument = node;
    set_offsets(node, p, &call, k->dims[2] * k->dims[3]);
    gemm_run(&call);
    if (p->type != p->precision)
        convert(node, p->type, product, p->precision, to, hinge_count(&p->scores));
}

static void multiply_values(const struct hinge_node *node, const struct plan *p,
                            const hinge_tensor *weights)
{
    const hinge_tensor *v = node->inputs[V];
    hinge_tensor *y = node->outputs[0];
    const bool same = p->type == p->precision;
    char *values = (char *)node->scratch + p->values, *result = (char *)node->scratch + p->result;
    struct gemm_call call = call_of(node, p, true);
    if (!same)
        convert(node, p->type, v->data, p->precision, values, hinge_count(v));
    call.a = weights->data;
    call.b = same ? v->data : values;
    call.c = same ? y->data : result;
    set_offsets(node, p, &call, v->dims[2] * v->dims[3]);
    gemm_run(&call);
    if (!same)
        convert(node, p->precision, result, p->type, y->data, hinge_count(y));
}

static hinge_status run(const struct hinge_node *node)
{
    struct plan p;
    if (hinge_count(node->outputs[0]) == 0)
        return HINGE_OK;
    hinge_status status = make_plan(node, &p);
    if (status)
        return status;
    char *weights = (char *)node->scratch + p.weights, *body = (char *)node->scratch + p.body;
    hinge_tensor x = p.scores;
    x.data = weights;
    multiply_keys(node, &p);
    status = modify(node, SCORE_MOD, "score_mod", &x, body);
    if (status)
        return status;
    if (node->attributes[SCORE_MOD].present)
        body += op_body_size(node, SCORE_MOD);
    struct rows rows = {p.precision, x.dims[3], weights, x.data};
    node->host->parallel(node, p.batch * x.dims[2], op_grain(4096, rows.width), softmax_rows,
                         &rows);
    x.data = weights;
    status = modify(node, PROB_MOD, "prob_mod", &x, body);
    if (!status)
        multiply_values(node, &p, &x);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [PROB_MOD] = {.name = "prob_mod", .type = HINGE_ATTR_GRAPH},
    [SCALE] = {.name = "scale", .type = HINGE_ATTR_FLOAT},
    [SCORE_MOD] = {.name = "score_mod", .type = HINGE_ATTR_GRAPH},
    [SOFTMAX_PRECISION] = {.name = "softmax_precision", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

const struct hinge_op op_flexattention[] = {
    {.name = "FlexAttention",
     .domain = "ai.onnx.preview",
     .since = 1,
     .until = 1,
     .signature = "(Q: T1, K: T1, V: T1) -> (Y: T1); T1: " OP_TYPES_FLOAT,
     .attributes = attributes,
     .types = types,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
