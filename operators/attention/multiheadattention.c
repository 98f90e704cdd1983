/* com.microsoft MultiHeadAttention-1: attention of queries, keys and values in separate inputs or
 * packed together, a bias added to them first, behind keys and values of a past. With
 * past_sequence_length, past and present are buffers of one length, of which so many rows count,
 * and those behind the new ones are as they were. With cache_indirection a row of the past is read
 * from the beam that it names; present has it where it was. Where unidirectional says so, the last
 * query sees all keys and each before it one less. qk has the scores as they go into softmax,
 * masked; of keys that come after a query the least number. A mask of keys that is as long as the
 * new ones leaves those of the past alone. Computed in float32. Source: docs/ContribOperators.md of
 * ONNX Runtime. */
#include "operators/attention/multiheadattention_node.h"

#include "operators/attention/key_mask.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"
#include "operators/op/values.h"

#include <float.h>
#include <math.h>

/* Offsets in the scratch memory, and its size. */
struct layout {
    size_t spans, rows, q, key, value, attention, size;
};

static bool has_past(const struct hinge_node *node)
{
    return op_input(node, MHA_PAST_KEY) != NULL;
}

static bool has_beams(const struct hinge_node *node)
{
    return op_input(node, MHA_CACHE_INDIRECTION) != NULL;
}

/* Whether keys (or values) are read from memory of the node's: they are not where they come from,
 * nor in an output. */
static bool needs_memory(const struct hinge_node *node, unsigned output)
{
    const hinge_tensor *k = op_input(node, MHA_KEY);
    const bool changes = op_input(node, MHA_BIAS) && !(k && k->rank == 4);
    return has_beams(node) || (!op_output(node, output) && (has_past(node) || changes));
}

static struct attention describe(const struct hinge_node *node, const struct mha_sizes *s)
{
    const struct hinge_attribute *a = node->attributes;
    return (struct attention){
        .node = node,
        .n_batch = s->batch,
        .n_kv_heads = s->heads,
        .group = 1,
        .q_length = s->length,
        .kv_length = s->capacity,
        .head_size = s->size,
        .v_head_size = s->value_size,
        .q = mha_matrix(node, s, MHA_QUERY),
        .y = heads_matrix(node->outputs[MHA_Y], s->heads, s->length, s->value_size),
        .scale = a[MHA_SCALE].f != 0 ? (double)a[MHA_SCALE].f : 1 / sqrt((double)s->size),
        .left = -1,
        .right = a[MHA_UNIDIRECTIONAL].i ? 0 : -1,
        .mask = op_input(node, MHA_ATTENTION_BIAS),
    };
}

static hinge_status lay_out(const struct hinge_node *node, const struct mha_sizes *s,
                            struct layout *layout)
{
    const struct attention a = describe(node, s);
    const size_t size = hinge_size(node->inputs[MHA_QUERY]->type, 1);
    const int64_t cache = s->batch * s->heads * s->capacity;
    const int64_t q = op_input(node, MHA_BIAS) ? s->batch * s->heads * s->length : 0;
    const int64_t key = needs_memory(node, MHA_PRESENT_KEY) ? cache * s->size : 0;
    const int64_t value = needs_memory(node, MHA_PRESENT_VALUE) ? cache * s->value_size : 0;
    const int64_t rows = heads_scratch(node, max_i64(s->size, s->value_size));
    int64_t each = attention_scratch_f32(&a);
    *layout = (struct layout){.size = 0};
    if (rows < 0 || each < 0 || !op_multiply(each, node->n_threads, &each) ||
        !heads_take(&layout->size, &layout->spans, s->batch, sizeof(struct attention_span)) ||
        !heads_take(&layout->size, &layout->rows, rows, 1) ||
        !heads_take(&layout->size, &layout->q, q * s->size, sizeof(float)) ||
        !heads_take(&layout->size, &layout->key, key, size) ||
        !heads_take(&layout->size, &layout->value, value, size) ||
        !heads_take(&layout->size, &layout->attention, each, 1))
        return OP_FAIL(node, HINGE_LIMIT, "there are too many keys");
    return HINGE_OK;
}

static bool is_empty(const struct mha_sizes *s)
{
    return s->batch == 0 || (s->length == 0 && s->capacity == 0);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct mha_sizes s;
    struct layout layout;
    hinge_status status = mha_read_sizes(node, -1, &s);
    if (status || is_empty(&s))
        return status;
    status = lay_out(node, &s, &layout);
    *scratch = status ? 0 : layout.size;
    return status;
}

/* Keys or values where attention reads them: where they are, in an output, in memory. */
static struct attention_matrix collect(const struct mha_sizes *s, struct heads heads, unsigned past,
                                       unsigned output, char *memory)
{
    const struct hinge_node *node = heads.node;
    const hinge_tensor *present = op_output(node, output);
    const hinge_tensor *beams = op_input(node, MHA_CACHE_INDIRECTION);
    struct heads_past kept = {
        .past = op_input(node, past), .capacity = s->capacity, .first = s->past};
    struct attention_matrix all = heads.from;
    if (present) {
        kept.to = present->data;
        all = heads_append(&heads, &kept);
    }
    if (!needs_memory(node, output))
        return all;
    kept.to = memory;
    if (beams) {
        kept.beams = beams;
        kept.n_beams = beams->dims[1];
    }
    return heads_append(&heads, &kept);
}

