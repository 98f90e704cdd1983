/* Attention-23, -24, -25. Computed in float64 for queries of that type, otherwise in float32, the
 * softmax in float64 too where softmax_precision says so; lower precisions are not imitated. A key
 * that mask, causality, window or length take from a query has no weight whatever its score or
 * value. A query without keys gives zeros, as the errata of versions 23 and 24 have it. Until
 * version 23 the last dimension of a mask broadcasts; from 24 on a shorter one is continued with
 * masked keys. */
#include "operators/attention/attention.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"
#include "operators/op/index.h"

#include <math.h>

enum {
    IS_CAUSAL,
    KV_NUM_HEADS,
    Q_NUM_HEADS,
    QK_MATMUL_OUTPUT_MODE,
    SCALE,
    SOFTCAP,
    SOFTMAX_PRECISION,
    LEFT_WINDOW_SIZE, /* these two from 25 on */
    RIGHT_WINDOW_SIZE
};
enum { Q, K, V, ATTN_MASK, PAST_KEY, PAST_VALUE, NONPAD_KV_SEQLEN };
enum { Y, PRESENT_KEY, PRESENT_VALUE, QK_MATMUL_OUTPUT };

struct sizes {
    int64_t batch, q_heads, kv_heads, q_length, new_length, past_length, kv_length;
    int64_t head_size, v_head_size;
};

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    const int64_t precision = a[SOFTMAX_PRECISION].i, mode = a[QK_MATMUL_OUTPUT_MODE].i;
    if (mode < 0 || mode > 3)
        return OP_FAIL(node, HINGE_BAD_VALUE, "qk_matmul_output_mode is %lld", (long long)mode);
    if (a[SOFTMAX_PRECISION].present && precision != HINGE_FLOAT && precision != HINGE_DOUBLE &&
        precision != HINGE_FLOAT16 && precision != HINGE_BFLOAT16)
        return OP_FAIL(node, HINGE_BAD_VALUE, "softmax_precision is %lld, no floating-point type",
                       (long long)precision);
    for (unsigned i = LEFT_WINDOW_SIZE; node->opset >= 25 && i <= RIGHT_WINDOW_SIZE; i++)
        if (a[i].i < -1)
            return OP_FAIL(node, HINGE_BAD_VALUE, "%s_window_size is %lld",
                           i == LEFT_WINDOW_SIZE ? "left" : "right", (long long)a[i].i);
    return HINGE_OK;
}

/* Batch, heads, length and size of a head of Q, K or V. */
static hinge_status read_dims(const struct hinge_node *node, unsigned input, int64_t dims[4])
{
    static const char *const names[] = {"Q", "K", "V"};
    const hinge_tensor *x = node->inputs[input];
    const struct hinge_attribute *given =
        &node->attributes[input == Q ? Q_NUM_HEADS : KV_NUM_HEADS];
    if ((x->rank != 3 && x->rank != 4) || x->rank != node->inputs[Q]->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s has rank %d, not 3 or 4 as all have",
                       names[input], (int)x->rank);
    if (x->rank == 4) {
        if (given->present && (node->opset >= 25 || given->i != x->dims[1]))
            return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %lld heads, the attribute says %lld",
                           names[input], (long long)x->dims[1], (long long)given->i);
        memcpy(dims, x->dims, 4 * sizeof *dims);
        return HINGE_OK;
    }
    if (given->i < 1 || x->dims[2] % given->i)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s has %lld elements for %lld heads", names[input],
                       (long long)x->dims[2], (long long)given->i);
    dims[0] = x->dims[0];
    dims[1] = given->i;
    dims[2] = x->dims[1];
    dims[3] = x->dims[2] / given->i;
    return HINGE_OK;
}

static hinge_status check_past(const struct hinge_node *node, struct sizes *s)
{
    const hinge_tensor *key = op_input(node, PAST_KEY), *value = op_input(node, PAST_VALUE);
    if (!key != !value)
        return OP_FAIL(node, HINGE_BAD_MODEL, "past_key and past_value come together only");
    if (!key)
        return HINGE_OK;
    if (op_input(node, NONPAD_KV_SEQLEN))
        return OP_FAIL(node, HINGE_BAD_MODEL, "nonpad_kv_seqlen does not go with past_key");
    for (unsigned i = 0; i < 2; i++) {
        const hinge_tensor *x = i ? value : key;
        if (x->rank != 4 || x->dims[0] != s->batch || x->dims[1] != s->kv_heads ||
            x->dims[2] != key->dims[2] || x->dims[3] != (i ? s->v_head_size : s->head_size))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "past_%s is not %lld x %lld x … x %lld",
                           i ? "value" : "key", (long long)s->batch, (long long)s->kv_heads,
                           (long long)(i ? s->v_head_size : s->head_size));
    }
    s->past_length = key->dims[2];
    return HINGE_OK;
}

