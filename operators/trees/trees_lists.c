/* Trees from the lists of TreeEnsembleClassifier and TreeEnsembleRegressor, in which a node is
 * named by the ids of its tree and its own. A tree's root is its first node. */
#include "operators/trees/trees.h"

#include <string.h>

struct ids {
    const int64_t *trees, *nodes;
    uint32_t n;
    uint32_t *order;  /* ascending */
    uint8_t *is_root; /* 1: the first place of a tree */
};

static int compare_ids(const struct ids *ids, uint32_t i, int64_t tree, int64_t node)
{
    if (ids->trees[i] != tree)
        return ids->trees[i] < tree ? -1 : 1;
    return (ids->nodes[i] > node) - (ids->nodes[i] < node);
}

static int compare_places(const struct ids *ids, uint32_t a, uint32_t b)
{
    return compare_ids(ids, a, ids->trees[b], ids->nodes[b]);
}

static void sift(const struct ids *ids, uint32_t n, uint32_t at)
{
    uint32_t *order = ids->order;
    const uint32_t place = order[at];
    for (uint64_t child; (child = 2 * (uint64_t)at + 1) < n; at = (uint32_t)child) {
        if (child + 1 < n && compare_places(ids, order[child], order[child + 1]) < 0)
            child++;
        if (compare_places(ids, place, order[child]) >= 0)
            break;
        order[at] = order[child];
    }
    order[at] = place;
}

/* Sorts the places by their ids, by a heap where they are not in order anyway. */
static void sort(const struct ids *ids)
{
    bool sorted = true;
    for (uint32_t i = 0; i < ids->n; i++) {
        ids->order[i] = i;
        sorted = sorted && (i == 0 || compare_places(ids, i - 1, i) < 0);
    }
    if (sorted)
        return;
    for (uint32_t i = ids->n / 2; i-- > 0;)
        sift(ids, ids->n, i);
    for (uint32_t n = ids->n; n-- > 1;) {
        const uint32_t largest = ids->order[0];
        ids->order[0] = ids->order[n];
        ids->order[n] = largest;
        sift(ids, n, 0);
    }
}

