/* com.microsoft GroupQueryAttention-1: attention of queries in groups that share keys and values,
 * which are put behind those of a past. The caches hold total_sequence_length rows, or as many as
 * the past where that has more; of batch b seqlens_k[b] + 1 count, and the others are 0. Where
 * total_sequence_length is the number of queries there is no past, whatever the cache holds. With
 * sliding_window_cache the caches are as long as the past and have the last positions of a batch,
 * as many as resident says, and 0 behind them. Computed in float32. Keys that a query may not
 * read, and those without a row in the batch, have 0 in output_qk. Of caches of fewer bits
 * (k_quant_type and v_quant_type, both or none, and not of a window) what attention reads is what
 * they hold, new rows too. Source: docs/ContribOperators.md of ONNX Runtime. */
#include "operators/attention/groupqueryattention_node.h"
#include "operators/attention/quantized_cache.h"

#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"
#include "operators/op/index.h"
#include "operators/op/values.h"

#include <math.h>

/* Offsets in the scratch memory, and its size. */
struct layout {
    size_t spans, rows, q, key, value, sinks, attention, size;
};

/* All but data and what the total length decides. */
static struct attention describe(const struct hinge_node *node, const struct gqa_sizes *s)
{
    const struct hinge_attribute *a = node->attributes;
    const int64_t window = min_i64(a[GQA_LOCAL_WINDOW_SIZE].i, s->room);
    return (struct attention){
        .node = node,
        .n_batch = s->batch,
        .n_kv_heads = s->kv_heads,
        .group = s->heads / s->kv_heads,
        .q_length = s->length,
        .kv_length = s->room,
        .head_size = s->size,
        .v_head_size = s->size,
        .q = heads_matrix(node->inputs[GQA_QUERY], gqa_query_heads(node, s), s->length, s->size),
        .y = heads_matrix(node->outputs[GQA_Y], s->heads, s->length, s->size),
        .scale = a[GQA_SCALE].f != 0 ? (double)a[GQA_SCALE].f : 1 / sqrt((double)s->size),
        .softcap = (double)a[GQA_SOFTCAP].f,
        .left = window < 1 ? -1 : window - 1,
        .right = a[GQA_CAUSAL].i ? 0 : -1,
        .mask = op_input(node, GQA_ATTENTION_BIAS),
    };
}

/* The output that attention reads keys or values from, or NULL: they are in scratch memory. */
static const hinge_tensor *cached_output(const struct hinge_node *node, unsigned output)
{
    return gqa_is_window(node) || gqa_cache_bits(node) ? NULL : op_output(node, output);
}

static bool has_sinks(const struct hinge_node *node)
{
    return op_input(node, GQA_HEAD_SINK) || node->attributes[GQA_SMOOTH_SOFTMAX].i;
}

static hinge_status lay_out(const struct hinge_node *node, const struct gqa_sizes *s,
                            struct layout *layout)
{
    const float sink = 0;
    struct attention a = describe(node, s);
    const size_t size =
        gqa_cache_bits(node) ? sizeof(float) : hinge_size(node->inputs[GQA_QUERY]->type, 1);
    const int64_t cache = s->batch * s->kv_heads * s->room * s->size;
    const int64_t rows = heads_scratch(node, s->size);
    a.sinks = has_sinks(node) ? &sink : NULL;
    int64_t each = attention_scratch_f32(&a);
    *layout = (struct layout){.size = 0};
    const bool changes = node->attributes[GQA_DO_ROTARY].i || op_input(node, GQA_Q_NORM_WEIGHT);
    if (rows < 0 || each < 0 || !op_multiply(each, node->n_threads, &each) ||
        !heads_take(&layout->size, &layout->spans, s->batch, sizeof(struct attention_span)) ||
        !heads_take(&layout->size, &layout->rows, rows, 1) ||
        !heads_take(&layout->size, &layout->q,
                    changes ? s->batch * s->heads * s->length * s->size : 0, sizeof(float)) ||
        !heads_take(&layout->size, &layout->key, cached_output(node, GQA_PRESENT_KEY) ? 0 : cache,
                    size) ||
        !heads_take(&layout->size, &layout->value,
                    cached_output(node, GQA_PRESENT_VALUE) ? 0 : cache, size) ||
        !heads_take(&layout->size, &layout->sinks, a.sinks ? s->heads : 0, sizeof(float)) ||
        !heads_take(&layout->size, &layout->attention, each, 1))
        return OP_FAIL(node, HINGE_LIMIT, "there are too many keys");
    return HINGE_OK;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct gqa_sizes s;
    struct layout layout;
    hinge_status status = gqa_read_sizes(node, &s);
    if (!status)
        status = lay_out(node, &s, &layout);
    *scratch = status ? 0 : layout.size;
    return status;
}

