#include "operators/microsoft/attention_node.h"

#include "operators/attention/key_mask.h"
#include "operators/kernels/half.h"
#include "operators/op/copy.h"

#include <math.h>

#define GRAIN 8192 /* elements that are worth a thread */

/* An input of Attention's alone, and attributes, of which those from HIDDEN_SIZES on are too. */
enum { PAST_LENGTH = 6 };
enum {
    HEADS,
    UNIDIRECTIONAL,
    FILTER,
    SCALE,
    DO_ROTARY,
    SHARE_BUFFER,
    HIDDEN_SIZES,
    ROTARY_DIM,
};

#define ATTRIBUTES                                                                                 \
    {.name = "num_heads", .type = HINGE_ATTR_INT, .required = true},                               \
        {.name = "unidirectional", .type = HINGE_ATTR_INT},                                        \
        {.name = "mask_filter_value", .type = HINGE_ATTR_FLOAT, .f = -10000},                      \
        {.name = "scale", .type = HINGE_ATTR_FLOAT},                                               \
        {.name = "do_rotary", .type = HINGE_ATTR_INT},                                             \
    {                                                                                              \
        .name = "past_present_share_buffer", .type = HINGE_ATTR_INT                                \
    }

const struct hinge_attribute_def qattention_attributes[] = {ATTRIBUTES, {.name = NULL}};
const struct hinge_attribute_def attention_attributes[] = {
    ATTRIBUTES,
    {.name = "qkv_hidden_sizes", .type = HINGE_ATTR_INTS},
    {.name = "rotary_embedding_dim", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

static bool is_quantized(const struct hinge_node *node)
{
    return node->inputs[0]->type == HINGE_UINT8 || node->inputs[0]->type == HINGE_INT8;
}

static struct attention_inputs inputs_of(const struct hinge_node *node)
{
    const bool quantized = is_quantized(node);
    return (struct attention_inputs){.x = node->inputs[0],
                                     .weights = node->inputs[1],
                                     .bias = op_input(node, 2),
                                     .mask = op_input(node, quantized ? 5 : 3),
                                     .past = op_input(node, quantized ? 8 : 4),
                                     .added = quantized ? NULL : op_input(node, 5)};
}

/* hidden and value_hidden from the weights' columns or the attribute. */
static hinge_status read_hidden(const struct hinge_node *node, struct attention_sizes *s)
{
    const struct hinge_attribute *given = &node->attributes[HIDDEN_SIZES];
    const bool is_given = !is_quantized(node) && given->present;
    s->hidden = s->value_hidden = s->width / 3;
    if (is_given && given->count == 3 && given->ints[0] == given->ints[1]) {
        s->hidden = given->ints[0];
        s->value_hidden = given->ints[2];
    } else if (is_given) {
        return OP_FAIL(node, HINGE_BAD_VALUE,
                       "qkv_hidden_sizes are not three, the first two alike");
    }
    if (s->heads < 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "num_heads is %lld", (long long)s->heads);
    if (s->hidden < s->heads || s->value_hidden < 0 || s->hidden > s->width ||
        s->value_hidden > s->width || 2 * s->hidden + s->value_hidden != s->width ||
        s->hidden % s->heads || s->value_hidden % s->heads)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "%lld columns of weights are not queries, keys and values of %lld heads",
                       (long long)s->width, (long long)s->heads);
    int64_t n_heads;
    if (__builtin_mul_overflow(s->batch, s->heads, &n_heads) || n_heads > INT64_MAX / 4)
        return OP_FAIL(node, HINGE_LIMIT, "%lld heads in a batch of %lld", (long long)s->heads,
                       (long long)s->batch);
    s->head = s->hidden / s->heads;
    s->value_head = s->value_hidden / s->heads;
    return HINGE_OK;
}

bool attention_shares(const struct hinge_node *node)
{
    return node->attributes[SHARE_BUFFER].i != 0;
}

static hinge_status read_past(const struct hinge_node *node, int64_t past_length,
                              struct attention_sizes *s)
{
    const hinge_tensor *past = s->in.past;
    const bool shares = attention_shares(node);
    const int64_t rows = past && past->rank == 5 ? past->dims[3] : 0;
    const int64_t dims[] = {2, s->batch, s->heads, rows, s->head};
    if (shares && (is_quantized(node) || !past || !op_input(node, PAST_LENGTH)))
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "past_present_share_buffer goes with past and past_sequence_length");
    if (past && !heads_have_dims(past, 5, dims))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "past is not 2 x %lld x %lld x past x %lld",
                       (long long)s->batch, (long long)s->heads, (long long)s->head);
    s->joins = past || op_output(node, 1);
    if (s->joins && s->head != s->value_head)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "keys of %lld elements and values of %lld with a past", (long long)s->head,
                       (long long)s->value_head);
    if (__builtin_add_overflow(rows, s->sequence, &s->capacity))
        return OP_FAIL(node, HINGE_LIMIT, "the past is too long");
    s->past = shares ? past_length : rows;
    s->total = s->past < 0 ? -1 : s->capacity - rows + s->past;
    if (shares && s->capacity - rows > rows - (s->past < 0 ? 0 : s->past))
        return OP_FAIL(node, HINGE_BAD_VALUE, "%lld rows are no room for %lld and %lld",
                       (long long)rows, (long long)s->past, (long long)s->sequence);
    s->capacity = shares ? rows : s->capacity;
    return HINGE_OK;
}

