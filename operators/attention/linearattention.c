/* LinearAttention-27: the recurrence token by token, for blocks of a state's columns, which do not
 * depend on each other. Computed in float32, rounded once; chunk_size changes nothing. Without a
 * past state the present one has the query's type. */
#include "operators/kernels/half.h"
#include "operators/kernels/integer.h"
#include "operators/kernels/vmath.h"
#include "operators/op/copy.h"

#include <math.h>

enum { CHUNK_SIZE, KV_NUM_HEADS, Q_NUM_HEADS, SCALE, UPDATE_RULE };
enum { QUERY, KEY, VALUE, PAST_STATE, DECAY, BETA };
enum { OUTPUT, PRESENT_STATE };

enum { COLUMNS = 64 }; /* of a state, in a block */

/* Bits of a rule. */
enum { GATED = 1, DELTA = 2 };

struct sizes {
    unsigned rule;
    int64_t batch, length, q_heads, kv_heads, k_size, v_size;
    bool decay_of_keys; /* one for each row of the state, not for the head */
    bool beta_of_heads;
};

static hinge_status read_rule(const struct hinge_node *node, unsigned *rule)
{
    static const char *const names[] = {"linear", "gated", "delta", "gated_delta"};
    const hinge_string s = node->attributes[UPDATE_RULE].s;
    for (unsigned i = 0; i < 4; i++)
        if (s.size == strlen(names[i]) && !memcmp(s.bytes, names[i], s.size)) {
            *rule = i;
            return HINGE_OK;
        }
    return OP_FAIL(node, HINGE_BAD_MODEL,
                   "update_rule is \"%.*s\", not linear, gated, delta or gated_delta", (int)s.size,
                   s.bytes);
}

static hinge_status check(const struct hinge_node *node, struct sizes *s)
{
    static const char *const names[] = {"decay", "beta"};
    hinge_status status = read_rule(node, &s->rule);
    if (status)
        return status;
    s->q_heads = node->attributes[Q_NUM_HEADS].i;
    s->kv_heads = node->attributes[KV_NUM_HEADS].i;
    if (s->q_heads < 1 || s->kv_heads < 1 || s->q_heads % s->kv_heads)
        return OP_FAIL(node, HINGE_BAD_VALUE,
                       "q_num_heads %lld is no positive multiple of kv_num_heads %lld",
                       (long long)s->q_heads, (long long)s->kv_heads);
    for (unsigned i = 0; i < 2; i++)
        if (!op_input(node, DECAY + i) != !(s->rule & (i ? DELTA : GATED)))
            return OP_FAIL(node, HINGE_BAD_MODEL, "the update_rule %s %s",
                           op_input(node, DECAY + i) ? "does not take" : "needs", names[i]);
    return HINGE_OK;
}

static hinge_status init(struct hinge_node *node)
{
    struct sizes s;
    return check(node, &s);
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    if (node->n_outputs > PRESENT_STATE)
        outputs[PRESENT_STATE] = op_input(node, PAST_STATE) ? inputs[PAST_STATE] : inputs[QUERY];
    return HINGE_OK;
}

/* The size of a head, of which an input of rank 3 has so many for each token. */
static hinge_status read_heads(const struct hinge_node *node, const struct sizes *s, unsigned input,
                               int64_t heads, int64_t *size)
{
    static const char *const names[] = {"query", "key", "value", "past_state", "decay", "beta"};
    const hinge_tensor *x = node->inputs[input];
    if (x->rank != 3 || x->dims[0] != s->batch || x->dims[1] != s->length || x->dims[2] % heads)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not %lld x %lld x %lld heads", names[input],
                       (long long)s->batch, (long long)s->length, (long long)heads);
    *size = x->dims[2] / heads;
    return HINGE_OK;
}

