/* ai.onnx.ml TreeEnsemble-5: for each row of X and each target the sum, mean, least or greatest of
 * the weights of the leaves that the row gets to in the trees; then post_transform over the
 * targets. A target that no leaf is for is 0 before that, as in ONNX Runtime. float16 is summed in
 * float. */
#include "operators/kernels/convert.h"
#include "operators/ml/scores.h"
#include "operators/trees/trees.h"

#include <math.h>

enum {
    FEATUREIDS,
    SPLITS,
    HITRATES,
    MODES,
    TRUENODEIDS,
    FALSENODEIDS,
    TRUELEAFS,
    FALSELEAFS,
    TRACKS_TRUE,
    ROOTS,
    MEMBERS,
    TARGETIDS,
    WEIGHTS,
    N_TARGETS,
    POST_TRANSFORM,
    AGGREGATE
};

static hinge_status check_count(const struct hinge_node *node, const char *name, int64_t count,
                                int64_t n)
{
    if (count == n)
        return HINGE_OK;
    return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %lld entries, not %lld", name, (long long)count,
                   (long long)n);
}

static hinge_status check_type(const struct hinge_node *node, const char *name, unsigned attribute)
{
    if (node->attributes[attribute].tensor->type == node->inputs[0]->type)
        return HINGE_OK;
    return OP_FAIL(node, HINGE_BAD_MODEL, "%s has another type than X", name);
}

static hinge_status check(const struct hinge_node *node)
{
    static const char *const names[] = {[FEATUREIDS] = "nodes_featureids",
                                        [TRUENODEIDS] = "nodes_truenodeids",
                                        [FALSENODEIDS] = "nodes_falsenodeids",
                                        [TRUELEAFS] = "nodes_trueleafs",
                                        [FALSELEAFS] = "nodes_falseleafs"};
    const struct hinge_attribute *a = node->attributes;
    const int64_t n = hinge_count(a[SPLITS].tensor), n_leaves = (int64_t)a[TARGETIDS].count;
    hinge_status status = check_type(node, "nodes_splits", SPLITS);
    if (!status)
        status = check_type(node, "leaf_weights", WEIGHTS);
    if (!status && a[MEMBERS].present)
        status = check_type(node, "membership_values", MEMBERS);
    for (unsigned i = FEATUREIDS; i <= FALSELEAFS && !status; i++)
        if (names[i])
            status = check_count(node, names[i], (int64_t)a[i].count, n);
    if (!status && a[TRACKS_TRUE].count)
        status =
            check_count(node, "nodes_missing_value_tracks_true", (int64_t)a[TRACKS_TRUE].count, n);
    if (!status)
        status = check_count(node, "nodes_modes", hinge_count(a[MODES].tensor), n);
    if (!status)
        status = check_count(node, "leaf_weights", hinge_count(a[WEIGHTS].tensor), n_leaves);
    if (status)
        return status;
    if (a[MODES].tensor->type != HINGE_UINT8)
        return OP_FAIL(node, HINGE_BAD_MODEL, "nodes_modes is not uint8");
    if (n > INT32_MAX - n_leaves)
        return OP_FAIL(node, HINGE_LIMIT, "there are %lld nodes", (long long)n);
    if (a[N_TARGETS].i < 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "n_targets is %lld", (long long)a[N_TARGETS].i);
    if (a[POST_TRANSFORM].i < 0 || a[POST_TRANSFORM].i >= SCORES_N_TRANSFORMS)
        return OP_FAIL(node, HINGE_BAD_MODEL, "post_transform is %lld",
                       (long long)a[POST_TRANSFORM].i);
    if (a[AGGREGATE].i < TREES_AVERAGE || a[AGGREGATE].i > TREES_MAX)
        return OP_FAIL(node, HINGE_BAD_MODEL, "aggregate_function is %lld",
                       (long long)a[AGGREGATE].i);
    return HINGE_OK;
}

/* Leaves are the nodes behind the n splits. */
static hinge_status find_child(const struct hinge_node *node, unsigned ids, unsigned leafs,
                               const char *name, int64_t i, uint32_t *child)
{
    const struct hinge_attribute *a = node->attributes;
    const int64_t n = (int64_t)a[FEATUREIDS].count, id = a[ids].ints[i];
    const bool is_leaf = a[leafs].ints[i] != 0;
    if (id < 0 || id >= (is_leaf ? (int64_t)a[TARGETIDS].count : n))
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %lld, but there are %lld %s", name,
                       (long long)id, is_leaf ? (long long)a[TARGETIDS].count : (long long)n,
                       is_leaf ? "leaves" : "nodes");
    *child = (uint32_t)(is_leaf ? n + id : id);
    return HINGE_OK;
}