/* A mask that is there only because its exporter wanted one. */
static bool is_dummy(const hinge_tensor *mask, const struct attention_sizes *s)
{
    return mask->rank == 2 && mask->dims[1] == 1 && s->total != 1 &&
           (mask->dims[0] == 1 || mask->dims[0] == s->batch);
}

static hinge_status check_mask(const struct hinge_node *node, struct attention_sizes *s)
{
    const hinge_tensor *mask = s->in.mask;
    if (!mask || s->total < 0)
        return HINGE_OK;
    if (is_dummy(mask, s)) {
        s->in.mask = NULL;
        return HINGE_OK;
    }
    const int64_t all[] = {s->batch, s->sequence, s->total}, keys[] = {s->batch, s->total};
    const bool fits =
        mask->rank == 1 ? mask->dims[0] == s->batch || mask->dims[0] == 2 * s->batch ||
                              mask->dims[0] - 2 == 3 * s->batch
        : mask->rank == 2 ? heads_have_dims(mask, 2, keys)
        : mask->rank == 3 ? heads_have_dims(mask, 3, all)
                          : mask->rank == 4 && mask->dims[0] == s->batch && mask->dims[1] == 1 &&
                                mask->dims[2] >= s->total && mask->dims[3] >= s->total;
    if (!fits)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "mask_index of rank %d fits no batch of %lld, %lld queries, %lld keys",
                       (int)mask->rank, (long long)s->batch, (long long)s->sequence,
                       (long long)s->total);
    return HINGE_OK;
}

static hinge_status check_added(const struct hinge_node *node, const struct attention_sizes *s)
{
    const hinge_tensor *bias = s->in.bias, *added = s->in.added;
    if (bias && !heads_have_dims(bias, 1, &s->width))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "bias is not a list of %lld values",
                       (long long)s->width);
    if (added && (added->rank != 4 || (added->dims[0] != 1 && added->dims[0] != s->batch) ||
                  (added->dims[1] != 1 && added->dims[1] != s->heads) ||
                  added->dims[2] != s->sequence || (s->total >= 0 && added->dims[3] != s->total)))
        return OP_FAIL(
            node, HINGE_BAD_SHAPE, "attention_bias does not broadcast to %lld x %lld x %lld x %lld",
            (long long)s->batch, (long long)s->heads, (long long)s->sequence, (long long)s->total);
    return HINGE_OK;
}

hinge_status attention_read(const struct hinge_node *node, int64_t past_length,
                            struct attention_sizes *s)
{
    const struct attention_inputs in = inputs_of(node);
    const struct hinge_attribute *a = node->attributes;
    if (in.x->rank != 3 || in.weights->rank != 2 || in.weights->dims[0] != in.x->dims[2])
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "input is not batch x sequence x as many values as weights have rows");
    *s = (struct attention_sizes){.in = in,
                                  .batch = in.x->dims[0],
                                  .sequence = in.x->dims[1],
                                  .heads = a[HEADS].i,
                                  .input_hidden = in.x->dims[2],
                                  .width = in.weights->dims[1]};
    hinge_status status = read_hidden(node, s);
    if (!status && a[DO_ROTARY].i)
        status = heads_pairs(node, is_quantized(node) ? 0 : a[ROTARY_DIM].i, s->head, &s->pairs);
    if (!status)
        status = read_past(node, past_length, s);
    if (!status)
        status = check_mask(node, s);
    if (!status)
        status = check_added(node, s);
    return status;
}

