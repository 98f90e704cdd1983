/* TreeEnsembleRegressor against a walk through its lists. */
#include "tests/operators/trees.h"

static struct forest forest;

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *named = harness_attr(call, "aggregate_function");
    const struct harness_attribute *base = harness_attr(call, "base_values");
    const char *aggregate = named ? named->s : "SUM";
    const int64_t n_rows = x->rank == 2 ? x->dims[0] : 1;
    const int64_t n = harness_attr_int(call, "n_targets", 0);
    const bool in_float = x->type != HINGE_DOUBLE && !harness_attr(call, "nodes_values_as_tensor");
    const int order = !strcmp(aggregate, "MIN") ? -1 : !strcmp(aggregate, "MAX");
    hinge_tensor *y = harness_output(call, 0, HINGE_FLOAT, 2, (int64_t[]){n_rows, n});
    int64_t n_trees = 0;
    for (size_t i = 0; i < forest.n; i++)
        n_trees += i == 0 || forest.tree[i] != forest.tree[i - 1];
    for (int64_t row = 0; row < n_rows; row++) {
        double sums[4];
        int64_t has[4];
        forest_count(&forest, x, row, n, order, in_float, sums, has);
        for (int64_t k = 0; k < n; k++) {
            if (!strcmp(aggregate, "AVERAGE") && n_trees)
                sums[k] /= (double)n_trees;
            sums[k] += base ? (double)base->floats[k] : 0;
        }
        scores_transform(call, sums, n);
        for (int64_t k = 0; k < n; k++)
            harness_set(y, row * n + k, sums[k]);
    }
}

#define REGRESSOR .op = "TreeEnsembleRegressor", .domain = "ai.onnx.ml", .reference = reference
#define X(n, n_features) TENSOR(HARNESS_T, -3, 3, n, n_features)
#define CLOSE .ulp = 2, .absolute = 1e-7

static void test_modes(void)
{
    const char *const aggregates[] = {"SUM", "AVERAGE", "MIN", "MAX"};
    for (int64_t n_modes = 1; n_modes < 6; n_modes++) {
        forest_grow(&forest, 5, 4, 3, n_modes, 0, 2, true);
        CHECK_OP(REGRESSOR, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {X(70, 3)},
                 .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 2)}, CLOSE);
    }
    forest_grow(&forest, 5, 4, 3, 6, 0, 2, true);
    CHECK_OP(REGRESSOR, .types = SCORES_TYPES, .opsets = {1, 3, 5}, .inputs = {X(HARNESS_N, 3)},
             .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 2)}, CLOSE);
    for (int i = 0; i < 4; i++)
        CHECK_OP(REGRESSOR, .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
                 .inputs = {X(70, 3)},
                 .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 2),
                                ATTR_STRING("aggregate_function", aggregates[i]),
                                ATTR_FLOATS("base_values", 0.5F, -3)},
                 CLOSE);
    const char *const transforms[] = {"SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
    for (int i = 0; i < 4; i++)
        CHECK_OP(REGRESSOR, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {X(37, 3)},
                 .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 2),
                                ATTR_STRING("post_transform", transforms[i])},
                 .ulp = 4, .absolute = 1e-6);
}

/* Few rows and many trees, and the other way round. */
static void test_sizes(void)
{
    forest_grow(&forest, 127, 2, 3, 1, 0, 1, true);
    const int64_t sizes[] = {1, 2, 8, 9, 16, 17, 33};
    for (int i = 0; i < 7; i++)
        CHECK_OP(REGRESSOR, .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_INT64),
                 .inputs = {X(sizes[i], 4)},
                 .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 1)}, CLOSE);
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3)},
             .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 1)}, CLOSE);
    forest_grow(&forest, 7, 7, 5, 1, 0, 1, true);
    CHECK_OP(REGRESSOR, .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {X(500, 5)},
             .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 1)}, CLOSE);
    forest_grow(&forest, 3, 0, 1, 1, 0, 3, true); /* leaves only */
    CHECK_OP(REGRESSOR, .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_INT32),
             .inputs = {X(33, 0)},
             .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 3)}, CLOSE);
    forest.n = forest.n_votes = 0;
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3, 2)},
             .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 1),
                            ATTR_STRING("aggregate_function", "AVERAGE")},
             CLOSE);
}

