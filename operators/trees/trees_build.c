#include "operators/trees/trees.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "operators/kernels/convert.h"

double trees_number(const struct trees_numbers *numbers, int64_t i)
{
    double number;
    const size_t size = hinge_size(numbers->type, 1);
    convert_to_double(numbers->type, &number, (const char *)numbers->data + (size_t)i * size, 1);
    return number;
}

static void *get(const struct hinge_node *node, int64_t n, size_t size)
{
    int64_t bytes;
    if (!op_multiply(n + 1, (int64_t)size, &bytes))
        return NULL;
    void *memory = node->host->alloc(node, (size_t)bytes);
    if (memory)
        memset(memory, 0, (size_t)bytes);
    return memory;
}

/* A walk from the roots: how far each node's children are visited, the node that it came from, and
 * the number that each gets among the splits or among the leaves. */
struct walk {
    const struct hinge_node *node;
    const struct trees_source *source;
    uint8_t *visited; /* 0: not yet; 1, 2, 3: in work; DONE */
    uint32_t *from, *number;
    uint32_t n_splits, n_leaves;
};

#define DONE 4

static bool is_leaf(const struct trees_source *source, uint32_t i)
{
    return source->modes[i] == TREES_LEAF;
}

static void enter(struct walk *walk, uint32_t i, uint32_t from)
{
    const bool leaf = is_leaf(walk->source, i);
    walk->number[i] = leaf ? walk->n_leaves++ : walk->n_splits++;
    walk->visited[i] = leaf ? DONE : 1;
    walk->from[i] = from;
}

static hinge_status visit(struct walk *walk, uint32_t root)
{
    const uint32_t nowhere = UINT32_MAX;
    if (walk->visited[root] == DONE)
        return HINGE_OK;
    enter(walk, root, nowhere);
    for (uint32_t i = is_leaf(walk->source, root) ? nowhere : root; i != nowhere;) {
        if (walk->visited[i] == 3) {
            walk->visited[i] = DONE;
            i = walk->from[i];
            continue;
        }
        const uint32_t child = walk->source->children[2 * (size_t)i + walk->visited[i]++ - 1];
        if (walk->visited[child] == 0) {
            enter(walk, child, i);
            i = is_leaf(walk->source, child) ? i : child;
        } else if (walk->visited[child] != DONE) {
            return OP_FAIL(walk->node, HINGE_BAD_MODEL, "the node at position %lu is below itself",
                           (unsigned long)child);
        }
    }
    return HINGE_OK;
}

static void set_split(struct trees *trees, uint32_t at, double value, uint32_t feature,
                      const uint32_t child[2])
{
    if (trees->type == HINGE_FLOAT)
        ((struct trees_split_f32 *)trees->splits)[at] =
            (struct trees_split_f32){(float)value, feature, {child[0], child[1]}};
    else
        ((struct trees_split_f64 *)trees->splits)[at] =
            (struct trees_split_f64){value, feature, {child[0], child[1]}};
}

/* The largest number below value; NaN, which nothing is at most, below -infinity. */
static double below(hinge_type type, double value)
{
    if (value == -INFINITY)
        return NAN;
    return type == HINGE_FLOAT ? (double)nextafterf((float)value, -INFINITY)
                               : nextafter(value, -INFINITY);
}

/* x < v is x <= below(v), the other comparisons are the contrary of one. A comparison with NaN does
 * not hold, except that != does, for x and v, as in ONNX Runtime. */