hinge_status attention_infer(const struct hinge_node *node)
{
    struct attention_sizes s;
    int64_t past_length = -1;
    size_t count;
    hinge_status status = HINGE_OK;
    if (attention_shares(node) && !is_quantized(node) && op_input(node, PAST_LENGTH))
        status = op_input_ints(node, PAST_LENGTH, &past_length, 1, &count);
    if (status && status != HINGE_NEEDS_DATA)
        return status;
    status = attention_read(node, past_length, &s);
    if (status)
        return status;
    const int64_t dims[] = {s.batch, s.sequence, s.value_hidden};
    const int64_t present[] = {2, s.batch, s.heads, s.capacity, s.head};
    status = op_set_dims(node, 0, 3, dims);
    return status ? status : op_set_dims(node, 1, 5, present);
}

static struct attention describe(const struct hinge_node *node, const struct attention_sizes *s)
{
    const struct hinge_attribute *a = node->attributes;
    return (struct attention){
        .node = node,
        .n_batch = s->batch,
        .n_kv_heads = s->heads,
        .group = 1,
        .q_length = s->sequence,
        .kv_length = s->capacity,
        .head_size = s->head,
        .v_head_size = s->value_head,
        .y = heads_matrix(node->outputs[0], s->heads, s->sequence, s->value_head),
        .scale = a[SCALE].f != 0 ? (double)a[SCALE].f : 1 / sqrt((double)s->head),
        .left = -1,
        .right = a[UNIDIRECTIONAL].i ? 0 : -1,
    };
}

hinge_status attention_lay_out(const struct hinge_node *node, const struct attention_sizes *s,
                               size_t project, struct attention_layout *layout)
{
    const hinge_tensor *present = op_output(node, 1), *bias = s->in.bias;
    const bool joined = s->joins && !(present && present->type == HINGE_FLOAT);
    const struct attention a = describe(node, s);
    const int64_t rows = heads_scratch(node, s->head);
    int64_t each = attention_scratch_f32(&a), cache, projected;
    *layout = (struct attention_layout){.size = 0};
    if (!op_multiply(s->batch * s->heads, s->capacity, &cache) ||
        !op_multiply(cache, 2 * s->head, &cache) ||
        !op_multiply(s->batch, s->sequence, &projected) ||
        !op_multiply(projected, s->width, &projected) || rows < 0 || each < 0 ||
        !op_multiply(each, node->n_threads, &each) || project > INT64_MAX / 2 ||
        !heads_take(&layout->size, &layout->project, (int64_t)project, 1) ||
        !heads_take(&layout->size, &layout->bias,
                    bias && bias->type != HINGE_FLOAT ? hinge_count(bias) : 0, sizeof(float)) ||
        !heads_take(&layout->size, &layout->projected, projected, sizeof(float)) ||
        !heads_take(&layout->size, &layout->joined, joined ? cache : 0, sizeof(float)) ||
        !heads_take(&layout->size, &layout->spans, s->batch, sizeof(struct attention_span)) ||
        !heads_take(&layout->size, &layout->rows, rows, 1) ||
        !heads_take(&layout->size, &layout->angles, 2 * s->sequence * s->pairs, sizeof(float)) ||
        !heads_take(&layout->size, &layout->turned, s->pairs ? projected : 0, sizeof(float)) ||
        !heads_take(&layout->size, &layout->attention, each, 1))
        return OP_FAIL(node, HINGE_LIMIT, "the keys of %lld heads take too much memory",
                       (long long)s->heads);
    return HINGE_OK;
}

const float *attention_bias(const struct hinge_node *node, const struct attention_sizes *s,
                            const struct attention_layout *layout)
{
    const hinge_tensor *bias = s->in.bias;
    float *floats = (float *)(void *)((char *)node->scratch + layout->bias);
    if (!bias || bias->type == HINGE_FLOAT)
        return bias ? bias->data : NULL;
    attention_convert(node, bias, floats, false);
    return floats;
}

struct conversion {
    const hinge_tensor *halves;
    float *floats;
    bool to_halves;
};

static void convert(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct conversion *c = argument;
    uint16_t *halves = (uint16_t *)c->halves->data + begin;
    (void)thread;
    if (c->to_halves)
        half_store(c->halves->type, halves, c->floats + begin, end - begin);
    else
        half_load(c->halves->type, c->floats + begin, halves, end - begin);
}