/* The sets of the nodes that have one, in the order of the nodes, without the NaN behind each. */
static hinge_status read_sets(const struct hinge_node *node, struct trees_source *source)
{
    const hinge_tensor *given =
        node->attributes[MEMBERS].present ? node->attributes[MEMBERS].tensor : NULL;
    const int64_t n_given = given ? hinge_count(given) : 0;
    const struct trees_numbers numbers = {.type = given ? given->type : HINGE_FLOAT,
                                          .count = n_given,
                                          .data = given ? given->data : NULL};
    int64_t at = 0, n = 0;
    source->sets = node->host->alloc(node, ((size_t)source->n + 1) * sizeof *source->sets);
    source->members = node->host->alloc(node, ((size_t)n_given + 1) * sizeof *source->members);
    if (!source->sets || !source->members)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < source->n; i++) {
        source->sets[i] = n;
        if (source->modes[i] != TREES_IN)
            continue;
        if (at >= n_given)
            return OP_FAIL(node, HINGE_BAD_MODEL, "membership_values has no set for node %lu",
                           (unsigned long)i);
        for (; at < n_given && !isnan(trees_number(&numbers, at)); at++)
            source->members[n++] = trees_number(&numbers, at);
        at++;
    }
    source->sets[source->n] = n;
    if (at < n_given)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "membership_values has more sets than nodes that "
                       "have one");
    return HINGE_OK;
}

static hinge_status read_nodes(const struct hinge_node *node, struct trees_source *source)
{
    const struct hinge_attribute *a = node->attributes;
    const int64_t n = (int64_t)a[FEATUREIDS].count;
    const uint8_t *modes = a[MODES].tensor->data;
    hinge_status status = HINGE_OK;
    for (int64_t i = 0; i < n && !status; i++) {
        if (modes[i] > TREES_IN)
            return OP_FAIL(node, HINGE_BAD_MODEL, "nodes_modes has %u", modes[i]);
        source->modes[i] = modes[i];
        status = find_child(node, TRUENODEIDS, TRUELEAFS, "nodes_truenodeids", i,
                            &source->children[2 * i]);
        if (!status)
            status = find_child(node, FALSENODEIDS, FALSELEAFS, "nodes_falsenodeids", i,
                                &source->children[2 * i + 1]);
    }
    return status ? status : read_sets(node, source);
}

static hinge_status build(const struct hinge_node *node, struct trees *trees)
{
    const struct hinge_attribute *a = node->attributes;
    const int64_t n = (int64_t)a[FEATUREIDS].count, n_leaves = (int64_t)a[TARGETIDS].count;
    const hinge_tensor *splits = a[SPLITS].tensor, *weights = a[WEIGHTS].tensor;
    struct trees_source source = {.n = (uint32_t)(n + n_leaves),
                                  .features = a[FEATUREIDS].ints,
                                  .tracks_true = a[TRACKS_TRUE].count ? a[TRACKS_TRUE].ints : NULL,
                                  .values = {splits->type, n, splits->data},
                                  .n_roots = (int64_t)a[ROOTS].count,
                                  .n_votes = n_leaves,
                                  .targets = a[TARGETIDS].ints,
                                  .weights = {weights->type, n_leaves, weights->data},
                                  .n_targets = a[N_TARGETS].i};
    const size_t room = (size_t)source.n + 1;
    uint32_t *roots = node->host->alloc(node, (a[ROOTS].count + 1) * sizeof *roots);
    uint32_t *leaves = node->host->alloc(node, ((size_t)n_leaves + 1) * sizeof *leaves);
    source.modes = node->host->alloc(node, room);
    source.children = node->host->alloc(node, 2 * room * sizeof *source.children);
    if (!roots || !leaves || !source.modes || !source.children)
        return HINGE_NO_MEMORY;
    for (int64_t k = 0; k < n_leaves; k++) {
        leaves[k] = (uint32_t)(n + k);
        source.modes[n + k] = TREES_LEAF;
    }
    for (int64_t t = 0; t < source.n_roots; t++) {
        const int64_t root = a[ROOTS].ints[t];
        if (root < 0 || root >= n)
            return OP_FAIL(node, HINGE_BAD_MODEL, "tree_roots has %lld, but there are %lld nodes",
                           (long long)root, (long long)n);
        roots[t] = (uint32_t)root;
    }
    source.roots = roots;
    source.vote_nodes = leaves;
    hinge_status status = read_nodes(node, &source);
    return status ? status
                  : trees_build(node, &source,
                                splits->type == HINGE_DOUBLE ? HINGE_DOUBLE : HINGE_FLOAT, trees);
}

