/* TfIdfVectorizer-9: how often each n-gram of a pool is found in X, or in each row of it, also with
 * items skipped in between; weighted or not. A weight is that of an n-gram, as the standard's text
 * has it and ONNX Runtime: its reference implementation takes that of a coordinate of the output,
 * which is the same where ngram_indexes counts up from 0. An n-gram that is twice in the pool
 * counts for the last one; where n-grams share a coordinate, the last one's weight is that of all.
 */
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"

#define GRAIN 16384

enum {
    MAX_GRAM_LENGTH,
    MAX_SKIP_COUNT,
    MIN_GRAM_LENGTH,
    MODE,
    NGRAM_COUNTS,
    NGRAM_INDEXES,
    POOL_INT64S,
    POOL_STRINGS,
    WEIGHTS
};

/* What an n-gram is made of: a string, or a number where bytes is NULL. */
struct item {
    const char *bytes;
    uint64_t value; /* or size */
};

/* A tree of the pool's n-grams in a hash table of its edges. Node 0 is the root, the others are
 * numbered as they come. */
struct edge {
    int64_t from, to; /* to 0: free */
    struct item item;
    int64_t ngram; /* that ends in to; -1: none */
};

struct tree {
    int64_t n_edges;
    uint64_t mask;        /* size of the table - 1 */
    const float *weights; /* of the output's coordinates; NULL: all 1 */
    struct edge edges[];
};

static bool is_mode(const struct hinge_node *node, const char *name)
{
    const hinge_string s = node->attributes[MODE].s;
    return s.size == strlen(name) && !memcmp(s.bytes, name, s.size);
}

static const struct hinge_attribute *pool_of(const struct hinge_node *node)
{
    return &node->attributes[node->attributes[POOL_STRINGS].present ? POOL_STRINGS : POOL_INT64S];
}

static struct item string_item(hinge_string s)
{
    return (struct item){s.size ? s.bytes : "", s.size};
}

static struct item pool_item(const struct hinge_attribute *pool, int64_t i)
{
    if (pool->type == HINGE_ATTR_STRINGS)
        return string_item(pool->strings[i]);
    return (struct item){NULL, (uint64_t)pool->ints[i]};
}

static struct item input_item(const hinge_tensor *x, int64_t i)
{
    switch (x->type) {
    case HINGE_STRING: return string_item(((const hinge_string *)x->data)[i]);
    case HINGE_INT32: return (struct item){NULL, (uint64_t)((const int32_t *)x->data)[i]};
    default: return (struct item){NULL, (uint64_t)((const int64_t *)x->data)[i]};
    }
}

/* FNV-1a over the bytes; otherwise the multiplier of Knuth's hashing. */
static uint64_t hash(int64_t from, struct item item)
{
    uint64_t h = (uint64_t)from * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0xcbf29ce484222325);
    if (!item.bytes)
        h = (h ^ item.value) * UINT64_C(0x9e3779b97f4a7c15);
    for (uint64_t i = 0; item.bytes && i < item.value; i++)
        h = (h ^ (unsigned char)item.bytes[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 32;
}

/* The edge, or the free place where it belongs. */
static int64_t find(const struct tree *tree, int64_t from, struct item item)
{
    for (uint64_t at = hash(from, item);; at++) {
        const struct edge *edge = &tree->edges[at & tree->mask];
        if (edge->to == 0)
            return (int64_t)(at & tree->mask);
        if (edge->from == from && edge->item.value == item.value &&
            (!item.bytes || !memcmp(edge->item.bytes, item.bytes, item.value)))
            return (int64_t)(at & tree->mask);
    }
}

static void add(struct tree *tree, const struct hinge_attribute *pool, int64_t first, int64_t size,
                int64_t ngram)
{
    int64_t from = 0;
    for (int64_t i = 0; i < size; i++) {
        const struct item item = pool_item(pool, first + i);
        struct edge *edge = &tree->edges[find(tree, from, item)];
        if (edge->to == 0)
            *edge = (struct edge){from, ++tree->n_edges, item, -1};
        if (i == size - 1)
            edge->ngram = ngram;
        from = edge->to;
    }
}

/* The part [begin, end) of the pool that has the n-grams of size + 1 items. */
static void pool_part(const struct hinge_node *node, size_t size, int64_t *begin, int64_t *end)
{
    const struct hinge_attribute *counts = &node->attributes[NGRAM_COUNTS];
    *begin = counts->ints[size];
    *end = size + 1 < counts->count ? counts->ints[size + 1] : (int64_t)pool_of(node)->count;
}

static hinge_status check_pool(const struct hinge_node *node)
{
    const struct hinge_attribute *counts = &node->attributes[NGRAM_COUNTS];
    const int64_t n_items = (int64_t)pool_of(node)->count;
    int64_t n_ngrams = 0, begin, end;
    if (node->attributes[POOL_INT64S].present == node->attributes[POOL_STRINGS].present)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "not exactly one of pool_int64s and pool_strings is there");
    for (size_t i = 0; i < counts->count; i++) {
        pool_part(node, i, &begin, &end);
        if (begin < 0 || begin > end || end > n_items || (end - begin) % ((int64_t)i + 1) != 0)
            return OP_FAIL(node, HINGE_BAD_MODEL,
                           "the n-grams of %zu items are [%lld, %lld) of a pool of %lld", i + 1,
                           (long long)begin, (long long)end, (long long)n_items);
        n_ngrams += (end - begin) / ((int64_t)i + 1);
    }
    if (n_ngrams > (int64_t)node->attributes[NGRAM_INDEXES].count)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%lld n-grams have %zu ngram_indexes",
                       (long long)n_ngrams, node->attributes[NGRAM_INDEXES].count);
    return HINGE_OK;
}

