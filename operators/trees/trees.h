/* Ensembles of decision trees: one compact array of splits that ONNX's lists become, and the walk
 * of rows of features down all trees. */
#ifndef TREES_H
#define TREES_H

#include "operators/op/copy.h"

/* A comparison that holds goes to child 0. Children count on from the splits: number n_splits + k
 * is leaf k. NaN goes to child 0 where the highest bit of feature is set, otherwise to child 1. */
#define TREES_FEATURE INT32_MAX
#define TREES_NAN_TO_0 (UINT32_C(1) << 31)

struct trees_split_f32 {
    float value;
    uint32_t feature;
    uint32_t child[2];
};

struct trees_split_f64 {
    double value;
    uint32_t feature;
    uint32_t child[2];
};

/* How a feature x is compared with a split's value; all that ONNX has becomes one of these. */
enum trees_test { TREES_AT_MOST, TREES_EQUAL, TREES_MEMBER };

struct trees {
    hinge_type type; /* of values, weights and sums: float or double */
    uint32_t n_splits, n_leaves;
    void *splits;
    uint8_t *tests; /* NULL: all are TREES_AT_MOST */
    int64_t max_feature;
    /* Members of the sets, ascending, those of split i from sets[2 i] up to sets[2 i + 1]; or NULL.
     */
    int64_t *sets;
    const double *members;
    int64_t n_trees;
    uint32_t *roots;
    /* The votes of leaf k are votes[k] … votes[k + 1] of targets and weights. */
    int64_t *votes;
    int64_t *targets;
    void *weights;
    int64_t n_targets;
};

/* Building */

/* A list of numbers: an attribute of floats, or a tensor. */
struct trees_numbers {
    hinge_type type;
    int64_t count;
    const void *data;
};

double trees_number(const struct trees_numbers *numbers, int64_t i);

/* Numbered as TreeEnsemble's nodes_modes. */
enum trees_mode {
    TREES_LEQ,
    TREES_LT,
    TREES_GTE,
    TREES_GT,
    TREES_EQ,
    TREES_NEQ,
    TREES_IN,
    TREES_LEAF
};

/* A graph of nodes by number, of which those with the mode TREES_LEAF are leaves. */
struct trees_source {
    uint32_t n; /* nodes */
    uint8_t *modes;
    uint32_t *children; /* two a node: where it is true, and where it is not */
    const int64_t *features;
    const int64_t *tracks_true; /* NULL: 0 for all */
    struct trees_numbers values;
    int64_t *sets; /* NULL, or where the members of node i begin; n + 1 of them */
    double *members;
    int64_t n_roots;
    const uint32_t *roots;
    /* Votes: the node that each is for, UINT32_MAX for one that does not count. */
    int64_t n_votes;
    const uint32_t *vote_nodes;
    const int64_t *targets;
    struct trees_numbers weights;
    int64_t n_targets;
};

/* Makes trees of what can be reached from the roots, in memory of the node's. Refuses cycles, and
 * features and targets that cannot be. A node may have several parents. */
hinge_status trees_build(const struct hinge_node *node, const struct trees_source *source,
                         hinge_type type, struct trees *trees);

/* Attributes of TreeEnsembleClassifier and TreeEnsembleRegressor. */
enum {
    TREES_TREEIDS,
    TREES_NODEIDS,
    TREES_FEATUREIDS,
    TREES_VALUES,
    TREES_HITRATES,
    TREES_MODES,
    TREES_TRUENODEIDS,
    TREES_FALSENODEIDS,
    TREES_TRACKS_TRUE,
    TREES_VOTE_TREEIDS,
    TREES_VOTE_NODEIDS,
    TREES_VOTE_IDS,
    TREES_VOTE_WEIGHTS,
    TREES_POST_TRANSFORM,
    TREES_BASE_VALUES,
    TREES_OWN, /* two of the operator's own */
    /* Since version 3. */
    TREES_VALUES_AS_TENSOR = TREES_OWN + 2,
    TREES_HITRATES_AS_TENSOR,
    TREES_WEIGHTS_AS_TENSOR,
    TREES_BASE_VALUES_AS_TENSOR
};

