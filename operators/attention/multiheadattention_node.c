#include "operators/attention/multiheadattention_node.h"

#include "operators/op/copy.h"
#include "operators/op/values.h"

const struct hinge_attribute_def mha_attributes[] = {
    {.name = "num_heads", .type = HINGE_ATTR_INT, .required = true},
    {.name = "mask_filter_value", .type = HINGE_ATTR_FLOAT, .f = -10000},
    {.name = "scale", .type = HINGE_ATTR_FLOAT},
    {.name = "unidirectional", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

static hinge_status read_query(const struct hinge_node *node, struct mha_sizes *s)
{
    const hinge_tensor *q = node->inputs[MHA_QUERY], *k = op_input(node, MHA_KEY);
    const int64_t heads = node->attributes[MHA_NUM_HEADS].i;
    if (heads < 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "num_heads is %lld", (long long)heads);
    if (k ? q->rank != 3 || q->dims[2] % heads
          : q->rank != 5 || q->dims[2] != heads || q->dims[3] != 3)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "query is not batch x length x %s%lld heads%s",
                       k ? "" : "(", (long long)heads, k ? "" : " x 3 x size)");
    *s = (struct mha_sizes){.batch = q->dims[0],
                            .length = q->dims[1],
                            .heads = heads,
                            .size = k ? q->dims[2] / heads : q->dims[4]};
    return HINGE_OK;
}

static hinge_status read_keys(const struct hinge_node *node, struct mha_sizes *s)
{
    const hinge_tensor *k = op_input(node, MHA_KEY), *v = op_input(node, MHA_VALUE);
    const bool joined = !k || k->rank == 5;
    s->value_size = s->size;
    s->new_length = !k ? s->length : k->rank == 4 ? k->dims[2] : k->rank > 1 ? k->dims[1] : 0;
    if (v && (v->rank == 3 || v->rank == 4))
        s->value_size = v->rank == 4 ? v->dims[3] : v->dims[2] / s->heads;
    const int64_t key_3[] = {s->batch, s->new_length, s->heads * s->size};
    const int64_t key_4[] = {s->batch, s->heads, s->new_length, s->size};
    const int64_t key_5[] = {s->batch, s->new_length, s->heads, 2, s->size};
    if (k && !heads_have_dims(k, 3, key_3) && !heads_have_dims(k, 4, key_4) &&
        !heads_have_dims(k, 5, key_5))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "key is not of %lld batches and heads of %lld elements", (long long)s->batch,
                       (long long)s->size);
    const int64_t value_3[] = {s->batch, s->new_length, s->heads * s->value_size};
    const int64_t value_4[] = {s->batch, s->heads, s->new_length, s->value_size};
    if (joined ? v != NULL
               : !v || v->rank != k->rank ||
                     !heads_have_dims(v, v->rank, v->rank == 4 ? value_4 : value_3))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "value does not fit key and %lld heads",
                       (long long)s->heads);
    return HINGE_OK;
}

static hinge_status read_past(const struct hinge_node *node, int64_t past_length,
                              struct mha_sizes *s)
{
    const hinge_tensor *key = op_input(node, MHA_PAST_KEY), *value = op_input(node, MHA_PAST_VALUE);
    const hinge_tensor *k = op_input(node, MHA_KEY);
    const bool shared = key && op_input(node, MHA_PAST_LENGTH);
    s->kept = key && key->rank == 4 ? key->dims[2] : 0;
    const int64_t keys[] = {s->batch, s->heads, s->kept, s->size};
    const int64_t values[] = {s->batch, s->heads, s->kept, s->value_size};
    if (!key != !value ||
        (key && (!heads_have_dims(key, 4, keys) || !heads_have_dims(value, 4, values))))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "past_key and past_value are not both %lld x %lld x past x a head's size",
                       (long long)s->batch, (long long)s->heads);
    if (key && k && k->rank == 4)
        return OP_FAIL(node, HINGE_BAD_MODEL, "past_key goes with new keys, which rank 4 are not");
    s->past = shared ? past_length : s->kept;
    if (__builtin_add_overflow(s->kept, s->new_length, &s->capacity))
        return OP_FAIL(node, HINGE_LIMIT, "the past is too long");
    s->total = s->past < 0 ? -1 : s->capacity - s->kept + s->past;
    if (shared) {
        s->capacity = s->kept;
        if (s->past > s->kept || s->new_length > s->kept - (s->past < 0 ? 0 : s->past))
            return OP_FAIL(node, HINGE_BAD_VALUE, "%lld rows are no room for %lld and %lld",
                           (long long)s->kept, (long long)s->past, (long long)s->new_length);
    }
    return HINGE_OK;
}

static hinge_status check_sizes(const struct hinge_node *node, const struct mha_sizes *s)
{
    int64_t count, values;
    if (!op_multiply(s->batch, s->heads, &count) || !op_multiply(count, s->capacity, &count) ||
        !op_multiply(count, s->value_size, &values) || values > INT64_MAX / 64 ||
        !op_multiply(count, s->length + 1, &count) || count > INT64_MAX / 64)
        return OP_FAIL(node, HINGE_LIMIT, "there are too many scores");
    return HINGE_OK;
}