/* How many of the last positions of total a cache of a window keeps: whenever it is full, it gives
 * up as many as it is longer than the window, and one. */
static int64_t resident(const struct hinge_node *node, const struct gqa_sizes *s, int64_t total)
{
    const int64_t slack = s->past - node->attributes[GQA_LOCAL_WINDOW_SIZE].i + 1;
    if (!gqa_is_window(node) || total <= s->past)
        return total;
    return total - slack * ceil_div(total - s->past, slack);
}

static hinge_status read_spans(const struct hinge_node *node, const struct gqa_sizes *s,
                               int64_t total, struct attention_span *spans)
{
    const bool is_prompt = total == s->length;
    for (int64_t b = 0; b < s->batch; b++) {
        const int64_t valid = op_index_raw(node->inputs[GQA_SEQLENS_K], b) + 1;
        const int64_t before = is_prompt ? 0 : valid - s->length;
        if (valid < 0 || valid > total || before < 0 || (before > s->past && !gqa_is_window(node)))
            return OP_FAIL(node, HINGE_BAD_VALUE,
                           "seqlens_k[%lld] is %lld, with %lld new rows and total_sequence_length "
                           "%lld",
                           (long long)b, (long long)valid - 1, (long long)s->length,
                           (long long)total);
        const bool reads = node->attributes[GQA_LOCAL_WINDOW_SIZE].i != 0;
        const int64_t kept = resident(node, s, before);
        spans[b] = (struct attention_span){
            .n_valid = reads ? valid - before + kept : 0, .offset = kept, .skipped = before - kept};
    }
    return HINGE_OK;
}

static hinge_status check_positions(const struct hinge_node *node, const struct gqa_sizes *s,
                                    int64_t total)
{
    const hinge_tensor *positions = op_input(node, GQA_POSITION_IDS);
    if (!node->attributes[GQA_DO_ROTARY].i || s->batch == 0 || s->length == 0)
        return HINGE_OK;
    const int64_t limit = node->inputs[GQA_COS_CACHE]->dims[0];
    const bool is_prompt = total == s->length;
    const int64_t n = !positions ? 0 : is_prompt ? 1 : s->batch * s->length;
    if (limit < total)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "cos_cache has %lld rows for %lld positions",
                       (long long)limit, (long long)total);
    for (int64_t i = 0; i < n; i++) {
        const int64_t position = op_index_raw(positions, i);
        if (position < 0 || position > limit - (is_prompt ? s->length : 1))
            return OP_FAIL(node, HINGE_BAD_VALUE, "position_ids has %lld, in caches of %lld rows",
                           (long long)position, (long long)limit);
    }
    return HINGE_OK;
}

/* Query, keys and values: the tensor of each, or parts of the one that has all. */
static struct attention_matrix part_of(const struct hinge_node *node, const struct gqa_sizes *s,
                                       unsigned input)
{
    const hinge_tensor *x = op_input(node, input);
    if (x && op_input(node, GQA_KEY))
        return heads_matrix(x, input == GQA_QUERY ? s->heads : s->kv_heads, s->length, s->size);
    x = node->inputs[GQA_QUERY];
    struct attention_matrix m = heads_matrix(x, gqa_query_heads(node, s), s->length, s->size);
    const int64_t first =
        input == GQA_QUERY ? 0 : s->heads + (input == GQA_VALUE ? s->kv_heads : 0);
    m.data += hinge_size(x->type, first * s->size);
    return m;
}

static char *data_of(const hinge_tensor *output, char *memory)
{
    return output ? output->data : memory;
}

