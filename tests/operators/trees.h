/* For tests of tree ensembles: random trees as the lists of TreeEnsembleClassifier and
 * TreeEnsembleRegressor, and a walk through these lists. */
#ifndef TESTS_OPERATORS_TREES_H
#define TESTS_OPERATORS_TREES_H

#include "tests/operators/scores.h"

#define FOREST_MAX_NODES 2048
#define FOREST_MAX_VOTES 4096

/* One of these: their nodes and votes are not in order of their ids. */
struct forest {
    size_t n, n_votes;
    int64_t tree[FOREST_MAX_NODES], id[FOREST_MAX_NODES], feature[FOREST_MAX_NODES];
    int64_t if_true[FOREST_MAX_NODES], if_false[FOREST_MAX_NODES], tracks[FOREST_MAX_NODES];
    float value[FOREST_MAX_NODES];
    const char *mode[FOREST_MAX_NODES];
    int64_t vote_tree[FOREST_MAX_VOTES], vote_node[FOREST_MAX_VOTES], target[FOREST_MAX_VOTES];
    float weight[FOREST_MAX_VOTES];
};

static const char *const forest_modes[] = {"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE",
                                           "BRANCH_GT",  "BRANCH_EQ", "BRANCH_NEQ"};

static inline int64_t forest_pick(int64_t n)
{
    return (int64_t)(harness_random() % (uint64_t)n);
}

/* n_trees trees of at most 2^(depth + 1) - 1 nodes, splits by n_features features at halves, of the
 * first n_modes modes; each leaf votes for each of the targets from first on, or leaves it. */
static inline void forest_grow(struct forest *f, int64_t n_trees, int depth, int64_t n_features,
                               int64_t n_modes, int64_t first, int64_t n_targets, bool negatives)
{
    f->n = f->n_votes = 0;
    for (int64_t t = 0; t < n_trees; t++)
        for (int64_t i = 0; i < (INT64_C(2) << depth) - 1; i++) {
            const bool leaf = i >= (INT64_C(1) << depth) - 1;
            const size_t n = f->n++;
            f->tree[n] = 7 * t - 20;
            f->id[n] = (i * 37) % 1024; /* any order */
            f->feature[n] = forest_pick(n_features);
            f->value[n] = (float)(forest_pick(9) - 4) / 2;
            f->mode[n] = leaf ? "LEAF" : forest_modes[forest_pick(n_modes)];
            f->if_true[n] = leaf ? 0 : (2 * i + 1) * 37 % 1024;
            f->if_false[n] = leaf ? 0 : (2 * i + 2) * 37 % 1024;
            f->tracks[n] = forest_pick(2);
            for (int64_t k = first; leaf && k < n_targets; k++)
                if (forest_pick(4)) {
                    const size_t v = f->n_votes++;
                    f->vote_tree[v] = f->tree[n];
                    f->vote_node[v] = f->id[n];
                    f->target[v] = k;
                    f->weight[v] = (float)harness_random_in(negatives ? -1 : 0.01, 0.3);
                }
        }
    for (size_t i = 0; i < f->n_votes / 2; i++) { /* votes in the reverse order */
        const size_t j = f->n_votes - 1 - i;
#define FOREST_SWAP(type, list)                                                                    \
    do {                                                                                           \
        const type kept = f->list[i];                                                              \
        f->list[i] = f->list[j];                                                                   \
        f->list[j] = kept;                                                                         \
    } while (0)
        FOREST_SWAP(int64_t, vote_tree);
        FOREST_SWAP(int64_t, vote_node);
        FOREST_SWAP(int64_t, target);
        FOREST_SWAP(float, weight);
#undef FOREST_SWAP
    }
}

#define FOREST_INTS(label, list, n)                                                                \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_INTS, .ints = (list), .count = (n)                     \
    }
#define FOREST_FLOATS(label, list, n)                                                              \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_FLOATS, .floats = (list), .count = (n)                 \
    }