static hinge_status check_mask(const struct hinge_node *node, const struct mha_sizes *s)
{
    const hinge_tensor *mask = op_input(node, MHA_KEY_PADDING_MASK);
    const int64_t all[] = {s->batch, s->total}, added[] = {s->batch, s->new_length};
    const int64_t queries[] = {s->batch, s->length, s->total};
    if (mask && s->total >= 0 && !heads_have_dims(mask, 2, all) &&
        !heads_have_dims(mask, 2, added) && !heads_have_dims(mask, 3, queries) &&
        (mask->rank != 1 || (mask->dims[0] != s->batch && mask->dims[0] - 2 != 3 * s->batch)))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "key_padding_mask of rank %d fits no batch of %lld, %lld queries, %lld keys",
                       (int)mask->rank, (long long)s->batch, (long long)s->length,
                       (long long)s->total);
    return HINGE_OK;
}

static hinge_status check_others(const struct hinge_node *node, const struct mha_sizes *s)
{
    const hinge_tensor *bias = op_input(node, MHA_BIAS),
                       *added = op_input(node, MHA_ATTENTION_BIAS);
    const hinge_tensor *beams = op_input(node, MHA_CACHE_INDIRECTION);
    const int64_t width = s->heads * (2 * s->size + s->value_size);
    if (bias && !heads_have_dims(bias, 1, &width))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "bias is not a list of %lld values",
                       (long long)width);
    if (added && (added->rank != 4 || (added->dims[0] != 1 && added->dims[0] != s->batch) ||
                  (added->dims[1] != 1 && added->dims[1] != s->heads) ||
                  added->dims[2] != s->length || (s->total >= 0 && added->dims[3] != s->total)))
        return OP_FAIL(
            node, HINGE_BAD_SHAPE, "attention_bias does not broadcast to %lld x %lld x %lld x %lld",
            (long long)s->batch, (long long)s->heads, (long long)s->length, (long long)s->total);
    if (beams && (!op_input(node, MHA_PAST_KEY) || beams->rank != 3 || beams->dims[1] < 1 ||
                  s->batch % beams->dims[1] || s->batch / beams->dims[1] != beams->dims[0] ||
                  beams->dims[2] != s->kept))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "cache_indirection is not batches x beams, %lld together, x %lld",
                       (long long)s->batch, (long long)s->kept);
    return HINGE_OK;
}

hinge_status mha_read_sizes(const struct hinge_node *node, int64_t past_length, struct mha_sizes *s)
{
    hinge_status status = read_query(node, s);
    if (!status)
        status = read_keys(node, s);
    if (!status)
        status = read_past(node, past_length, s);
    if (!status)
        status = check_sizes(node, s);
    if (!status)
        status = check_mask(node, s);
    return status ? status : check_others(node, s);
}

hinge_status mha_infer(const struct hinge_node *node)
{
    struct mha_sizes s;
    int64_t past_length = -1;
    size_t count;
    hinge_status status = HINGE_OK;
    if (op_input(node, MHA_PAST_LENGTH))
        status = op_input_ints(node, MHA_PAST_LENGTH, &past_length, 1, &count);
    if (status && status != HINGE_NEEDS_DATA)
        return status;
    status = mha_read_sizes(node, past_length, &s);
    if (status)
        return status;
    const int64_t y[] = {s.batch, s.length, s.heads * s.value_size};
    const int64_t keys[] = {s.batch, s.heads, s.capacity, s.size};
    const int64_t values[] = {s.batch, s.heads, s.capacity, s.value_size};
    const int64_t scores[] = {s.batch, s.heads, s.length, s.total};
    status = op_set_dims(node, MHA_Y, 3, y);
    if (!status)
        status = op_set_dims(node, MHA_PRESENT_KEY, 4, keys);
    if (!status)
        status = op_set_dims(node, MHA_PRESENT_VALUE, 4, values);
    return status ? status : op_set_dims(node, MHA_QK, 4, scores);
}

struct attention_matrix mha_matrix(const struct hinge_node *node, const struct mha_sizes *s,
                                   unsigned part)
{
    const hinge_tensor *q = node->inputs[MHA_QUERY], *k = op_input(node, MHA_KEY);
    const hinge_tensor *x = part == MHA_QUERY || !k           ? q
                            : part == MHA_KEY || k->rank == 5 ? k
                                                              : node->inputs[MHA_VALUE];
    const int64_t size = part == MHA_VALUE ? s->value_size : s->size;
    const int64_t length = part == MHA_QUERY ? s->length : s->new_length;
    if (x->rank == 3)
        return heads_matrix(x, s->heads, length, size);
    if (x->rank == 4)
        return heads_cache(x->type, x->data, s->heads, length, size);
    /* Of a head, queries, keys and values lie side by side, or the latter two. */
    const int64_t n = x->dims[3], at = (int64_t)part - (n == 3 ? MHA_QUERY : MHA_KEY);
    struct attention_matrix m = heads_matrix(x, s->heads, length, n * size);
    m.data += hinge_size(x->type, at * size);
    return m;
}