/* Keys or values where attention reads them: behind those of the past, whose input and output these
 * are, and as these hold them. */
static struct attention_matrix cache(const struct heads *heads, unsigned past, unsigned present,
                                     struct heads_past *kept, char *memory)
{
    const struct hinge_node *node = heads->node;
    const unsigned bits = gqa_cache_bits(node);
    const bool are_keys = past == GQA_PAST_KEY;
    kept->type = bits ? HINGE_FLOAT : HINGE_NO_TYPE;
    kept->past = bits ? NULL : op_input(node, past);
    kept->to = data_of(cached_output(node, present), memory);
    const struct attention_matrix all = heads_append(heads, kept);
    const struct quantized_cache quantized = {
        .node = node,
        .past = op_input(node, past),
        .scales = op_input(node, are_keys ? GQA_K_SCALE : GQA_V_SCALE),
        .present = op_output(node, present),
        .n_bits = bits,
        .n_batch = heads->n_batch,
        .n_heads = heads->n_heads,
        .length = heads->length,
        .size = heads->size,
        .capacity = kept->capacity,
        .spans = heads->spans,
        .rows = (float *)(void *)kept->to};
    if (bits)
        quantized_cache_join(&quantized);
    return all;
}

/* Puts queries, keys and values where attention reads them. */
static void place(const struct hinge_node *node, const struct gqa_sizes *s, int64_t total,
                  const struct layout *at, struct attention *a)
{
    const struct hinge_attribute *attributes = node->attributes;
    char *scratch = node->scratch;
    struct heads_past kept = {.capacity = gqa_is_window(node) ? s->room : max_i64(total, s->past)};
    const hinge_tensor *cosine = op_input(node, GQA_COS_CACHE);
    const hinge_tensor *positions = op_input(node, GQA_POSITION_IDS);
    const bool turns = attributes[GQA_DO_ROTARY].i != 0;
    const struct heads_turn turn = {.cosine = cosine,
                                    .sine = op_input(node, GQA_SIN_CACHE),
                                    .n_rows = turns ? cosine->dims[0] : 0,
                                    .pairs = turns ? cosine->dims[1] : 0,
                                    .positions = positions,
                                    .which = !positions           ? HEADS_BEHIND_OFFSET
                                             : total == s->length ? HEADS_BEHIND_FIRST
                                                                  : HEADS_AT_POSITIONS,
                                    .interleaved = attributes[GQA_ROTARY_INTERLEAVED].i != 0};
    struct heads heads = {.node = node,
                          .n_batch = s->batch,
                          .n_heads = s->kv_heads,
                          .length = s->length,
                          .size = s->size,
                          .spans = a->spans,
                          .epsilon = attributes[GQA_QK_NORM_EPSILON].f,
                          .rows = (float *)(void *)(scratch + at->rows)};
    heads.from = part_of(node, s, GQA_VALUE);
    a->v = cache(&heads, GQA_PAST_VALUE, GQA_PRESENT_VALUE, &kept, scratch + at->value);
    heads.from = part_of(node, s, GQA_KEY);
    heads.norm = op_input(node, GQA_K_NORM_WEIGHT);
    heads.turn = turns ? &turn : NULL;
    a->k = cache(&heads, GQA_PAST_KEY, GQA_PRESENT_KEY, &kept, scratch + at->key);
    if (!heads.norm && !heads.turn)
        return;
    heads.from = a->q;
    heads.norm = op_input(node, GQA_Q_NORM_WEIGHT);
    heads.n_heads = s->heads;
    heads.to = heads_cache(HINGE_FLOAT, scratch + at->q, s->heads, s->length, s->size);
    heads_place(&heads);
    a->q = heads.to;
}

struct keeping {
    const struct gqa_sizes *sizes;
    const struct attention *a;
    const struct attention_matrix *rows;
    hinge_tensor *present;
};

static void keep_window(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct keeping *k = argument;
    const struct gqa_sizes *s = k->sizes;
    const size_t size = hinge_size(k->rows->type, s->size);
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        const struct attention_span *span = &k->a->spans[i / s->kv_heads];
        const int64_t kept = resident(k->a->node, s, span->n_valid + span->skipped);
        char *to = (char *)k->present->data + (size_t)(i * s->past) * size;
        const char *from = k->rows->data + (size_t)(i * s->room + span->n_valid - kept) * size;
        memcpy(to, from, (size_t)kept * size);
        memset(to + (size_t)kept * size, 0, (size_t)(s->past - kept) * size);
    }
}