static hinge_status read_sizes(const struct hinge_node *node, struct sizes *s)
{
    const hinge_tensor *query = node->inputs[QUERY], *past = op_input(node, PAST_STATE);
    int64_t key_size = 0, decay_size = 1;
    *s = (struct sizes){0};
    hinge_status status = check(node, s);
    if (!status && query->rank != 3)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "query has rank %d, not 3", (int)query->rank);
    if (status)
        return status;
    s->batch = query->dims[0];
    s->length = query->dims[1];
    status = read_heads(node, s, QUERY, s->q_heads, &s->k_size);
    if (!status)
        status = read_heads(node, s, KEY, s->kv_heads, &key_size);
    if (!status)
        status = read_heads(node, s, VALUE, s->kv_heads, &s->v_size);
    if (!status && s->rule & GATED)
        status = read_heads(node, s, DECAY, s->kv_heads, &decay_size);
    if (status)
        return status;
    if (key_size != s->k_size)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "a head of key has %lld elements, one of query %lld",
                       (long long)key_size, (long long)s->k_size);
    if (decay_size != 1 && decay_size != s->k_size)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "decay has %lld elements a head, not 1 or %lld",
                       (long long)decay_size, (long long)s->k_size);
    s->decay_of_keys = decay_size != 1;
    if (s->rule & DELTA) {
        const hinge_tensor *beta = node->inputs[BETA];
        if (beta->rank != 3 || beta->dims[0] != s->batch || beta->dims[1] != s->length ||
            (beta->dims[2] != 1 && beta->dims[2] != s->kv_heads))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "beta is not %lld x %lld x 1 or %lld",
                           (long long)s->batch, (long long)s->length, (long long)s->kv_heads);
        s->beta_of_heads = beta->dims[2] != 1;
    }
    if (past && (past->rank != 4 || past->dims[0] != s->batch || past->dims[1] != s->kv_heads ||
                 past->dims[2] != s->k_size || past->dims[3] != s->v_size))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "past_state is not %lld x %lld x %lld x %lld",
                       (long long)s->batch, (long long)s->kv_heads, (long long)s->k_size,
                       (long long)s->v_size);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    struct sizes s;
    int64_t width;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    if (!op_multiply(s.q_heads, s.v_size, &width))
        return OP_FAIL(node, HINGE_LIMIT, "the output is too large");
    const int64_t y[3] = {s.batch, s.length, width};
    const int64_t state[4] = {s.batch, s.kv_heads, s.k_size, s.v_size};
    status = op_set_dims(node, OUTPUT, 3, y);
    return status ? status : op_set_dims(node, PRESENT_STATE, 4, state);
}

/* What a thread works in: floats, each part a multiple of 16. */
struct memory {
    float *state; /* k_size x COLUMNS */
    float *query, *key, *decay;
    float *output; /* a row of COLUMNS for each query's head */
};

static int64_t lay_out(const struct sizes *s, float *floats, struct memory *m)
{
    const int64_t keys = round_up(s->k_size, 16), group = s->q_heads / s->kv_heads;
    *m = (struct memory){0};
    if (floats) {
        m->state = floats;
        m->query = m->state + keys * COLUMNS;
        m->key = m->query + group * keys;
        m->decay = m->key + keys;
        m->output = m->decay + keys;
    }
    return keys * (COLUMNS + group + 2) + group * COLUMNS;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct sizes s;
    struct memory m;
    int64_t size;
    hinge_status status = read_sizes(node, &s);
    if (status)
        return status;
    const int64_t most = INT64_C(1) << 28;
    if (s.k_size > most || s.q_heads > most ||
        !op_multiply(lay_out(&s, NULL, &m), (int64_t)(node->n_threads * sizeof(float)), &size))
        return OP_FAIL(node, HINGE_LIMIT, "the heads are too large");
    *scratch = (size_t)size;
    return HINGE_OK;
}

struct job {
    const struct hinge_node *node;
    struct sizes sizes;
    float scale;
    int64_t n_blocks; /* of a state's columns */
};

static void load(const hinge_tensor *x, float *to, int64_t at, int64_t count)
{
    if (x->type == HINGE_FLOAT)
        memcpy(to, (const float *)x->data + at, (size_t)count * sizeof *to);
    else
        half_load(x->type, to, (const uint16_t *)x->data + at, count);
}

static void store(hinge_tensor *y, int64_t at, const float *from, int64_t count)
{
    if (y->type == HINGE_FLOAT)
        memcpy((float *)y->data + at, from, (size_t)count * sizeof *from);
    else
        half_store(y->type, (uint16_t *)y->data + at, from, count);
}

/* A block of a head's state. */
struct block {
    int64_t batch, head, column, count;
};

/* Query, key and decay of a token: token counts those of the batch. */
static void load_token(const struct job *job, const struct block *b, int64_t token,
                       struct memory *m)
{
    const struct sizes *s = &job->sizes;
    const hinge_tensor *const *inputs = job->node->inputs;
    const int64_t group = s->q_heads / s->kv_heads, n = s->k_size;
    load(inputs[QUERY], m->query, (token * s->q_heads + b->head * group) * n, group * n);
    for (int64_t i = 0; i < group * n; i++)
        m->query[i] *= job->scale;
    load(inputs[KEY], m->key, (token * s->kv_heads + b->head) * n, n);
    if (!(s->rule & GATED))
        return;
    if (s->decay_of_keys)
        load(inputs[DECAY], m->decay, (token * s->kv_heads + b->head) * n, n);
    else
        load(inputs[DECAY], m->decay, token * s->kv_heads + b->head, 1);
    const int64_t n_decays = s->decay_of_keys ? n : 1;
    for (int64_t i = 0; i < n_decays; i += VF32_LANES) {
        const int lanes = (int)min_i64(VF32_LANES, n_decays - i);
        vf32_store_n(m->decay + i, vmath_exp(vf32_load_n(m->decay + i, lanes)), lanes);
    }
    for (int64_t i = n_decays; i < n; i++)
        m->decay[i] = m->decay[0];
}

