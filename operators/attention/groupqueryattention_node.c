#include "operators/attention/groupqueryattention_node.h"

#include "operators/kernels/integer.h"
#include "operators/op/copy.h"
#include "operators/op/values.h"

#include <string.h>

const struct hinge_attribute_def gqa_attributes[] = {
    {.name = "num_heads", .type = HINGE_ATTR_INT, .required = true},
    {.name = "kv_num_heads", .type = HINGE_ATTR_INT, .required = true},
    {.name = "scale", .type = HINGE_ATTR_FLOAT},
    {.name = "softcap", .type = HINGE_ATTR_FLOAT},
    {.name = "local_window_size", .type = HINGE_ATTR_INT, .i = -1},
    {.name = "causal", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "do_rotary", .type = HINGE_ATTR_INT},
    {.name = "rotary_interleaved", .type = HINGE_ATTR_INT},
    {.name = "smooth_softmax", .type = HINGE_ATTR_INT},
    {.name = "qk_output", .type = HINGE_ATTR_INT},
    {.name = "qk_norm_epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-6F},
    {.name = "sliding_window_cache", .type = HINGE_ATTR_INT},
    {.name = "kv_cache_bit_width", .type = HINGE_ATTR_INT},
    {.name = "k_quant_type", .type = HINGE_ATTR_STRING},
    {.name = "v_quant_type", .type = HINGE_ATTR_STRING},
    {.name = NULL},
};

static bool is_text(hinge_string s, const char *text)
{
    return s.size == strlen(text) && !memcmp(s.bytes, text, s.size);
}

static bool is_quantized(const struct hinge_node *node, unsigned attribute)
{
    const hinge_string type = node->attributes[attribute].s;
    return type.size > 0 && !is_text(type, "NONE");
}

unsigned gqa_cache_bits(const struct hinge_node *node)
{
    return is_quantized(node, GQA_K_QUANT_TYPE)
               ? (unsigned)node->attributes[GQA_KV_CACHE_BIT_WIDTH].i
               : 0;
}

/* Both caches are quantized, or none. */
static hinge_status check_quantization(const struct hinge_node *node)
{
    const int64_t bits = node->attributes[GQA_KV_CACHE_BIT_WIDTH].i;
    const bool is_any = is_quantized(node, GQA_K_QUANT_TYPE);
    if (is_any != is_quantized(node, GQA_V_QUANT_TYPE))
        return OP_FAIL(node, HINGE_UNSUPPORTED, "one of keys and values alone is quantized");
    for (unsigned i = GQA_K_QUANT_TYPE; i <= GQA_V_QUANT_TYPE && is_any; i++) {
        const hinge_string type = node->attributes[i].s;
        if (!is_text(type, "PER_TENSOR") && !is_text(type, "PER_CHANNEL"))
            return OP_FAIL(node, HINGE_BAD_MODEL, "there is no quantization %.*s",
                           (int)(type.size < 40 ? type.size : 40), type.bytes);
    }
    if (is_any && bits != 8 && bits != 4)
        return OP_FAIL(node, HINGE_BAD_VALUE, "kv_cache_bit_width is %lld, not 8 or 4",
                       (long long)bits);
    if (is_any && gqa_is_window(node))
        return OP_FAIL(node, HINGE_UNSUPPORTED, "a cache of a window is not quantized");
    return HINGE_OK;
}

hinge_status gqa_types(const struct hinge_node *node, const hinge_type_code *inputs,
                       hinge_type_code *outputs)
{
    const unsigned bits = gqa_cache_bits(node);
    const hinge_type_code cache = bits == 8 ? HINGE_INT8 : bits ? HINGE_UINT8 : inputs[GQA_QUERY];
    char text[2][OP_TEXT_SIZE];
    for (uint32_t i = GQA_PAST_KEY; i <= GQA_PAST_VALUE && i < node->n_inputs; i++)
        if (inputs[i] && inputs[i] != cache)
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is of type %s, not %s", (unsigned)i,
                           op_type_text(inputs[i], text[0]), op_type_text(cache, text[1]));
    for (uint32_t i = 0; i < node->n_outputs; i++)
        outputs[i] = i == GQA_PRESENT_KEY || i == GQA_PRESENT_VALUE ? cache : inputs[GQA_QUERY];
    return HINGE_OK;
}