static hinge_status init(struct hinge_node *node)
{
    struct trees *trees = node->host->alloc(node, sizeof *trees);
    node->state = trees;
    if (!trees)
        return HINGE_NO_MEMORY;
    hinge_status status = check(node);
    return status ? status : build(node, trees);
}

static hinge_status infer(const struct hinge_node *node)
{
    const int64_t n = node->attributes[N_TARGETS].i;
    const hinge_tensor *x = node->inputs[0];
    hinge_status status = scores_check_rows(node);
    if (status)
        return status;
    if (n < 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "n_targets is %lld", (long long)n);
    return op_set_output(node, 0, x->type, 2, (int64_t[]){scores_n_rows(x), n});
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    return trees_scratch(node, node->state, scratch);
}

static void finish(const struct hinge_node *node, int64_t row, double *scores, const uint8_t *has)
{
    const struct trees *trees = node->state;
    const hinge_tensor *y = node->outputs[0];
    const size_t size = hinge_size(y->type, 1);
    (void)has;
    if (node->attributes[AGGREGATE].i == TREES_AVERAGE && trees->n_trees)
        for (int64_t k = 0; k < trees->n_targets; k++)
            scores[k] = trees_round(trees, scores[k] / (double)trees->n_trees);
    scores_apply((enum scores_transform)node->attributes[POST_TRANSFORM].i, scores,
                 trees->n_targets);
    convert_from_double(y->type, (char *)y->data + (size_t)(row * trees->n_targets) * size, scores,
                        trees->n_targets);
}

static hinge_status run(const struct hinge_node *node)
{
    trees_run(node, node->state, (enum trees_aggregate)node->attributes[AGGREGATE].i, finish);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [FEATUREIDS] = {.name = "nodes_featureids", .type = HINGE_ATTR_INTS, .required = true},
    [SPLITS] = {.name = "nodes_splits", .type = HINGE_ATTR_TENSOR, .required = true},
    [HITRATES] = {.name = "nodes_hitrates", .type = HINGE_ATTR_TENSOR},
    [MODES] = {.name = "nodes_modes", .type = HINGE_ATTR_TENSOR, .required = true},
    [TRUENODEIDS] = {.name = "nodes_truenodeids", .type = HINGE_ATTR_INTS, .required = true},
    [FALSENODEIDS] = {.name = "nodes_falsenodeids", .type = HINGE_ATTR_INTS, .required = true},
    [TRUELEAFS] = {.name = "nodes_trueleafs", .type = HINGE_ATTR_INTS, .required = true},
    [FALSELEAFS] = {.name = "nodes_falseleafs", .type = HINGE_ATTR_INTS, .required = true},
    [TRACKS_TRUE] = {.name = "nodes_missing_value_tracks_true", .type = HINGE_ATTR_INTS},
    [ROOTS] = {.name = "tree_roots", .type = HINGE_ATTR_INTS, .required = true},
    [MEMBERS] = {.name = "membership_values", .type = HINGE_ATTR_TENSOR},
    [TARGETIDS] = {.name = "leaf_targetids", .type = HINGE_ATTR_INTS, .required = true},
    [WEIGHTS] = {.name = "leaf_weights", .type = HINGE_ATTR_TENSOR, .required = true},
    [N_TARGETS] = {.name = "n_targets", .type = HINGE_ATTR_INT},
    [POST_TRANSFORM] = {.name = "post_transform", .type = HINGE_ATTR_INT},
    [AGGREGATE] = {.name = "aggregate_function", .type = HINGE_ATTR_INT, .i = TREES_SUM},
    {.name = NULL}};

const struct hinge_op op_treeensemble[] = {
    {.name = "TreeEnsemble",
     .domain = "ai.onnx.ml",
     .since = 5,
     .signature = "(X: T) -> (Y: T); T: float double float16",
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