/* The value that the state is to take in: that of the token, or what it lacks of it. */
static void new_value(const struct job *job, const struct block *b, int64_t token,
                      const struct memory *m, float *value)
{
    const struct sizes *s = &job->sizes;
    float found[COLUMNS] = {0}, beta;
    load(job->node->inputs[VALUE], value, (token * s->kv_heads + b->head) * s->v_size + b->column,
         b->count);
    if (!(s->rule & DELTA))
        return;
    for (int64_t d = 0; d < s->k_size; d++)
        for (int64_t i = 0; i < COLUMNS; i++)
            found[i] += m->key[d] * m->state[d * COLUMNS + i];
    load(job->node->inputs[BETA], &beta, s->beta_of_heads ? token * s->kv_heads + b->head : token,
         1);
    for (int64_t i = 0; i < b->count; i++)
        value[i] = beta * (value[i] - found[i]);
}

static void take_token(const struct job *job, const struct block *b, int64_t token,
                       struct memory *m)
{
    const struct sizes *s = &job->sizes;
    const int64_t group = s->q_heads / s->kv_heads;
    float value[COLUMNS] = {0};
    hinge_tensor *y = op_output(job->node, OUTPUT);
    load_token(job, b, token, m);
    if (s->rule & GATED)
        for (int64_t d = 0; d < s->k_size; d++)
            for (int64_t i = 0; i < COLUMNS; i++)
                m->state[d * COLUMNS + i] *= m->decay[d];
    new_value(job, b, token, m, value);
    memset(m->output, 0, (size_t)(group * COLUMNS) * sizeof *m->output);
    for (int64_t d = 0; d < s->k_size; d++) {
        float *restrict state = m->state + d * COLUMNS;
        for (int64_t i = 0; i < COLUMNS; i++)
            state[i] += m->key[d] * value[i];
        for (int64_t g = 0; g < group; g++) {
            float *restrict output = m->output + g * COLUMNS;
            const float query = m->query[g * s->k_size + d];
            for (int64_t i = 0; i < COLUMNS; i++)
                output[i] += query * state[i];
        }
    }
    for (int64_t g = 0; g < group && y; g++)
        store(y, (token * s->q_heads + b->head * group + g) * s->v_size + b->column,
              m->output + g * COLUMNS, b->count);
}

static void blocks(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct sizes *s = &job->sizes;
    const hinge_tensor *past = op_input(job->node, PAST_STATE);
    hinge_tensor *present = op_output(job->node, PRESENT_STATE);
    struct memory m;
    const int64_t count = lay_out(s, NULL, &m);
    lay_out(s, (float *)job->node->scratch + (int64_t)thread * count, &m);
    for (int64_t i = begin; i < end; i++) {
        const int64_t state = i / job->n_blocks, column = i % job->n_blocks * COLUMNS;
        const struct block b = {.batch = state / s->kv_heads,
                                .head = state % s->kv_heads,
                                .column = column,
                                .count = min_i64(COLUMNS, s->v_size - column)};
        memset(m.state, 0, (size_t)(s->k_size * COLUMNS) * sizeof *m.state);
        for (int64_t d = 0; d < s->k_size && past; d++)
            load(past, m.state + d * COLUMNS, (state * s->k_size + d) * s->v_size + column,
                 b.count);
        for (int64_t t = 0; t < s->length; t++)
            take_token(job, &b, b.batch * s->length + t, &m);
        for (int64_t d = 0; d < s->k_size && present; d++)
            store(present, (state * s->k_size + d) * s->v_size + column, m.state + d * COLUMNS,
                  b.count);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    struct job job = {.node = node};
    hinge_status status = read_sizes(node, &job.sizes);
    if (status)
        return status;
    const struct sizes *s = &job.sizes;
    const float given = node->attributes[SCALE].f;
    job.scale = given != 0 ? given : (float)(1 / sqrt((double)s->k_size));
    job.n_blocks = ceil_div(s->v_size, COLUMNS);
    const int64_t work = min_i64(s->length + 1, 1 << 20) * min_i64(s->k_size + 1, 1 << 20);
    node->host->parallel(node, s->batch * s->kv_heads * job.n_blocks,
                         op_grain(1 << 16, work * COLUMNS), blocks, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "chunk_size", .type = HINGE_ATTR_INT, .i = 64},
    {.name = "kv_num_heads", .type = HINGE_ATTR_INT, .required = true},
    {.name = "q_num_heads", .type = HINGE_ATTR_INT, .required = true},
    {.name = "scale", .type = HINGE_ATTR_FLOAT},
    {.name = "update_rule", .type = HINGE_ATTR_STRING, .s = "gated_delta"},
    {.name = NULL},
};

#define TYPES "float16 bfloat16 float"

const struct hinge_op op_linearattention[] = {
    {.name = "LinearAttention",
     .since = 27,
     .signature = "(query: T, key: T, value: T, past_state?: S, decay?: T, beta?: T) -> "
                  "(output: T, present_state: S); T: " TYPES "; S: " TYPES,
     .attributes = attributes,
     .types = types,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run})},
    OP_END,
};
