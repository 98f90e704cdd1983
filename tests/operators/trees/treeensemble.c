/* TreeEnsemble against a walk through its lists. */
#include "tests/operators/scores.h"

#define MAX_NODES 256

static struct {
    int64_t n, n_trees;
    int64_t feature[MAX_NODES], if_true[MAX_NODES], if_false[MAX_NODES], true_leaf[MAX_NODES];
    int64_t false_leaf[MAX_NODES], tracks[MAX_NODES], root[MAX_NODES], target[MAX_NODES];
    double split[MAX_NODES], mode[MAX_NODES], weight[MAX_NODES];
    double members[8 * MAX_NODES];
    int64_t n_members, set[MAX_NODES]; /* where a node's set begins; NaN ends it */
} forest;

/* Perfect trees of 7 splits and 8 leaves, of modes below n_modes. */
static void grow(int64_t n_trees, int64_t n_modes)
{
    forest.n = forest.n_members = 0;
    forest.n_trees = n_trees;
    for (int64_t t = 0; t < n_trees; t++) {
        forest.root[t] = forest.n;
        for (int64_t i = 0; i < 7; i++) {
            const int64_t n = forest.n++;
            forest.feature[n] = (int64_t)(harness_random() % 3);
            forest.split[n] = (double)(harness_random() % 9) / 2 - 2;
            forest.mode[n] = (double)(harness_random() % (uint64_t)n_modes);
            forest.true_leaf[n] = forest.false_leaf[n] = i >= 3;
            forest.if_true[n] = i < 3 ? 7 * t + 2 * i + 1 : 8 * t + 2 * (i - 3);
            forest.if_false[n] = forest.if_true[n] + 1;
            forest.tracks[n] = (int64_t)(harness_random() % 2);
            forest.set[n] = forest.n_members;
            if (forest.mode[n] != 6)
                continue;
            for (uint64_t k = harness_random() % 5; k > 0; k--)
                forest.members[forest.n_members++] = (double)(harness_random() % 9) / 2 - 2;
            forest.members[forest.n_members++] = NAN;
        }
    }
    for (int64_t k = 0; k < 8 * n_trees; k++) {
        forest.target[k] = (int64_t)(harness_random() % 2);
        forest.weight[k] = (double)(harness_random() % 33) / 8 - 2;
    }
}

static bool holds(int64_t i, double x)
{
    const double v = forest.split[i];
    if (isnan(x) && forest.tracks[i])
        return true;
    switch ((int)forest.mode[i]) {
    case 0: return x <= v;
    case 1: return x < v;
    case 2: return x >= v;
    case 3: return x > v;
    case 4: return x == v;
    case 5: return x != v;
    default:
        for (int64_t at = forest.set[i]; !isnan(forest.members[at]); at++)
            if (forest.members[at] == x)
                return true;
        return false;
    }
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const int64_t aggregate = harness_attr_int(call, "aggregate_function", 1);
    const int64_t n_features = x->dims[x->rank - 1];
    hinge_tensor *y = harness_output(call, 0, x->type, 2, (int64_t[]){x->dims[0], 2});
    for (int64_t row = 0; row < x->dims[0]; row++) {
        double s[2] = {0};
        bool has[2] = {false};
        for (int64_t t = 0; t < forest.n_trees; t++) {
            int64_t i = forest.root[t];
            for (bool leaf = false; !leaf;) {
                const bool held = holds(i, harness_get(x, row * n_features + forest.feature[i]));
                leaf = held ? forest.true_leaf[i] : forest.false_leaf[i];
                i = held ? forest.if_true[i] : forest.if_false[i];
            }
            const int64_t k = forest.target[i];
            const double w = forest.weight[i];
            if (aggregate < 2)
                s[k] += w;
            else if (!has[k] || (aggregate == 2 ? w < s[k] : w > s[k]))
                s[k] = w;
            has[k] = true;
        }
        for (int k = 0; k < 2; k++)
            s[k] /= aggregate == 0 ? (double)forest.n_trees : 1;
        if (harness_attr_int(call, "post_transform", 0) == 2)
            for (int k = 0; k < 2; k++)
                s[k] = 1 / (1 + exp(-s[k]));
        for (int k = 0; k < 2; k++)
            harness_set(y, 2 * row + k, s[k]);
    }
}

#define ENSEMBLE .op = "TreeEnsemble", .domain = "ai.onnx.ml", .reference = reference
#define INTS(label, list, n)                                                                       \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_INTS, .ints = (list), .count = (size_t)(n)             \
    }
#define NUMBERS(label, element, list, n)                                                           \
    ATTR_TENSOR(label, {.type = (element), .rank = 1, .dims = {(n)}, .values = (list)})
#define LEAVES(element)                                                                            \
    INTS("leaf_targetids", forest.target, 8 * forest.n_trees),                                     \
        NUMBERS("leaf_weights", element, forest.weight, 8 * forest.n_trees)