static void convert_split(const struct walk *walk, uint32_t i, struct trees *trees)
{
    const struct trees_source *source = walk->source;
    const enum trees_mode mode = source->modes[i];
    double value = mode == TREES_IN ? 0 : trees_number(&source->values, i);
    const bool contrary =
        mode == TREES_NEQ || ((mode == TREES_GT || mode == TREES_GTE) && !isnan(value));
    const bool nan_is_true =
        mode == TREES_NEQ || (source->tracks_true && source->tracks_true[i] != 0);
    uint32_t child[2];
    for (unsigned k = 0; k < 2; k++) {
        const uint32_t c = source->children[2 * (size_t)i + (contrary ? 1 - k : k)];
        child[k] = walk->number[c] + (is_leaf(source, c) ? walk->n_splits : 0);
    }
    if (mode == TREES_LT || mode == TREES_GTE)
        value = below(trees->type, value);
    if (mode == TREES_EQ || mode == TREES_NEQ || mode == TREES_IN)
        trees->tests[walk->number[i]] = mode == TREES_IN ? TREES_MEMBER : TREES_EQUAL;
    set_split(trees, walk->number[i], value,
              (uint32_t)source->features[i] | (nan_is_true != contrary ? TREES_NAN_TO_0 : 0),
              child);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static hinge_status convert_sets(const struct walk *walk, struct trees *trees)
{
    const struct trees_source *source = walk->source;
    trees->sets = get(walk->node, 2 * (int64_t)walk->n_splits, sizeof *trees->sets);
    if (!trees->sets)
        return HINGE_NO_MEMORY;
    trees->members = source->members;
    for (uint32_t i = 0; i < source->n; i++)
        if (walk->visited[i] == DONE && source->modes[i] == TREES_IN) {
            const int64_t begin = source->sets[i], end = source->sets[i + 1];
            trees->sets[2 * (size_t)walk->number[i]] = begin;
            trees->sets[2 * (size_t)walk->number[i] + 1] = end;
            qsort(source->members + begin, (size_t)(end - begin), sizeof *source->members, compare);
        }
    return HINGE_OK;
}

static hinge_status convert_splits(const struct walk *walk, struct trees *trees)
{
    const struct trees_source *source = walk->source;
    bool only_at_most = true;
    trees->n_splits = walk->n_splits;
    trees->n_leaves = walk->n_leaves;
    trees->max_feature = -1;
    trees->splits = get(walk->node, walk->n_splits,
                        trees->type == HINGE_FLOAT ? sizeof(struct trees_split_f32)
                                                   : sizeof(struct trees_split_f64));
    trees->tests = get(walk->node, walk->n_splits, sizeof *trees->tests);
    if (!trees->splits || !trees->tests)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < source->n; i++) {
        if (walk->visited[i] != DONE || is_leaf(source, i))
            continue;
        const int64_t feature = source->features[i];
        if (feature < 0 || feature >= TREES_FEATURE)
            return OP_FAIL(walk->node, HINGE_BAD_MODEL, "the node at position %lu has feature %lld",
                           (unsigned long)i, (long long)feature);
        trees->max_feature = feature > trees->max_feature ? feature : trees->max_feature;
        convert_split(walk, i, trees);
        only_at_most &= trees->tests[walk->number[i]] == TREES_AT_MOST;
    }
    if (only_at_most)
        trees->tests = NULL;
    return source->sets ? convert_sets(walk, trees) : HINGE_OK;
}

static bool counts(const struct walk *walk, int64_t vote)
{
    const uint32_t i = walk->source->vote_nodes[vote];
    return i != UINT32_MAX && walk->visited[i] == DONE && is_leaf(walk->source, i);
}

static hinge_status convert_votes(const struct walk *walk, struct trees *trees)
{
    const struct trees_source *source = walk->source;
    const size_t size = hinge_size(trees->type, 1);
    trees->n_targets = source->n_targets;
    trees->votes = get(walk->node, (int64_t)walk->n_leaves + 1, sizeof *trees->votes);
    trees->targets = get(walk->node, source->n_votes, sizeof *trees->targets);
    trees->weights = get(walk->node, source->n_votes, size);
    if (!trees->votes || !trees->targets || !trees->weights)
        return HINGE_NO_MEMORY;
    for (int64_t v = 0; v < source->n_votes; v++) {
        if (source->targets[v] < 0 || source->targets[v] >= source->n_targets)
            return OP_FAIL(walk->node, HINGE_BAD_MODEL, "vote %lld is for target %lld of %lld",
                           (long long)v, (long long)source->targets[v],
                           (long long)source->n_targets);
        if (counts(walk, v))
            trees->votes[walk->number[source->vote_nodes[v]] + 2]++;
    }
    /* votes[k + 1] is where the next vote of leaf k goes, and at the end where they end. */
    for (uint32_t k = 0; k < walk->n_leaves; k++)
        trees->votes[k + 2] += trees->votes[k + 1];
    for (int64_t v = 0; v < source->n_votes; v++) {
        if (!counts(walk, v))
            continue;
        const int64_t at = trees->votes[walk->number[source->vote_nodes[v]] + 1]++;
        const double weight = trees_number(&source->weights, v);
        trees->targets[at] = source->targets[v];
        if (trees->type == HINGE_FLOAT)
            ((float *)trees->weights)[at] = (float)weight;
        else
            ((double *)trees->weights)[at] = weight;
    }
    return HINGE_OK;
}

hinge_status trees_build(const struct hinge_node *node, const struct trees_source *source,
                         hinge_type type, struct trees *trees)
{
    struct walk walk = {.node = node,
                        .source = source,
                        .visited = get(node, source->n, 1),
                        .from = get(node, source->n, sizeof(uint32_t)),
                        .number = get(node, source->n, sizeof(uint32_t))};
    hinge_status status = HINGE_OK;
    *trees = (struct trees){.type = type, .n_trees = source->n_roots};
    trees->roots = get(node, source->n_roots, sizeof *trees->roots);
    if (!walk.visited || !walk.from || !walk.number || !trees->roots)
        return HINGE_NO_MEMORY;
    for (int64_t t = 0; t < source->n_roots && !status; t++)
        status = visit(&walk, source->roots[t]);
    for (int64_t t = 0; t < source->n_roots && !status; t++) {
        const uint32_t root = source->roots[t];
        trees->roots[t] = walk.number[root] + (is_leaf(source, root) ? walk.n_splits : 0);
    }
    if (!status)
        status = convert_splits(&walk, trees);
    return status ? status : convert_votes(&walk, trees);
}