/* The attributes without values and weights; those. */
#define FOREST_NODES(f, vote)                                                                      \
    FOREST_INTS("nodes_treeids", (f)->tree, (f)->n),                                               \
        FOREST_INTS("nodes_nodeids", (f)->id, (f)->n),                                             \
        FOREST_INTS("nodes_featureids", (f)->feature, (f)->n),                                     \
        {.name = "nodes_modes",                                                                    \
         .type = HINGE_ATTR_STRINGS,                                                               \
         .strings = (f)->mode,                                                                     \
         .count = (f)->n},                                                                         \
        FOREST_INTS("nodes_truenodeids", (f)->if_true, (f)->n),                                    \
        FOREST_INTS("nodes_falsenodeids", (f)->if_false, (f)->n),                                  \
        FOREST_INTS("nodes_missing_value_tracks_true", (f)->tracks, (f)->n),                       \
        FOREST_INTS(vote "_treeids", (f)->vote_tree, (f)->n_votes),                                \
        FOREST_INTS(vote "_nodeids", (f)->vote_node, (f)->n_votes),                                \
        FOREST_INTS(vote "_ids", (f)->target, (f)->n_votes)
#define FOREST(f, vote)                                                                            \
    FOREST_NODES(f, vote), FOREST_FLOATS("nodes_values", (f)->value, (f)->n),                      \
        FOREST_FLOATS(vote "_weights", (f)->weight, (f)->n_votes)

static inline bool forest_holds(const char *mode, double x, double v)
{
    if (!strcmp(mode, "BRANCH_LEQ"))
        return x <= v;
    if (!strcmp(mode, "BRANCH_LT"))
        return x < v;
    if (!strcmp(mode, "BRANCH_GTE"))
        return x >= v;
    if (!strcmp(mode, "BRANCH_GT"))
        return x > v;
    return !strcmp(mode, "BRANCH_EQ") ? x == v : x != v;
}

/* The node with the id in the tree that node `in` is in. Trees follow one another. */
static inline size_t forest_find(const struct forest *f, size_t in, int64_t id)
{
    size_t i = in;
    while (i > 0 && f->tree[i - 1] == f->tree[in])
        i--;
    while (f->id[i] != id)
        i++;
    return i;
}

/* Adds up, tree after tree, what a row of X gets (or takes the least, where order is -1, or
 * greatest, where it is 1); has counts the votes. Sums are rounded to float where that is asked. */
static inline void forest_count(const struct forest *f, const hinge_tensor *x, int64_t row,
                                int64_t n_targets, int order, bool in_float, double *sums,
                                int64_t *has)
{
    const int64_t n_features = x->dims[x->rank - 1];
    memset(sums, 0, (size_t)n_targets * sizeof *sums);
    memset(has, 0, (size_t)n_targets * sizeof *has);
    for (size_t root = 0; root < f->n; root++) {
        if (root > 0 && f->tree[root] == f->tree[root - 1])
            continue;
        size_t i = root;
        while (strcmp(f->mode[i], "LEAF") != 0) {
            double v = harness_get(x, row * n_features + f->feature[i]);
            v = in_float ? (double)(float)v : v;
            const bool holds =
                forest_holds(f->mode[i], v, (double)f->value[i]) || (isnan(v) && f->tracks[i]);
            i = forest_find(f, i, holds ? f->if_true[i] : f->if_false[i]);
        }
        for (size_t vote = 0; vote < f->n_votes; vote++) {
            if (f->vote_tree[vote] != f->tree[i] || f->vote_node[vote] != f->id[i])
                continue;
            const int64_t k = f->target[vote];
            const double w = (double)f->weight[vote];
            if (order == 0)
                sums[k] = in_float ? (double)(float)(sums[k] + w) : sums[k] + w;
            else if (!has[k] || (order < 0 ? w < sums[k] : w > sums[k]))
                sums[k] = w;
            has[k]++;
        }
    }
}

#endif