/* Whether the mask broadcasts to the scores, its strides, and how many keys it has. */
static hinge_status read_mask(const struct hinge_node *node, const struct sizes *s,
                              int64_t strides[4], int64_t *length)
{
    const hinge_tensor *mask = op_input(node, ATTN_MASK);
    const int64_t wanted[4] = {s->batch, s->q_heads, s->q_length, s->kv_length};
    int64_t stride = 1;
    *length = s->kv_length;
    if (!mask)
        return HINGE_OK;
    if (mask->rank > 4 || mask->rank < 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "attn_mask has rank %d", (int)mask->rank);
    for (int d = 3; d >= 0; d--) {
        const int32_t own = mask->rank - 4 + d;
        const int64_t extent = own < 0 ? 1 : mask->dims[own];
        const bool shorter = d == 3 && node->opset >= 24 && extent < wanted[d];
        if (extent != 1 && extent != wanted[d] && !shorter)
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "attn_mask has %lld for %lld at axis %d of the scores",
                           (long long)extent, (long long)wanted[d], d);
        strides[d] = extent == 1 && !shorter ? 0 : stride;
        stride *= extent;
        if (shorter)
            *length = extent;
    }
    return HINGE_OK;
}

static hinge_status read_sizes(const struct hinge_node *node, struct sizes *s)
{
    const hinge_tensor *lengths = op_input(node, NONPAD_KV_SEQLEN);
    int64_t q[4], k[4], v[4], strides[4], length, count;
    hinge_status status = read_dims(node, Q, q);
    if (!status)
        status = read_dims(node, K, k);
    if (!status)
        status = read_dims(node, V, v);
    if (status)
        return status;
    *s = (struct sizes){.batch = q[0],
                        .q_heads = q[1],
                        .kv_heads = k[1],
                        .q_length = q[2],
                        .new_length = k[2],
                        .head_size = q[3],
                        .v_head_size = v[3]};
    if (k[0] != q[0] || v[0] != q[0] || v[1] != k[1] || v[2] != k[2] || k[3] != q[3])
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "batch, heads, length and head size of K (%lld, %lld, %lld, %lld) fit V "
                       "(%lld, %lld, %lld) or Q (%lld, …, %lld) not",
                       (long long)k[0], (long long)k[1], (long long)k[2], (long long)k[3],
                       (long long)v[0], (long long)v[1], (long long)v[2], (long long)q[0],
                       (long long)q[3]);
    if (k[1] < 1 ? q[1] > 0 : q[1] % k[1] != 0)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld heads of Q are no multiple of %lld of K",
                       (long long)q[1], (long long)k[1]);
    status = check_past(node, s);
    if (status)
        return status;
    if (__builtin_add_overflow(s->past_length, s->new_length, &s->kv_length) ||
        !op_multiply(s->batch, s->q_heads, &count) || !op_multiply(count, s->q_length, &count) ||
        !op_multiply(count, s->kv_length, &count) || count > INT64_MAX / 64)
        return OP_FAIL(node, HINGE_LIMIT, "there are too many scores");
    if (lengths && (lengths->rank != 1 || lengths->dims[0] != s->batch))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "nonpad_kv_seqlen is not of %lld values",
                       (long long)s->batch);
    return read_mask(node, s, strides, &length);
}

static hinge_status infer(const struct hinge_node *node)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    const int64_t y[4] = {s.batch, s.q_heads, s.q_length, s.v_head_size};
    const int64_t y_3[3] = {s.batch, s.q_length, s.q_heads * s.v_head_size};
    const int64_t key[4] = {s.batch, s.kv_heads, s.kv_length, s.head_size};
    const int64_t value[4] = {s.batch, s.kv_heads, s.kv_length, s.v_head_size};
    const int64_t scores[4] = {s.batch, s.q_heads, s.q_length, s.kv_length};
    const bool flat = node->inputs[Q]->rank == 3;
    status = op_set_dims(node, Y, flat ? 3 : 4, flat ? y_3 : y);
    if (!status)
        status = op_set_dims(node, PRESENT_KEY, 4, key);
    if (!status)
        status = op_set_dims(node, PRESENT_VALUE, 4, value);
    return status ? status : op_set_dims(node, QK_MATMUL_OUTPUT, 4, scores);
}

static struct attention_matrix matrix_of(const hinge_tensor *x, int64_t heads, int64_t length,
                                         int64_t size)
{
    const bool flat = x->rank == 3;
    return (struct attention_matrix){.type = x->type,
                                     .data = x->data,
                                     .batch = heads * length * size,
                                     .head = flat ? size : length * size,
                                     .row = flat ? heads * size : size};
}