static void place(const struct hinge_node *node, const struct mha_sizes *s, const struct layout *at,
                  struct attention *a)
{
    const hinge_tensor *k = op_input(node, MHA_KEY), *bias = op_input(node, MHA_BIAS);
    char *scratch = node->scratch;
    struct heads heads = {.node = node,
                          .from = mha_matrix(node, s, MHA_KEY),
                          .n_batch = s->batch,
                          .n_heads = s->heads,
                          .length = s->new_length,
                          .size = s->size,
                          .bias = k && k->rank == 4 ? NULL : bias,
                          .bias_first = s->heads * s->size,
                          .rows = (float *)(void *)(scratch + at->rows)};
    a->k = collect(s, heads, MHA_PAST_KEY, MHA_PRESENT_KEY, scratch + at->key);
    heads.from = mha_matrix(node, s, MHA_VALUE);
    heads.size = s->value_size;
    heads.bias_first *= 2;
    a->v = collect(s, heads, MHA_PAST_VALUE, MHA_PRESENT_VALUE, scratch + at->value);
    if (!bias)
        return;
    heads.from = a->q;
    heads.bias = bias;
    heads.bias_first = 0;
    heads.length = s->length;
    heads.size = s->size;
    heads.to = heads_cache(HINGE_FLOAT, scratch + at->q, s->heads, s->length, s->size);
    heads_place(&heads);
    a->q = heads.to;
}

static void filter(const void *argument, int64_t batch, int64_t query, int64_t begin, int64_t count,
                   void *scores)
{
    key_mask_add(argument, batch, query, begin, count, scores);
}

static void set_masks(const struct hinge_node *node, const struct mha_sizes *s,
                      struct key_mask *keys, struct attention *a)
{
    const hinge_tensor *qk = op_output(node, MHA_QK);
    *keys = (struct key_mask){.mask = op_input(node, MHA_KEY_PADDING_MASK),
                              .n_batch = s->batch,
                              .filter = node->attributes[MHA_MASK_FILTER_VALUE].f};
    if (keys->mask) {
        keys->first_key = keys->mask->rank == 2 ? s->total - keys->mask->dims[1] : 0;
        a->filter = filter;
        a->filter_argument = keys;
    }
    if (a->mask) {
        const int64_t head = s->length * s->total, n_heads = a->mask->dims[1];
        const int64_t strides[] = {a->mask->dims[0] == 1 ? 0 : n_heads * head,
                                   n_heads == 1 ? 0 : head, s->total, 1};
        memcpy(a->mask_strides, strides, sizeof strides);
        a->mask_length = s->total;
    }
    if (qk) {
        a->captured.data = qk->data;
        a->captured.type = qk->type;
        a->captured.length = s->total;
        a->captured.what = ATTENTION_BIASED;
        a->captured.unread = -(double)FLT_MAX;
    }
}

static hinge_status read_run(const struct hinge_node *node, struct mha_sizes *s)
{
    int64_t past_length = -1;
    hinge_status status = HINGE_OK;
    if (op_input(node, MHA_PAST_LENGTH))
        status = op_input_int(node, MHA_PAST_LENGTH, "past_sequence_length", &past_length);
    if (!status && op_input(node, MHA_PAST_LENGTH) && past_length < 0)
        return OP_FAIL(node, HINGE_BAD_VALUE, "past_sequence_length is %lld",
                       (long long)past_length);
    if (!status)
        status = mha_read_sizes(node, past_length, s);
    const int64_t scores[] = {s->batch, s->heads, s->length, s->total};
    if (status || !op_output(node, MHA_QK))
        return status;
    if (op_is_open(node->outputs[MHA_QK]))
        return node->host->resize(node, MHA_QK, 4, scores);
    if (!heads_have_dims(node->outputs[MHA_QK], 4, scores))
        return OP_FAIL(node, HINGE_BAD_VALUE, "past_sequence_length has changed");
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    struct mha_sizes s;
    struct layout at;
    struct key_mask keys;
    char *scratch = node->scratch;
    hinge_status status = read_run(node, &s);
    if (status || is_empty(&s))
        return status;
    status = lay_out(node, &s, &at);
    if (status)
        return status;
    struct attention a = describe(node, &s);
    struct attention_span *spans = (struct attention_span *)(void *)(scratch + at.spans);
    for (int64_t b = 0; b < s.batch; b++)
        spans[b] = (struct attention_span){.n_valid = s.total, .offset = s.total - s.length};
    a.spans = spans;
    a.scratch = scratch + at.attention;
    place(node, &s, &at, &a);
    set_masks(node, &s, &keys, &a);
    if (s.length > 0)
        attention_run_f32(&a);
    return HINGE_OK;
}

const struct hinge_op op_multiheadattention[] = {
    {.name = "MultiHeadAttention",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(query: T, key?: T, value?: T, bias?: T, key_padding_mask?: M, "
                  "attention_bias?: T, past_key?: T, past_value?: T, past_sequence_length?: M, "
                  "cache_indirection?: M) -> (output: T, present_key?: T, present_value?: T, "
                  "qk?: T); T: float float16 bfloat16; M: int32",
     .attributes = mha_attributes,
     .infer = mha_infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run})},
    OP_END,
};