static bool is_weighted(const struct hinge_node *node)
{
    return node->attributes[WEIGHTS].count && !is_mode(node, "TF");
}

/* Also checks the attributes. */
static hinge_status output_size(const struct hinge_node *node, int64_t *size)
{
    const struct hinge_attribute *a = node->attributes;
    *size = 0;
    for (size_t i = 0; i < a[NGRAM_INDEXES].count; i++) {
        const int64_t index = a[NGRAM_INDEXES].ints[i];
        if (index < 0 || index == INT64_MAX)
            return OP_FAIL(node, HINGE_BAD_MODEL, "ngram_indexes has %lld", (long long)index);
        *size = max_i64(*size, index + 1);
    }
    if (a[MIN_GRAM_LENGTH].i < 1 || a[MIN_GRAM_LENGTH].i > a[MAX_GRAM_LENGTH].i)
        return OP_FAIL(node, HINGE_BAD_MODEL, "n-grams are to have from %lld to %lld items",
                       (long long)a[MIN_GRAM_LENGTH].i, (long long)a[MAX_GRAM_LENGTH].i);
    if (a[MAX_SKIP_COUNT].i < 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "max_skip_count is %lld",
                       (long long)a[MAX_SKIP_COUNT].i);
    if (!is_mode(node, "TF") && !is_mode(node, "IDF") && !is_mode(node, "TFIDF"))
        return OP_FAIL(node, HINGE_BAD_MODEL, "mode is not TF, IDF or TFIDF");
    if (is_weighted(node) && a[WEIGHTS].count < a[NGRAM_INDEXES].count)
        return OP_FAIL(node, HINGE_BAD_MODEL, "there are %zu weights for %zu ngram_indexes",
                       a[WEIGHTS].count, a[NGRAM_INDEXES].count);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[2];
    if (x->rank != 1 && x->rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not 1 or 2", (int)x->rank);
    dims[0] = x->dims[0];
    hinge_status status = output_size(node, &dims[x->rank - 1]);
    if (!status)
        status = check_pool(node);
    if (!status && (x->type == HINGE_STRING) != node->attributes[POOL_STRINGS].present)
        status = OP_FAIL(node, HINGE_BAD_MODEL, "X and the pool are not both of strings");
    return status ? status : op_set_dims(node, 0, x->rank, dims);
}

/* The weights of the output's coordinates. */
static hinge_status make_weights(const struct hinge_node *node, struct tree *tree)
{
    const struct hinge_attribute *indexes = &node->attributes[NGRAM_INDEXES];
    int64_t size;
    hinge_status status = output_size(node, &size);
    if (status || size == 0)
        return status;
    if ((uint64_t)size > SIZE_MAX / sizeof(float))
        return HINGE_NO_MEMORY;
    float *weights = node->host->alloc(node, (size_t)size * sizeof *weights);
    if (!weights)
        return HINGE_NO_MEMORY;
    memset(weights, 0, (size_t)size * sizeof *weights); /* no n-gram is counted there */
    for (size_t i = 0; i < indexes->count; i++)
        weights[indexes->ints[i]] = node->attributes[WEIGHTS].floats[i];
    tree->weights = weights;
    return HINGE_OK;
}

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes, *pool = pool_of(node);
    int64_t size, ngram = 0, begin, end;
    uint64_t n_places = 2;
    hinge_status status = output_size(node, &size); /* infer may come later, with the shape */
    if (!status)
        status = check_pool(node);
    if (status)
        return status;
    while (n_places < 2 * (uint64_t)pool->count)
        n_places *= 2;
    if (n_places > (SIZE_MAX - sizeof(struct tree)) / sizeof(struct edge))
        return HINGE_NO_MEMORY;
    size = (int64_t)(sizeof(struct tree) + n_places * sizeof(struct edge));
    struct tree *tree = node->host->alloc(node, (size_t)size);
    if (!tree)
        return HINGE_NO_MEMORY;
    memset(tree, 0, (size_t)size);
    tree->mask = n_places - 1;
    for (size_t i = 0; i < a[NGRAM_COUNTS].count; i++) {
        const int64_t n = (int64_t)i + 1;
        const bool wanted = n >= a[MIN_GRAM_LENGTH].i && n <= a[MAX_GRAM_LENGTH].i;
        pool_part(node, i, &begin, &end);
        for (; begin < end; begin += n, ngram++)
            if (wanted)
                add(tree, pool, begin, n, ngram);
    }
    node->state = tree;
    return is_weighted(node) ? make_weights(node, tree) : HINGE_OK;
}