static hinge_status check_attributes(const struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    hinge_status status = check_quantization(node);
    if (status)
        return status;
    if (gqa_is_window(node) && (a[GQA_LOCAL_WINDOW_SIZE].i < 1 || a[GQA_QK_OUTPUT].i))
        return OP_FAIL(node, HINGE_BAD_VALUE,
                       "sliding_window_cache without a local_window_size, or with qk_output");
    if (a[GQA_NUM_HEADS].i < 1 || a[GQA_KV_NUM_HEADS].i < 1 ||
        a[GQA_NUM_HEADS].i % a[GQA_KV_NUM_HEADS].i)
        return OP_FAIL(node, HINGE_BAD_VALUE, "num_heads %lld is no multiple of kv_num_heads %lld",
                       (long long)a[GQA_NUM_HEADS].i, (long long)a[GQA_KV_NUM_HEADS].i);
    if (a[GQA_LOCAL_WINDOW_SIZE].i < -1 || (a[GQA_LOCAL_WINDOW_SIZE].i >= 0 && !a[GQA_CAUSAL].i))
        return OP_FAIL(node, HINGE_BAD_VALUE, "local_window_size is %lld%s",
                       (long long)a[GQA_LOCAL_WINDOW_SIZE].i,
                       a[GQA_CAUSAL].i ? "" : " without causal");
    if (a[GQA_QK_OUTPUT].i < 0 || a[GQA_QK_OUTPUT].i > 2 ||
        (op_output(node, GQA_OUTPUT_QK) && !a[GQA_QK_OUTPUT].i))
        return OP_FAIL(node, HINGE_BAD_VALUE, "qk_output is %lld", (long long)a[GQA_QK_OUTPUT].i);
    return HINGE_OK;
}

hinge_status gqa_init(struct hinge_node *node)
{
    return check_attributes(node);
}

int64_t gqa_query_heads(const struct hinge_node *node, const struct gqa_sizes *s)
{
    return s->heads + (op_input(node, GQA_KEY) ? 0 : 2 * s->kv_heads);
}

static hinge_status read_heads(const struct hinge_node *node, struct gqa_sizes *s)
{
    const hinge_tensor *q = node->inputs[GQA_QUERY], *k = op_input(node, GQA_KEY);
    const hinge_tensor *v = op_input(node, GQA_VALUE);
    *s = (struct gqa_sizes){.heads = node->attributes[GQA_NUM_HEADS].i,
                            .kv_heads = node->attributes[GQA_KV_NUM_HEADS].i};
    if (s->heads > INT32_MAX || !k != !v)
        return OP_FAIL(node, HINGE_BAD_MODEL, "key and value come together, for num_heads heads");
    const int64_t n = gqa_query_heads(node, s);
    if (q->rank != 3 || q->dims[2] % n || q->dims[2] < n)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "query is not batch x length x %lld heads",
                       (long long)n);
    s->batch = q->dims[0];
    s->length = q->dims[1];
    s->size = q->dims[2] / n;
    const int64_t dims[] = {s->batch, s->length, s->kv_heads * s->size};
    if (k && (!heads_have_dims(k, 3, dims) || !heads_have_dims(v, 3, dims)))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "key or value is not %lld x %lld x %lld",
                       (long long)dims[0], (long long)dims[1], (long long)dims[2]);
    return HINGE_OK;
}

/* Elements that a row of a cache has for size numbers. */
static int64_t stored_size(const struct hinge_node *node, const struct gqa_sizes *s)
{
    return gqa_cache_bits(node) == 4 ? s->size / 2 : s->size;
}