/* Past and new keys or values in one piece: the output that is to have them, or memory at at. */
struct joined {
    unsigned past, added, output;
    int64_t size;
};

static struct joined keys_of(const struct sizes *s)
{
    return (struct joined){PAST_KEY, K, PRESENT_KEY, s->head_size};
}

static struct joined values_of(const struct sizes *s)
{
    return (struct joined){PAST_VALUE, V, PRESENT_VALUE, s->v_head_size};
}

/* Bytes of scratch where they are to be joined but nobody wants them as output. */
static size_t joined_size(const struct hinge_node *node, const struct sizes *s,
                          const struct joined *j)
{
    if (op_output(node, j->output) || !op_input(node, j->past))
        return 0;
    const int64_t count = s->batch * s->kv_heads * s->kv_length * j->size;
    return (hinge_size(node->inputs[j->added]->type, count) + 63) / 64 * 64;
}

/* Copies a part of length rows of each head to row first of the heads of to. */
static void copy_rows(const struct hinge_node *node, const struct sizes *s, const hinge_tensor *x,
                      int64_t length, int64_t size, char *to, int64_t first)
{
    const struct attention_matrix m = matrix_of(x, s->kv_heads, length, size);
    const int64_t bytes = (int64_t)hinge_size(x->type, 1), head = s->kv_length * size;
    struct copy copy = {.rank = 4,
                        .size = (size_t)bytes,
                        .dims = {s->batch, s->kv_heads, length, size},
                        .to = {s->kv_heads * head * bytes, head * bytes, size * bytes, bytes},
                        .from = {m.batch * bytes, m.head * bytes, m.row * bytes, bytes}};
    if (hinge_count(x) > 0)
        op_copy(node, &copy, to + first * size * bytes, x->data);
}

static struct attention_matrix join(const struct hinge_node *node, const struct sizes *s,
                                    const struct joined *j, char *memory)
{
    const hinge_tensor *past = op_input(node, j->past), *added = node->inputs[j->added];
    const hinge_tensor *y = op_output(node, j->output);
    if (!past && !y)
        return matrix_of(added, s->kv_heads, s->new_length, j->size);
    char *to = y ? y->data : memory;
    if (past)
        copy_rows(node, s, past, s->past_length, j->size, to, 0);
    copy_rows(node, s, added, s->new_length, j->size, to, s->past_length);
    return (struct attention_matrix){.type = added->type,
                                     .data = to,
                                     .batch = s->kv_heads * s->kv_length * j->size,
                                     .head = s->kv_length * j->size,
                                     .row = j->size};
}

/* All but the data of keys and values. */
static hinge_status describe(const struct hinge_node *node, const struct sizes *s,
                             struct attention *a)
{
    const struct hinge_attribute *attributes = node->attributes;
    const hinge_tensor *captured = op_output(node, QK_MATMUL_OUTPUT);
    const bool windows = node->opset >= 25, causal = attributes[IS_CAUSAL].i != 0;
    *a = (struct attention){
        .node = node,
        .n_batch = s->batch,
        .n_kv_heads = s->kv_heads,
        .group = s->q_heads / s->kv_heads,
        .q_length = s->q_length,
        .kv_length = s->kv_length,
        .head_size = s->head_size,
        .v_head_size = s->v_head_size,
        .q = matrix_of(node->inputs[Q], s->q_heads, s->q_length, s->head_size),
        .y = matrix_of(node->outputs[Y], s->q_heads, s->q_length, s->v_head_size),
        .scale = attributes[SCALE].present ? (double)attributes[SCALE].f
                                           : 1 / sqrt((double)s->head_size),
        .softcap = (double)attributes[SOFTCAP].f,
        .softmax_f64 = attributes[SOFTMAX_PRECISION].i == HINGE_DOUBLE,
        .left = windows ? attributes[LEFT_WINDOW_SIZE].i : -1,
        .right = windows ? attributes[RIGHT_WINDOW_SIZE].i : -1,
        .mask = op_input(node, ATTN_MASK),
        .captured = {.data = captured ? captured->data : NULL,
                     .type = node->inputs[Q]->type,
                     .length = s->kv_length,
                     .what = (enum attention_capture)attributes[QK_MATMUL_OUTPUT_MODE].i,
                     .unread = -(double)INFINITY},
    };
    if (causal)
        a->right = 0;
    /* No bound that reaches over everything need be added to. */
    const int64_t most = s->kv_length + s->q_length;
    a->left = a->left > most ? -1 : a->left;
    a->right = a->right > most ? -1 : a->right;
    return read_mask(node, s, a->mask_strides, &a->mask_length);
}