/* The place of a node, or UINT32_MAX. */
static uint32_t find(const struct ids *ids, int64_t tree, int64_t node)
{
    uint32_t begin = 0, end = ids->n;
    while (begin < end) {
        const uint32_t middle = begin + (end - begin) / 2;
        const int order = compare_ids(ids, ids->order[middle], tree, node);
        if (order == 0)
            return ids->order[middle];
        if (order < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return UINT32_MAX;
}

static hinge_status numbers(const struct hinge_node *node, unsigned list, unsigned tensor,
                            const char *name, struct trees_numbers *found)
{
    const struct hinge_attribute *a = node->attributes;
    const bool has_tensor = node->opset >= 3 && a[tensor].present;
    *found = (struct trees_numbers){HINGE_FLOAT, (int64_t)a[list].count, a[list].floats};
    if (has_tensor && a[list].count)
        return OP_FAIL(node, HINGE_BAD_MODEL, "both %s and %s_as_tensor are there", name, name);
    if (!has_tensor)
        return HINGE_OK;
    const hinge_tensor *t = a[tensor].tensor;
    *found = (struct trees_numbers){t->type, hinge_count(t), t->data};
    if (t->type != HINGE_FLOAT && t->type != HINGE_DOUBLE)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s_as_tensor is neither float nor double", name);
    return HINGE_OK;
}

hinge_status trees_base_values(const struct hinge_node *node, struct trees_numbers *found)
{
    return numbers(node, TREES_BASE_VALUES, TREES_BASE_VALUES_AS_TENSOR, "base_values", found);
}

hinge_status trees_vote_weights(const struct hinge_node *node, struct trees_numbers *found)
{
    const char *name = "the weights";
    return numbers(node, TREES_VOTE_WEIGHTS, TREES_WEIGHTS_AS_TENSOR, name, found);
}

static hinge_status check_count(const struct hinge_node *node, const char *name, int64_t count,
                                int64_t n)
{
    if (count == n)
        return HINGE_OK;
    return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %lld entries, not %lld", name, (long long)count,
                   (long long)n);
}

static hinge_status check_counts(const struct hinge_node *node, struct trees_source *source)
{
    static const char *const names[] = {
        [TREES_TREEIDS] = "nodes_treeids",
        [TREES_NODEIDS] = "nodes_nodeids",
        [TREES_FEATUREIDS] = "nodes_featureids",
        [TREES_MODES] = "nodes_modes",
        [TREES_TRUENODEIDS] = "nodes_truenodeids",
        [TREES_FALSENODEIDS] = "nodes_falsenodeids",
        [TREES_VOTE_TREEIDS] = "the list of the votes' trees",
        [TREES_VOTE_NODEIDS] = "the list of the votes' nodes",
    };
    const struct hinge_attribute *a = node->attributes;
    const int64_t n = (int64_t)a[TREES_TREEIDS].count, n_votes = (int64_t)a[TREES_VOTE_IDS].count;
    hinge_status status = HINGE_OK;
    if (n > INT32_MAX)
        return OP_FAIL(node, HINGE_LIMIT, "there are %lld nodes", (long long)n);
    for (unsigned i = TREES_TREEIDS; i <= TREES_VOTE_NODEIDS && !status; i++)
        if (names[i])
            status = check_count(node, names[i], (int64_t)a[i].count,
                                 i < TREES_VOTE_TREEIDS ? n : n_votes);
    if (!status && a[TREES_TRACKS_TRUE].count)
        status = check_count(node, "nodes_missing_value_tracks_true",
                             (int64_t)a[TREES_TRACKS_TRUE].count, n);
    if (!status)
        status =
            numbers(node, TREES_VALUES, TREES_VALUES_AS_TENSOR, "nodes_values", &source->values);
    if (!status)
        status = check_count(node, "nodes_values", source->values.count, n);
    if (!status)
        status = trees_vote_weights(node, &source->weights);
    return status ? status
                  : check_count(node, "the list of weights", source->weights.count, n_votes);
}

static hinge_status read_modes(const struct hinge_node *node, uint8_t *modes, uint32_t n)
{
    static const char *const names[] = {
        [TREES_LEQ] = "BRANCH_LEQ", [TREES_LT] = "BRANCH_LT", [TREES_GTE] = "BRANCH_GTE",
        [TREES_GT] = "BRANCH_GT",   [TREES_EQ] = "BRANCH_EQ", [TREES_NEQ] = "BRANCH_NEQ",
        [TREES_LEAF] = "LEAF",
    };
    const hinge_string *given = node->attributes[TREES_MODES].strings;
    for (uint32_t i = 0; i < n; i++) {
        unsigned mode = 0;
        while (mode <= TREES_LEAF && (!names[mode] || given[i].size != strlen(names[mode]) ||
                                      memcmp(given[i].bytes, names[mode], given[i].size) != 0))
            mode++;
        if (mode > TREES_LEAF)
            return OP_FAIL(node, HINGE_BAD_MODEL, "nodes_modes has \"%.*s\"",
                           (int)(given[i].size < 32 ? given[i].size : 32), given[i].bytes);
        modes[i] = (uint8_t)mode;
    }
    return HINGE_OK;
}

static hinge_status find_node(const struct hinge_node *node, const struct ids *ids, int64_t tree,
                              int64_t id, const char *what, uint32_t *place)
{
    *place = find(ids, tree, id);
    if (*place == UINT32_MAX)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s node %lld of tree %lld, which is not there", what,
                       (long long)id, (long long)tree);
    return HINGE_OK;
}

static hinge_status find_roots(const struct hinge_node *node, const struct ids *ids,
                               struct trees_source *source)
{
    uint32_t first = 0, *roots, n = 0;
    memset(ids->is_root, 0, ids->n);
    for (uint32_t i = 0; i < ids->n; i++) {
        const uint32_t place = ids->order[i];
        first = i == 0 || ids->trees[place] != ids->trees[first] || place < first ? place : first;
        if (i + 1 == ids->n || ids->trees[ids->order[i + 1]] != ids->trees[place]) {
            ids->is_root[first] = 1;
            source->n_roots++;
        }
    }
    roots = node->host->alloc(node, (size_t)(source->n_roots + 1) * sizeof *roots);
    if (!roots)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < ids->n; i++)
        if (ids->is_root[i])
            roots[n++] = i;
    source->roots = roots;
    return HINGE_OK;
}