void attention_convert(const struct hinge_node *node, const hinge_tensor *halves, float *floats,
                       bool to_halves)
{
    struct conversion c = {halves, floats, to_halves};
    node->host->parallel(node, hinge_count(halves), GRAIN, convert, &c);
}

/* Keys (kind 0) or values of the past. */
static hinge_tensor past_of(const hinge_tensor *past, int kind)
{
    hinge_tensor half = *past;
    half.rank = 4;
    memmove(half.dims, past->dims + 1, 4 * sizeof *half.dims);
    half.data = (char *)past->data + (kind ? hinge_size(past->type, hinge_count(&half)) : 0);
    return half;
}

/* Keys or values behind those of the past, at to. */
static struct attention_matrix join(const struct attention_sizes *s, struct heads *heads, int kind,
                                    float *to)
{
    hinge_tensor past;
    struct heads_past kept = {.to =
                                  (char *)(to + kind * s->batch * s->heads * s->capacity * s->head),
                              .capacity = s->capacity,
                              .first = s->past};
    if (s->in.past) {
        past = past_of(s->in.past, kind);
        kept.past = &past;
    }
    return heads_append(heads, &kept);
}

static void filter(const void *argument, int64_t batch, int64_t query, int64_t begin, int64_t count,
                   void *scores)
{
    key_mask_add(argument, batch, query, begin, count, scores);
}

static void set_bias(const struct attention_sizes *s, struct attention *a)
{
    const hinge_tensor *added = s->in.added;
    const int64_t head = s->sequence * s->total;
    if (!added)
        return;
    const int64_t strides[] = {added->dims[0] == 1 ? 0 : added->dims[1] * head,
                               added->dims[1] == 1 ? 0 : head, s->total, 1};
    memcpy(a->mask_strides, strides, sizeof strides);
    a->mask = added;
    a->mask_length = s->total;
}

void attention_attend(const struct hinge_node *node, const struct attention_sizes *s,
                      const struct attention_layout *at)
{
    char *scratch = node->scratch;
    hinge_tensor *present = op_output(node, 1);
    struct attention a = describe(node, s);
    struct attention_span *spans = (struct attention_span *)(void *)(scratch + at->spans);
    const struct key_mask mask = {.mask = s->in.mask,
                                  .n_batch = s->batch,
                                  .first_row = s->past,
                                  .filter = node->attributes[FILTER].f};
    const bool direct = present && present->type == HINGE_FLOAT;
    float *joined = direct ? present->data : (float *)(void *)(scratch + at->joined);
    struct heads heads = {.node = node,
                          .from = {.type = HINGE_FLOAT,
                                   .data = scratch + at->projected,
                                   .batch = s->sequence * s->width,
                                   .head = s->head,
                                   .row = s->width},
                          .n_batch = s->batch,
                          .n_heads = s->heads,
                          .length = s->sequence,
                          .size = s->head,
                          .rows = (float *)(void *)(scratch + at->rows)};
    for (int64_t b = 0; b < s->batch; b++)
        spans[b] = (struct attention_span){.n_valid = s->total, .offset = s->past};
    struct attention_turn turn;
    float *turned = (float *)(void *)(scratch + at->turned);
    if (s->pairs) {
        attention_open_turn(s, (float *)(void *)(scratch + at->angles), &turn);
        heads.turn = &turn.turn;
    }
    a.q = attention_place_turned(s, &heads, turned);
    heads.from.data += hinge_size(HINGE_FLOAT, s->hidden);
    a.k = s->joins ? join(s, &heads, 0, joined)
                   : attention_place_turned(s, &heads, turned + s->batch * s->sequence * s->hidden);
    heads.turn = NULL;
    heads.from.data += hinge_size(HINGE_FLOAT, s->hidden);
    heads.from.head = s->value_head;
    a.v = s->joins ? join(s, &heads, 1, joined) : heads.from;
    if (present && !direct)
        attention_convert(node, present, joined, true);
    a.spans = spans;
    a.scratch = scratch + at->attention;
    a.filter = mask.mask ? filter : NULL;
    a.filter_argument = &mask;
    set_bias(s, &a);
    if (hinge_count(node->outputs[0]) > 0)
        attention_run_f32(&a);
}