#define TREES_ATTRIBUTES(vote)                                                                     \
    [TREES_TREEIDS] = {.name = "nodes_treeids", .type = HINGE_ATTR_INTS},                          \
    [TREES_NODEIDS] = {.name = "nodes_nodeids", .type = HINGE_ATTR_INTS},                          \
    [TREES_FEATUREIDS] = {.name = "nodes_featureids", .type = HINGE_ATTR_INTS},                    \
    [TREES_VALUES] = {.name = "nodes_values", .type = HINGE_ATTR_FLOATS},                          \
    [TREES_HITRATES] = {.name = "nodes_hitrates", .type = HINGE_ATTR_FLOATS},                      \
    [TREES_MODES] = {.name = "nodes_modes", .type = HINGE_ATTR_STRINGS},                           \
    [TREES_TRUENODEIDS] = {.name = "nodes_truenodeids", .type = HINGE_ATTR_INTS},                  \
    [TREES_FALSENODEIDS] = {.name = "nodes_falsenodeids", .type = HINGE_ATTR_INTS},                \
    [TREES_TRACKS_TRUE] = {.name = "nodes_missing_value_tracks_true", .type = HINGE_ATTR_INTS},    \
    [TREES_VOTE_TREEIDS] = {.name = vote "_treeids", .type = HINGE_ATTR_INTS},                     \
    [TREES_VOTE_NODEIDS] = {.name = vote "_nodeids", .type = HINGE_ATTR_INTS},                     \
    [TREES_VOTE_IDS] = {.name = vote "_ids", .type = HINGE_ATTR_INTS},                             \
    [TREES_VOTE_WEIGHTS] = {.name = vote "_weights", .type = HINGE_ATTR_FLOATS},                   \
    [TREES_POST_TRANSFORM] = {.name = "post_transform", .type = HINGE_ATTR_STRING, .s = "NONE"},   \
    [TREES_BASE_VALUES] = {.name = "base_values", .type = HINGE_ATTR_FLOATS}

#define TREES_TENSOR_ATTRIBUTES(vote)                                                              \
    [TREES_VALUES_AS_TENSOR] = {.name = "nodes_values_as_tensor", .type = HINGE_ATTR_TENSOR},      \
    [TREES_HITRATES_AS_TENSOR] = {.name = "nodes_hitrates_as_tensor", .type = HINGE_ATTR_TENSOR},  \
    [TREES_WEIGHTS_AS_TENSOR] = {.name = vote "_weights_as_tensor", .type = HINGE_ATTR_TENSOR},    \
    [TREES_BASE_VALUES_AS_TENSOR] = {.name = "base_values_as_tensor", .type = HINGE_ATTR_TENSOR}

/* Builds from these attributes. */
hinge_status trees_from_lists(const struct hinge_node *node, int64_t n_targets,
                              struct trees *trees);

/* The base values; and the weights of votes, as trees_from_lists read them. */
hinge_status trees_base_values(const struct hinge_node *node, struct trees_numbers *numbers);
hinge_status trees_vote_weights(const struct hinge_node *node, struct trees_numbers *numbers);

/* A number rounded to the type that sums have. */
static inline double trees_round(const struct trees *trees, double number)
{
    return trees->type == HINGE_FLOAT ? (double)(float)number : number;
}

/* Running */

/* Numbered as TreeEnsemble's aggregate_function. */
enum trees_aggregate { TREES_AVERAGE, TREES_SUM, TREES_MIN, TREES_MAX };

/* What the operator does with a row: scores has room for two where there is one target; has[k] says
 * whether any leaf voted for target k, whose score is 0 otherwise. */
typedef void trees_finish(const struct hinge_node *node, int64_t row, double *scores,
                          const uint8_t *has);

/* The scratch that trees_run needs for X; fails where X has too few features. */
hinge_status trees_scratch(const struct hinge_node *node, const struct trees *trees,
                           size_t *scratch);

/* For all rows of X: the sums of the votes of the leaves that each row gets to, in the order of the
 * trees, in the trees' type (TREES_AVERAGE sums, too), or their least or greatest. */
void trees_run(const struct hinge_node *node, const struct trees *trees,
               enum trees_aggregate aggregate, trees_finish *finish);

#endif