static hinge_status find_children(const struct hinge_node *node, const struct ids *ids,
                                  struct trees_source *source)
{
    const struct hinge_attribute *a = node->attributes;
    hinge_status status = HINGE_OK;
    for (uint32_t i = 0; i < source->n && !status; i++) {
        uint32_t *child = source->children + 2 * (size_t)i;
        if (source->modes[i] == TREES_LEAF)
            continue;
        status = find_node(node, ids, ids->trees[i], a[TREES_TRUENODEIDS].ints[i],
                           "nodes_truenodeids has", &child[0]);
        if (!status)
            status = find_node(node, ids, ids->trees[i], a[TREES_FALSENODEIDS].ints[i],
                               "nodes_falsenodeids has", &child[1]);
        for (int k = 0; k < 2 && !status; k++)
            if (ids->is_root[child[k]])
                return OP_FAIL(node, HINGE_BAD_MODEL,
                               "tree %lld begins with node %lld, which is below another one",
                               (long long)ids->trees[i], (long long)ids->nodes[child[k]]);
    }
    return status;
}

hinge_status trees_from_lists(const struct hinge_node *node, int64_t n_targets, struct trees *trees)
{
    const struct hinge_attribute *a = node->attributes;
    struct trees_source source = {.n_targets = n_targets,
                                  .features = a[TREES_FEATUREIDS].ints,
                                  .tracks_true =
                                      a[TREES_TRACKS_TRUE].count ? a[TREES_TRACKS_TRUE].ints : NULL,
                                  .n_votes = (int64_t)a[TREES_VOTE_IDS].count,
                                  .targets = a[TREES_VOTE_IDS].ints};
    hinge_status status = check_counts(node, &source);
    if (status)
        return status;
    source.n = (uint32_t)a[TREES_TREEIDS].count;
    const size_t room = (size_t)source.n + 1;
    struct ids ids = {a[TREES_TREEIDS].ints, a[TREES_NODEIDS].ints, source.n,
                      node->host->alloc(node, room * sizeof *ids.order),
                      node->host->alloc(node, room)};
    uint32_t *vote_nodes =
        node->host->alloc(node, ((size_t)source.n_votes + 1) * sizeof *vote_nodes);
    source.modes = node->host->alloc(node, room);
    source.children = node->host->alloc(node, 2 * room * sizeof *source.children);
    if (!ids.order || !ids.is_root || !vote_nodes || !source.modes || !source.children)
        return HINGE_NO_MEMORY;
    sort(&ids);
    for (uint32_t i = 1; i < ids.n; i++)
        if (compare_places(&ids, ids.order[i - 1], ids.order[i]) == 0)
            return OP_FAIL(node, HINGE_BAD_MODEL, "node %lld of tree %lld is there twice",
                           (long long)ids.nodes[ids.order[i]], (long long)ids.trees[ids.order[i]]);
    status = read_modes(node, source.modes, source.n);
    if (!status)
        status = find_roots(node, &ids, &source);
    if (!status)
        status = find_children(node, &ids, &source);
    for (int64_t v = 0; v < source.n_votes && !status; v++)
        status = find_node(node, &ids, a[TREES_VOTE_TREEIDS].ints[v], a[TREES_VOTE_NODEIDS].ints[v],
                           "a vote is for", &vote_nodes[v]);
    source.vote_nodes = vote_nodes;
    const bool is_double = node->inputs[0]->type == HINGE_DOUBLE ||
                           source.values.type == HINGE_DOUBLE ||
                           source.weights.type == HINGE_DOUBLE;
    return status ? status
                  : trees_build(node, &source, is_double ? HINGE_DOUBLE : HINGE_FLOAT, trees);
}