/* Counts the n-grams of least items or more that begin at item first of the row x[begin, end),
 * their items distance apart. */
static void count_from(const struct hinge_node *node, uint32_t *counts, int64_t first, int64_t end,
                       int64_t distance, int64_t least)
{
    const struct tree *tree = node->state;
    const int64_t most = node->attributes[MAX_GRAM_LENGTH].i;
    int64_t from = 0;
    for (int64_t n = 1, at = first; n <= most && at < end; n++) {
        const struct edge *edge = &tree->edges[find(tree, from, input_item(node->inputs[0], at))];
        if (edge->to == 0)
            return;
        if (n >= least && edge->ngram >= 0)
            counts[node->attributes[NGRAM_INDEXES].ints[edge->ngram]]++;
        from = edge->to;
        if (distance >= end - at)
            return;
        at += distance;
    }
}

/* y lies where the counts do. */
static void weigh(const struct hinge_node *node, float *y, const uint32_t *counts, int64_t size)
{
    const struct tree *tree = node->state;
    const bool idf = is_mode(node, "IDF");
    for (int64_t i = 0; i < size; i++) {
        const uint32_t count = counts[i];
        y[i] = idf ? count != 0 : (float)count;
        if (tree->weights && count)
            y[i] *= tree->weights[i];
    }
}

static void rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const hinge_tensor *x = node->inputs[0], *y = node->outputs[0];
    const int64_t columns = x->dims[x->rank - 1], size = y->dims[y->rank - 1];
    const int64_t most = node->attributes[MAX_GRAM_LENGTH].i;
    const int64_t skips = min_i64(node->attributes[MAX_SKIP_COUNT].i, columns);
    (void)thread;
    for (int64_t r = begin; r < end; r++) {
        uint32_t *counts = (uint32_t *)y->data + r * size;
        int64_t least = node->attributes[MIN_GRAM_LENGTH].i;
        memset(counts, 0, (size_t)size * sizeof *counts);
        for (int64_t distance = 1; distance <= skips + 1 && least <= most; distance++) {
            for (int64_t i = 0; i < columns; i++)
                count_from(node, counts, r * columns + i, (r + 1) * columns, distance, least);
            /* What single items there are does not depend on the distance. */
            least = max_i64(least, 2);
        }
        weigh(node, (float *)y->data + r * size, counts, size);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    if (hinge_count(node->outputs[0]) == 0)
        return HINGE_OK;
    node->host->parallel(node, x->rank == 2 ? x->dims[0] : 1,
                         op_grain(GRAIN, min_i64(x->dims[x->rank - 1], GRAIN) * 8), rows,
                         (void *)(uintptr_t)node);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [MAX_GRAM_LENGTH] = {.name = "max_gram_length", .type = HINGE_ATTR_INT, .required = true},
    [MAX_SKIP_COUNT] = {.name = "max_skip_count", .type = HINGE_ATTR_INT, .required = true},
    [MIN_GRAM_LENGTH] = {.name = "min_gram_length", .type = HINGE_ATTR_INT, .required = true},
    [MODE] = {.name = "mode", .type = HINGE_ATTR_STRING, .required = true},
    [NGRAM_COUNTS] = {.name = "ngram_counts", .type = HINGE_ATTR_INTS, .required = true},
    [NGRAM_INDEXES] = {.name = "ngram_indexes", .type = HINGE_ATTR_INTS, .required = true},
    [POOL_INT64S] = {.name = "pool_int64s", .type = HINGE_ATTR_INTS},
    [POOL_STRINGS] = {.name = "pool_strings", .type = HINGE_ATTR_STRINGS},
    [WEIGHTS] = {.name = "weights", .type = HINGE_ATTR_FLOATS},
    {.name = NULL}};

const struct hinge_op op_tfidfvectorizer[] = {
    {.name = "TfIdfVectorizer",
     .since = 9,
     .signature = "(X: T) -> (Y: float); T: string int32 int64",
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_STRING, run}, {HINGE_INT32, run}, {HINGE_INT64, run})},
    OP_END,
};