/* What a cache of a window is to have of keys or values. */
static void set_window(const struct gqa_sizes *s, const struct attention *a,
                       const struct attention_matrix *rows, unsigned output)
{
    struct keeping keeping = {s, a, rows, op_output(a->node, output)};
    if (keeping.present)
        a->node->host->parallel(a->node, s->batch * s->kv_heads, 1, keep_window, &keeping);
}

static void set_bias(const struct hinge_node *node, const struct gqa_sizes *s, int64_t total,
                     struct attention *a)
{
    const hinge_tensor *qk = op_output(node, GQA_OUTPUT_QK);
    if (a->mask) {
        const int64_t head = s->length * total, n_heads = a->mask->dims[1];
        const int64_t strides[] = {a->mask->dims[0] == 1 ? 0 : n_heads * head,
                                   n_heads == 1 ? 0 : head, total, 1};
        memcpy(a->mask_strides, strides, sizeof strides);
        a->mask_length = total;
    }
    if (qk) {
        a->captured.data = qk->data;
        a->captured.type = qk->type;
        a->captured.length = total;
        a->captured.what =
            node->attributes[GQA_QK_OUTPUT].i == 1 ? ATTENTION_BIASED : ATTENTION_WEIGHTS;
    }
}

static const float *read_sinks(const struct hinge_node *node, const struct gqa_sizes *s,
                               float *sinks)
{
    const hinge_tensor *given = op_input(node, GQA_HEAD_SINK);
    if (!has_sinks(node))
        return NULL;
    if (given)
        convert_to_float(given->type, sinks, given->data, s->heads);
    else
        memset(sinks, 0, (size_t)s->heads * sizeof *sinks);
    return sinks;
}

static hinge_status run(const struct hinge_node *node)
{
    struct gqa_sizes s;
    struct layout at;
    int64_t total;
    char *scratch = node->scratch;
    hinge_status status = gqa_read_sizes(node, &s);
    if (!status)
        status = op_input_int(node, GQA_TOTAL, "total_sequence_length", &total);
    if (!status)
        status = gqa_check_total(node, &s, total);
    if (!status)
        status = check_positions(node, &s, total);
    if (!status)
        status = lay_out(node, &s, &at);
    if (status)
        return status;
    struct attention a = describe(node, &s);
    struct attention_span *spans = (struct attention_span *)(void *)(scratch + at.spans);
    status = read_spans(node, &s, total, spans);
    if (!status)
        status = gqa_set_caches(node, &s, total, true);
    if (status || s.batch == 0)
        return status;
    a.spans = spans;
    a.sinks = read_sinks(node, &s, (float *)(void *)(scratch + at.sinks));
    a.scratch = scratch + at.attention;
    place(node, &s, total, &at, &a);
    if (gqa_is_window(node)) {
        set_window(&s, &a, &a.k, GQA_PRESENT_KEY);
        set_window(&s, &a, &a.v, GQA_PRESENT_VALUE);
    }
    set_bias(node, &s, total, &a);
    if (s.length > 0)
        attention_run_f32(&a);
    return HINGE_OK;
}

const struct hinge_op op_groupqueryattention[] = {
    {.name = "GroupQueryAttention",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(query: T, key?: T, value?: T, past_key?: C, past_value?: C, seqlens_k: M, "
                  "total_sequence_length: M, cos_cache?: T, sin_cache?: T, position_ids?: int64, "
                  "attention_bias?: T, head_sink?: T, k_scale?: float, v_scale?: float, "
                  "q_norm_weight?: T, k_norm_weight?: T) -> (output: T, present_key?: C, "
                  "present_value?: C, output_qk?: T); T: float float16 bfloat16; "
                  "C: float float16 bfloat16 int8 uint8; M: int32",
     .attributes = gqa_attributes,
     .types = gqa_types,
     .init = gqa_init,
     .infer = gqa_infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run})},
    OP_END,
};
