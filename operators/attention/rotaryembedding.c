/* RotaryEmbedding-23: the first elements of each head turned in pairs, which lie side by side
 * (interleaved) or half of them apart. The halves are computed in float and rounded once.
 *
 * That of com.microsoft has position_ids before the caches, always; one number there is the
 * position of the first token. Without rotary_embedding_dim the caches tell the size of a head. Its
 * scale changes nothing, as in ONNX Runtime's kernels, and with positions for each token a sequence
 * may be longer than the caches, whether is_packed_batching says so or not. */
#include "operators/attention/heads.h"
#include "operators/op/copy.h"
#include "operators/op/index.h"

enum { INTERLEAVED, NUM_HEADS, ROTARY_DIM };

struct sizes {
    int64_t batch, heads, length, head_size, pairs;
    int64_t n_rows; /* of the caches, which positions choose from; 0: one for each token */
    bool counts;    /* positions is that of the first token */
};

/* Where the inputs behind X stand. */
struct places {
    unsigned cosine, sine, positions;
    bool is_microsoft;
};

static struct places places_of(const struct hinge_node *node)
{
    return node->inputs[1]->type == HINGE_INT64 ? (struct places){2, 3, 1, true}
                                                : (struct places){1, 2, 3, false};
}

static hinge_status read_heads(const struct hinge_node *node, struct sizes *s)
{
    const hinge_tensor *x = node->inputs[0];
    const struct places at = places_of(node);
    const hinge_tensor *cosine = node->inputs[at.cosine];
    const int64_t wanted = node->attributes[ROTARY_DIM].i;
    int64_t heads = node->attributes[NUM_HEADS].i;
    if (x->rank != 3 && x->rank != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not 3 or 4", (int)x->rank);
    if (at.is_microsoft && !wanted && x->rank == 3 && cosine->rank == 2)
        heads = cosine->dims[1] > 0 && cosine->dims[1] <= x->dims[2]
                    ? x->dims[2] / (2 * cosine->dims[1])
                    : 0;
    if (x->rank == 3 && (heads < 1 || x->dims[2] % heads))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld elements do not make num_heads %lld heads",
                       (long long)x->dims[2], (long long)heads);
    s->batch = x->dims[0];
    s->heads = x->rank == 3 ? heads : x->dims[1];
    s->length = x->rank == 3 ? x->dims[1] : x->dims[2];
    s->head_size = x->rank == 3 ? x->dims[2] / heads : x->dims[3];
    return heads_pairs(node, wanted, s->head_size, &s->pairs);
}

static hinge_status read_sizes(const struct hinge_node *node, struct sizes *s)
{
    const struct places at = places_of(node);
    const hinge_tensor *positions = op_input(node, at.positions);
    static const char *const names[] = {"cos_cache", "sin_cache"};
    *s = (struct sizes){0};
    hinge_status status = read_heads(node, s);
    if (status)
        return status;
    s->counts = at.is_microsoft && positions->rank < 2 && hinge_count(positions) == 1;
    if (positions && !s->counts &&
        (positions->rank != 2 || positions->dims[0] != s->batch || positions->dims[1] != s->length))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "position_ids is not %lld x %lld",
                       (long long)s->batch, (long long)s->length);
    const hinge_tensor *cosine = node->inputs[at.cosine];
    s->n_rows = positions && cosine->rank == 2 ? cosine->dims[0] : 0;
    for (unsigned i = 0; i < 2; i++) {
        const hinge_tensor *cache = node->inputs[i ? at.sine : at.cosine];
        if (positions &&
            (cache->rank != 2 || cache->dims[0] != s->n_rows || cache->dims[1] != s->pairs))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not %lld x %lld", names[i],
                           (long long)s->n_rows, (long long)s->pairs);
        if (!positions && (cache->rank != 3 || cache->dims[0] != s->batch ||
                           cache->dims[1] != s->length || cache->dims[2] != s->pairs))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not %lld x %lld x %lld", names[i],
                           (long long)s->batch, (long long)s->length, (long long)s->pairs);
    }
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    return status ? status : op_infer_same(node);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    const int64_t size = status ? 0 : heads_scratch(node, s.head_size);
    if (size < 0)
        return OP_FAIL(node, HINGE_LIMIT, "a head is too large");
    *scratch = (size_t)size;
    return status;
}

/* Whether the caches have rows for all tokens from the position of the first one on. */
static hinge_status check_first(const struct hinge_node *node, const struct sizes *s,
                                const hinge_tensor *positions)
{
    const int64_t first = op_index_raw(positions, 0);
    if (first < 0 || first > s->n_rows || s->length > s->n_rows - first)
        return OP_FAIL(node, HINGE_BAD_VALUE,
                       "%lld tokens from position %lld on, in caches of %lld", (long long)s->length,
                       (long long)first, (long long)s->n_rows);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *y = node->outputs[0];
    const struct places at = places_of(node);
    const hinge_tensor *positions = op_input(node, at.positions);
    struct sizes s;
    hinge_status status = read_sizes(node, &s);
    if (!status && s.counts)
        status = check_first(node, &s, positions);
    else if (!status && positions)
        status = op_index_range(node, at.positions, s.n_rows);
    if (status || hinge_count(x) == 0)
        return status;
    const struct heads_turn turn = {.cosine = node->inputs[at.cosine],
                                    .sine = node->inputs[at.sine],
                                    .n_rows = positions ? s.n_rows : s.batch * s.length,
                                    .pairs = s.pairs,
                                    .positions = positions,
                                    .which = s.counts    ? HEADS_BEHIND_FIRST
                                             : positions ? HEADS_AT_POSITIONS
                                                         : HEADS_IN_ORDER,
                                    .interleaved = node->attributes[INTERLEAVED].i != 0};
    struct heads heads = {.node = node,
                          .from = heads_matrix(x, s.heads, s.length, s.head_size),
                          .to = heads_matrix(y, s.heads, s.length, s.head_size),
                          .n_batch = s.batch,
                          .n_heads = s.heads,
                          .length = s.length,
                          .size = s.head_size,
                          .turn = &turn,
                          .rows = node->scratch};
    if (x->rank == 4) {
        heads.from = heads_cache(x->type, x->data, s.heads, s.length, s.head_size);
        heads.to = heads_cache(y->type, y->data, s.heads, s.length, s.head_size);
    }
    heads_place(&heads);
    return HINGE_OK;
}

#define ATTRIBUTES                                                                                 \
    {.name = "interleaved", .type = HINGE_ATTR_INT},                                               \
        {.name = "num_heads", .type = HINGE_ATTR_INT},                                             \
    {                                                                                              \
        .name = "rotary_embedding_dim", .type = HINGE_ATTR_INT                                     \
    }

static const struct hinge_attribute_def attributes[] = {ATTRIBUTES, {.name = NULL}};
static const struct hinge_attribute_def microsoft_attributes[] = {
    ATTRIBUTES,
    {.name = "scale", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = "is_packed_batching", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

const struct hinge_op op_rotaryembedding[] = {
    {.name = "RotaryEmbedding",
     .since = 23,
     .signature = "(X: T, cos_cache: T, sin_cache: T, position_ids?: int64) -> (Y: T); "
                  "T: float float16 bfloat16",
     .attributes = attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run})},
    {.name = "RotaryEmbedding",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(input: T, position_ids: M, cos_cache: T, sin_cache: T) -> (output: T); "
                  "T: float float16 bfloat16; M: int64",
     .attributes = microsoft_attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run})},
    OP_END,
};