static hinge_status check_scales(const struct hinge_node *node, const struct gqa_sizes *s)
{
    static const char *const names[] = {"k_scale", "v_scale"};
    const int64_t dims[] = {1, s->kv_heads, 1, s->size};
    if (gqa_cache_bits(node) == 4 && s->size % 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "heads of %lld elements do not fill bytes",
                       (long long)s->size);
    for (unsigned i = 0; i < 2 && gqa_cache_bits(node); i++) {
        const hinge_tensor *scale = op_input(node, GQA_K_SCALE + i);
        const bool is_one = is_text(node->attributes[GQA_K_QUANT_TYPE + i].s, "PER_TENSOR");
        if (!scale || (is_one ? hinge_count(scale) != 1 : !heads_have_dims(scale, 4, dims)))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not one number for each %s", names[i],
                           is_one ? "cache" : "channel");
    }
    return HINGE_OK;
}

static hinge_status read_past(const struct hinge_node *node, struct gqa_sizes *s)
{
    const hinge_tensor *key = op_input(node, GQA_PAST_KEY), *value = op_input(node, GQA_PAST_VALUE);
    int64_t count;
    s->past = key && key->rank == 4 ? key->dims[2] : 0;
    const int64_t dims[] = {s->batch, s->kv_heads, s->past, stored_size(node, s)};
    if (!key != !value ||
        (key && (!heads_have_dims(key, 4, dims) || !heads_have_dims(value, 4, dims))))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "past_key and past_value are not both %lld x %lld x past x %lld",
                       (long long)s->batch, (long long)s->kv_heads, (long long)dims[3]);
    if (gqa_is_window(node) && s->past < node->attributes[GQA_LOCAL_WINDOW_SIZE].i)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "a past of %lld rows for a window of %lld",
                       (long long)s->past, (long long)node->attributes[GQA_LOCAL_WINDOW_SIZE].i);
    if (__builtin_add_overflow(s->past, s->length, &s->room) ||
        !op_multiply(s->batch, s->heads, &count) || !op_multiply(count, s->size, &count) ||
        !op_multiply(count, s->room, &count) || !op_multiply(count, s->length + 1, &count) ||
        count > INT64_MAX / 64)
        return OP_FAIL(node, HINGE_LIMIT, "there are too many scores");
    return HINGE_OK;
}

/* The inputs that are lists or matrices of one number for each of something. */
static hinge_status check_others(const struct hinge_node *node, const struct gqa_sizes *s)
{
    const hinge_tensor *lengths = node->inputs[GQA_SEQLENS_K],
                       *sinks = op_input(node, GQA_HEAD_SINK);
    const hinge_tensor *q_norm = op_input(node, GQA_Q_NORM_WEIGHT);
    const hinge_tensor *k_norm = op_input(node, GQA_K_NORM_WEIGHT);
    const hinge_tensor *bias = op_input(node, GQA_ATTENTION_BIAS);
    if (hinge_count(lengths) != s->batch || lengths->rank < 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "seqlens_k is not a list of %lld",
                       (long long)s->batch);
    if (sinks && !heads_have_dims(sinks, 1, &s->heads))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "head_sink is not a list of %lld",
                       (long long)s->heads);
    if (!q_norm != !k_norm || (q_norm && (!heads_have_dims(q_norm, 1, &s->size) ||
                                          !heads_have_dims(k_norm, 1, &s->size))))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "q_norm_weight and k_norm_weight are not both lists of %lld",
                       (long long)s->size);
    if (bias && (bias->rank != 4 || (bias->dims[0] != 1 && bias->dims[0] != s->batch) ||
                 (bias->dims[1] != 1 && bias->dims[1] != s->heads) || bias->dims[2] != s->length))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "attention_bias does not broadcast to %lld x %lld x %lld x keys",
                       (long long)s->batch, (long long)s->heads, (long long)s->length);
    return HINGE_OK;
}