static bool is_empty(const struct sizes *s)
{
    return s->batch == 0 || s->q_heads == 0 || s->q_length == 0;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct sizes s;
    struct attention a;
    hinge_status status = read_sizes(node, &s);
    if (status || is_empty(&s))
        return status;
    status = describe(node, &s, &a);
    if (status)
        return status;
    const struct joined keys = keys_of(&s), values = values_of(&s);
    const bool wide = node->inputs[Q]->type == HINGE_DOUBLE;
    int64_t size = wide ? attention_scratch_f64(&a) : attention_scratch_f32(&a);
    if (size < 0 || !op_multiply(size, node->n_threads, &size) || size > INT64_MAX / 2)
        return OP_FAIL(node, HINGE_LIMIT, "there are too many keys");
    *scratch = (size_t)size + joined_size(node, &s, &keys) + joined_size(node, &s, &values) +
               attention_spans_size(s.batch);
    return HINGE_OK;
}

static hinge_status read_spans(const struct hinge_node *node, const struct sizes *s,
                               struct attention_span *spans)
{
    const hinge_tensor *lengths = op_input(node, NONPAD_KV_SEQLEN);
    for (int64_t b = 0; b < s->batch; b++) {
        const int64_t length = lengths ? op_index_raw(lengths, b) : s->kv_length;
        if (length < 0 || length > s->kv_length)
            return OP_FAIL(node, HINGE_BAD_VALUE,
                           "nonpad_kv_seqlen[%lld] is %lld, not in [0, %lld]", (long long)b,
                           (long long)length, (long long)s->kv_length);
        spans[b] = (struct attention_span){
            .n_valid = length, .offset = lengths ? length - s->q_length : s->past_length};
    }
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    struct sizes s;
    struct attention a;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    const struct joined keys = keys_of(&s), values = values_of(&s);
    char *memory = node->scratch;
    if (is_empty(&s)) {
        if (op_output(node, PRESENT_KEY))
            join(node, &s, &keys, NULL);
        if (op_output(node, PRESENT_VALUE))
            join(node, &s, &values, NULL);
        return HINGE_OK;
    }
    status = describe(node, &s, &a);
    if (status)
        return status;
    a.k = join(node, &s, &keys, memory);
    memory += joined_size(node, &s, &keys);
    a.v = join(node, &s, &values, memory);
    memory += joined_size(node, &s, &values);
    struct attention_span *spans = (struct attention_span *)(void *)memory;
    status = read_spans(node, &s, spans);
    if (status)
        return status;
    a.spans = spans;
    a.scratch = memory + attention_spans_size(s.batch);
    if (node->inputs[Q]->type == HINGE_DOUBLE)
        attention_run_f64(&a);
    else
        attention_run_f32(&a);
    return HINGE_OK;
}

#define ATTRIBUTES                                                                                 \
    {.name = "is_causal", .type = HINGE_ATTR_INT},                                                 \
        {.name = "kv_num_heads", .type = HINGE_ATTR_INT},                                          \
        {.name = "q_num_heads", .type = HINGE_ATTR_INT},                                           \
        {.name = "qk_matmul_output_mode", .type = HINGE_ATTR_INT},                                 \
        {.name = "scale", .type = HINGE_ATTR_FLOAT},                                               \
        {.name = "softcap", .type = HINGE_ATTR_FLOAT},                                             \
    {                                                                                              \
        .name = "softmax_precision", .type = HINGE_ATTR_INT                                        \
    }

static const struct hinge_attribute_def attributes_23[] = {ATTRIBUTES, {.name = NULL}};
static const struct hinge_attribute_def attributes[] = {
    ATTRIBUTES,
    {.name = "left_window_size", .type = HINGE_ATTR_INT, .i = -1},
    {.name = "right_window_size", .type = HINGE_ATTR_INT, .i = -1},
    {.name = NULL},
};

#define ATTENTION(first, last, more, declared)                                                     \
    {                                                                                              \
        .name = "Attention", .since = (first), .until = (last),                                    \
        .signature = "(Q: T1, K: T1, V: T2, attn_mask?: U, past_key?: T1, past_value?: T2" more    \
                     ") -> (Y: T1, present_key?: T1, present_value?: T2, qk_matmul_output?: T1); " \
                     "T1: " OP_TYPES_FLOAT "; T2: " OP_TYPES_FLOAT "; U: bool " OP_TYPES_NUMBER,   \
        .attributes = (declared), .init = init, .infer = infer, .prepare = prepare,                \
        .kernels = HINGE_KERNELS(OP_FLOATING(run))                                                 \
    }

const struct hinge_op op_attention[] = {
    ATTENTION(23, 23, "", attributes_23),
    ATTENTION(24, 24, ", nonpad_kv_seqlen?: int64", attributes_23),
    ATTENTION(25, 0, ", nonpad_kv_seqlen?: int64", attributes),
    OP_END,
};