#define FOREST(element)                                                                            \
    INTS("nodes_featureids", forest.feature, forest.n),                                            \
        INTS("nodes_truenodeids", forest.if_true, forest.n),                                       \
        INTS("nodes_falsenodeids", forest.if_false, forest.n),                                     \
        INTS("nodes_trueleafs", forest.true_leaf, forest.n),                                       \
        INTS("nodes_falseleafs", forest.false_leaf, forest.n),                                     \
        INTS("nodes_missing_value_tracks_true", forest.tracks, forest.n),                          \
        INTS("tree_roots", forest.root, forest.n_trees),                                           \
        NUMBERS("nodes_splits", element, forest.split, forest.n),                                  \
        NUMBERS("nodes_modes", HINGE_UINT8, forest.mode, forest.n),                                \
        NUMBERS("membership_values", element, forest.members, forest.n_members)

#define REFUSE(says_this, ...)                                                                     \
    CHECK_OP(ENSEMBLE, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3)}, .fails = HINGE_BAD_MODEL,     \
             .says = (says_this), .attributes = {__VA_ARGS__})
#define TARGETS ATTR_INT("n_targets", 2)

static void test_refusals(void)
{
    grow(3, 6);
    REFUSE("n_targets is 0", FOREST(HINGE_FLOAT), LEAVES(HINGE_FLOAT));
    REFUSE("nodes_splits has another type than X", FOREST(HINGE_DOUBLE), LEAVES(HINGE_FLOAT),
           TARGETS);
    REFUSE("leaf_weights has another type than X", FOREST(HINGE_FLOAT), LEAVES(HINGE_DOUBLE),
           TARGETS);
    REFUSE("post_transform is 5", FOREST(HINGE_FLOAT), LEAVES(HINGE_FLOAT), TARGETS,
           ATTR_INT("post_transform", 5));
    REFUSE("aggregate_function is -1", FOREST(HINGE_FLOAT), LEAVES(HINGE_FLOAT), TARGETS,
           ATTR_INT("aggregate_function", -1));
    forest.root[1] = 21;
    REFUSE("tree_roots has 21, but there are 21 nodes", FOREST(HINGE_FLOAT), LEAVES(HINGE_FLOAT),
           TARGETS);
    grow(3, 6);
    forest.if_true[5] = 24;
    REFUSE("nodes_truenodeids has 24, but there are 24 leaves", FOREST(HINGE_FLOAT),
           LEAVES(HINGE_FLOAT), TARGETS);
    grow(3, 6);
    forest.if_false[2] = 2;
    REFUSE("the node at position 2 is below itself", FOREST(HINGE_FLOAT), LEAVES(HINGE_FLOAT),
           TARGETS);
    grow(3, 6);
    forest.mode[2] = 7;
    REFUSE("nodes_modes has 7", FOREST(HINGE_FLOAT), LEAVES(HINGE_FLOAT), TARGETS);
    forest.mode[2] = 6;
    REFUSE("membership_values has no set for node 2", FOREST(HINGE_FLOAT), LEAVES(HINGE_FLOAT),
           TARGETS);
    grow(3, 6);
    forest.n_members = 2;
    REFUSE("membership_values has more sets than nodes", FOREST(HINGE_FLOAT), LEAVES(HINGE_FLOAT),
           TARGETS);
    grow(3, 1);
    forest.target[4] = 2;
    REFUSE("is for target 2 of 2", FOREST(HINGE_FLOAT), LEAVES(HINGE_FLOAT), TARGETS);
    forest.n_trees = 2;
    REFUSE("leaf_weights has 16 entries, not 24", FOREST(HINGE_FLOAT), TARGETS,
           INTS("leaf_targetids", forest.target, 24),
           NUMBERS("leaf_weights", HINGE_FLOAT, forest.weight, 16));
}

void test_treeensemble(void)
{
    const hinge_type types[] = {HINGE_FLOAT, HINGE_DOUBLE, HINGE_FLOAT16};
    for (int i = 0; i < 3; i++) {
        grow(10, 1);
        CHECK_OP(ENSEMBLE, .inputs = {TENSOR(types[i], -3, 3, HARNESS_N, 3)},
                 .attributes = {FOREST(types[i]), LEAVES(types[i]), TARGETS});
        grow(10, 7);
        CHECK_OP(ENSEMBLE, .inputs = {TENSOR(types[i], -3, 3, HARNESS_N, 3)},
                 .attributes = {FOREST(types[i]), LEAVES(types[i]), TARGETS});
        for (int64_t aggregate = 0; aggregate < 4; aggregate++)
            CHECK_OP(ENSEMBLE, .inputs = {TENSOR(types[i], -3, 3, 30, 3)},
                     .attributes = {FOREST(types[i]), LEAVES(types[i]), TARGETS,
                                    ATTR_INT("post_transform", aggregate == 1 ? 2 : 0),
                                    ATTR_INT("aggregate_function", aggregate)},
                     .ulp = 2);
    }
    test_refusals();
}