static hinge_status check_rotary(const struct hinge_node *node, const struct gqa_sizes *s)
{
    const hinge_tensor *cosine = op_input(node, GQA_COS_CACHE),
                       *sine = op_input(node, GQA_SIN_CACHE);
    const hinge_tensor *positions = op_input(node, GQA_POSITION_IDS);
    const int64_t dims[] = {s->batch, s->length};
    if (!node->attributes[GQA_DO_ROTARY].i)
        return HINGE_OK;
    if (!cosine || !sine || cosine->rank != 2 || !heads_have_dims(sine, 2, cosine->dims) ||
        cosine->dims[1] > s->size / 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "cos_cache and sin_cache are not both positions x at most %lld",
                       (long long)(s->size / 2));
    if (positions && !heads_have_dims(positions, 2, dims))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "position_ids is not %lld x %lld",
                       (long long)s->batch, (long long)s->length);
    return HINGE_OK;
}

hinge_status gqa_read_sizes(const struct hinge_node *node, struct gqa_sizes *s)
{
    hinge_status status = check_attributes(node);
    if (!status)
        status = read_heads(node, s);
    if (!status)
        status = read_past(node, s);
    if (!status)
        status = check_scales(node, s);
    if (!status)
        status = check_others(node, s);
    return status ? status : check_rotary(node, s);
}

hinge_status gqa_set_caches(const struct hinge_node *node, const struct gqa_sizes *s, int64_t total,
                            bool is_run)
{
    const int64_t rows = gqa_is_window(node) ? s->past : total < 0 ? -1 : max_i64(total, s->past);
    const int64_t cache[] = {s->batch, s->kv_heads, rows, stored_size(node, s)};
    const int64_t scores[] = {s->batch, s->heads, s->length, total};
    hinge_status status = HINGE_OK;
    for (unsigned i = GQA_PRESENT_KEY; i <= GQA_OUTPUT_QK && !status; i++) {
        const int64_t *dims = i == GQA_OUTPUT_QK ? scores : cache;
        if (!is_run)
            status = op_set_dims(node, i, 4, dims);
        else if (op_output(node, i) && op_is_open(node->outputs[i]))
            status = node->host->resize(node, i, 4, dims);
        else if (op_output(node, i) && !heads_have_dims(node->outputs[i], 4, dims))
            status = OP_FAIL(node, HINGE_BAD_VALUE, "total_sequence_length has changed");
    }
    return status;
}

hinge_status gqa_check_total(const struct hinge_node *node, const struct gqa_sizes *s,
                             int64_t total)
{
    const hinge_tensor *bias = op_input(node, GQA_ATTENTION_BIAS);
    if (total < 0 || (total > s->room && !gqa_is_window(node)))
        return OP_FAIL(node, HINGE_BAD_VALUE,
                       "total_sequence_length is %lld, with %lld rows of a past and %lld new ones",
                       (long long)total, (long long)s->past, (long long)s->length);
    if (bias && bias->dims[3] != total)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "attention_bias is of %lld keys, not %lld",
                       (long long)bias->dims[3], (long long)total);
    return HINGE_OK;
}

hinge_status gqa_infer(const struct hinge_node *node)
{
    struct gqa_sizes s;
    int64_t total = -1;
    size_t count = 0;
    hinge_status status = gqa_read_sizes(node, &s);
    if (status)
        return status;
    const int64_t dims[] = {s.batch, s.length, s.heads * s.size};
    status = op_set_dims(node, GQA_Y, 3, dims);
    if (status)
        return status;
    status = op_input_ints(node, GQA_TOTAL, &total, 1, &count);
    if (!status && count == 1)
        status = gqa_check_total(node, &s, total);
    else if (status == HINGE_NEEDS_DATA)
        status = HINGE_OK;
    return status ? status : gqa_set_caches(node, &s, count == 1 ? total : -1, false);
}