static void test_tensors(void)
{
    static double values[FOREST_MAX_NODES], weights[FOREST_MAX_VOTES];
    forest_grow(&forest, 5, 4, 3, 6, 0, 2, true);
    for (size_t i = 0; i < forest.n; i++)
        values[i] = (double)forest.value[i];
    for (size_t i = 0; i < forest.n_votes; i++)
        weights[i] = (double)forest.weight[i];
    CHECK_OP(
        REGRESSOR, .opsets = {3, 5}, .types = SCORES_TYPES, .inputs = {X(70, 3)},
        .attributes = {FOREST_NODES(&forest, "target"), ATTR_INT("n_targets", 2),
                       ATTR_TENSOR("nodes_values_as_tensor", {.type = HINGE_DOUBLE,
                                                              .rank = 1,
                                                              .dims = {(int64_t)forest.n},
                                                              .values = values}),
                       ATTR_TENSOR("target_weights_as_tensor", {.type = HINGE_DOUBLE,
                                                                .rank = 1,
                                                                .dims = {(int64_t)forest.n_votes},
                                                                .values = weights})},
        CLOSE);
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3, 3)},
             .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 2),
                            ATTR_TENSOR("nodes_values_as_tensor", LIST(HINGE_DOUBLE, 1))},
             .fails = HINGE_BAD_MODEL, .says = "both nodes_values and nodes_values_as_tensor");
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3, 3)},
             .attributes = {FOREST_NODES(&forest, "target"), ATTR_INT("n_targets", 2),
                            ATTR_TENSOR("nodes_values_as_tensor", LIST(HINGE_INT32, 1))},
             .fails = HINGE_BAD_MODEL,
             .says = "nodes_values_as_tensor is neither float nor double");
}

#define REFUSE(says_this, ...)                                                                     \
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3)}, .fails = HINGE_BAD_MODEL,    \
             .says = (says_this), __VA_ARGS__)
#define GROWN .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 1)}

static void grow_small(void)
{
    forest_grow(&forest, 2, 2, 3, 1, 0, 1, true);
}

static void test_refusals(void)
{
    grow_small();
    REFUSE("n_targets is 0", .attributes = {FOREST(&forest, "target")});
    REFUSE("there are 2 base values for 1 targets",
           .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 1),
                          ATTR_FLOATS("base_values", 1, 2)});
    REFUSE("aggregate_function is \"MEAN\"",
           .attributes = {FOREST(&forest, "target"), ATTR_INT("n_targets", 1),
                          ATTR_STRING("aggregate_function", "MEAN")});
    forest.if_true[1] = forest.id[0];
    REFUSE("tree -20 begins with node 0, which is below another one", GROWN);
    grow_small();
    forest.if_true[1] = forest.id[1];
    REFUSE("the node at position 1 is below itself", GROWN);
    grow_small();
    forest.if_false[2] = forest.id[2];
    REFUSE("the node at position 2 is below itself", GROWN);
    grow_small();
    forest.if_false[2] = 1000;
    REFUSE("nodes_falsenodeids has node 1000 of tree -20, which is not there", GROWN);
    grow_small();
    forest.id[9] = forest.id[8];
    REFUSE("of tree -13 is there twice", GROWN);
    grow_small();
    forest.feature[0] = -1;
    REFUSE("the node at position 0 has feature -1", GROWN);
    grow_small();
    forest.mode[3] = "BRANCH";
    REFUSE("nodes_modes has \"BRANCH\"", GROWN);
    grow_small();
    forest.target[0] = 1;
    REFUSE("vote 0 is for target 1 of 1", GROWN);
    grow_small();
    forest.vote_node[0] = 999;
    REFUSE("a vote is for node 999 of tree", GROWN);
    grow_small();
    forest.feature[0] = 3;
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "a split is by feature 3, but X has 3 features", GROWN);
    grow_small();
    forest.n_votes--;
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3)}, .fails = HINGE_BAD_MODEL,
             .says = "the list of weights has ",
             .attributes = {FOREST_NODES(&forest, "target"), ATTR_INT("n_targets", 1),
                            FOREST_FLOATS("nodes_values", forest.value, forest.n),
                            FOREST_FLOATS("target_weights", forest.weight, forest.n_votes + 1)});
}

/* One leaf that many nodes share, as sets of categories become. */
static void test_shared(void)
{
    forest_grow(&forest, 2, 5, 3, 5, 0, 1, true);
    for (size_t i = 0; i < 31; i++)
        forest.if_true[i] = forest.id[40];
    CHECK_OP(REGRESSOR, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {X(90, 3)}, GROWN, CLOSE);
}

void test_treeensembleregressor(void)
{
    test_modes();
    test_sizes();
    test_tensors();
    test_shared();
    test_refusals();
}
