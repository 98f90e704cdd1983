/* ai.onnx.ml TreeEnsembleRegressor-1, -3, -5 (deprecated there): for each row of X (or X, a row
 * itself) and each target the sum, mean, least or greatest of the votes of the leaves that the row
 * gets to, plus the target's base value; then post_transform over the targets (ONNX Runtime leaves
 * it out where there is one target, but for PROBIT). A target without votes is 0 before that. Sums
 * are of X's or the attributes' type, float or double, in the order of the trees. */
#include "operators/ml/scores.h"
#include "operators/trees/trees.h"

#include <string.h>

enum { N_TARGETS = TREES_OWN, AGGREGATE };

struct state {
    struct trees trees;
    struct trees_numbers base;
    enum trees_aggregate aggregate;
    enum scores_transform transform;
};

static hinge_status aggregate_of(const struct hinge_node *node, enum trees_aggregate *aggregate)
{
    static const char *const names[] = {
        [TREES_AVERAGE] = "AVERAGE", [TREES_SUM] = "SUM", [TREES_MIN] = "MIN", [TREES_MAX] = "MAX"};
    const hinge_string name = node->attributes[AGGREGATE].s;
    for (int i = TREES_AVERAGE; i <= TREES_MAX; i++)
        if (name.size == strlen(names[i]) && !memcmp(name.bytes, names[i], name.size)) {
            *aggregate = (enum trees_aggregate)i;
            return HINGE_OK;
        }
    return OP_FAIL(node, HINGE_BAD_MODEL,
                   "aggregate_function is \"%.*s\", not AVERAGE, SUM, MIN or MAX",
                   (int)(name.size < 32 ? name.size : 32), name.bytes);
}

static hinge_status init(struct hinge_node *node)
{
    const int64_t n = node->attributes[N_TARGETS].i;
    struct state *state = node->host->alloc(node, sizeof *state);
    node->state = state;
    if (!state)
        return HINGE_NO_MEMORY;
    hinge_status status = aggregate_of(node, &state->aggregate);
    if (!status)
        status = scores_transform_of(node, TREES_POST_TRANSFORM, &state->transform);
    if (!status)
        status = trees_base_values(node, &state->base);
    if (status)
        return status;
    if (n < 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "n_targets is %lld", (long long)n);
    if (state->base.count && state->base.count != n)
        return OP_FAIL(node, HINGE_BAD_MODEL, "there are %lld base values for %lld targets",
                       (long long)state->base.count, (long long)n);
    return trees_from_lists(node, n, &state->trees);
}

static hinge_status infer(const struct hinge_node *node)
{
    const int64_t n = node->attributes[N_TARGETS].i;
    hinge_status status = scores_check_rows(node);
    if (status)
        return status;
    if (n < 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "n_targets is %lld", (long long)n);
    return op_set_output(node, 0, HINGE_FLOAT, 2, (int64_t[]){scores_n_rows(node->inputs[0]), n});
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    const struct state *state = node->state;
    return trees_scratch(node, &state->trees, scratch);
}

static void finish(const struct hinge_node *node, int64_t row, double *scores, const uint8_t *has)
{
    const struct state *state = node->state;
    const struct trees *trees = &state->trees;
    (void)has;
    for (int64_t k = 0; k < trees->n_targets; k++) {
        if (state->aggregate == TREES_AVERAGE && trees->n_trees)
            scores[k] = trees_round(trees, scores[k] / (double)trees->n_trees);
        if (state->base.count)
            scores[k] = trees_round(trees, scores[k] + trees_number(&state->base, k));
    }
    scores_put(state->transform, scores, trees->n_targets, node->outputs[0], row);
}

static hinge_status run(const struct hinge_node *node)
{
    const struct state *state = node->state;
    trees_run(node, &state->trees, state->aggregate, finish);
    return HINGE_OK;
}

#define ATTRIBUTES                                                                                 \
    TREES_ATTRIBUTES("target"), [N_TARGETS] = {.name = "n_targets", .type = HINGE_ATTR_INT},       \
                                [AGGREGATE] = {.name = "aggregate_function",                       \
                                               .type = HINGE_ATTR_STRING,                          \
                                               .s = "SUM"}

static const struct hinge_attribute_def attributes_1[] = {ATTRIBUTES, {.name = NULL}};
static const struct hinge_attribute_def attributes_3[] = {
    ATTRIBUTES, TREES_TENSOR_ATTRIBUTES("target"), {.name = NULL}};

#define REGRESSOR                                                                                  \
    .name = "TreeEnsembleRegressor", .domain = "ai.onnx.ml",                                       \
    .signature = "(X: T) -> (Y: float); T: float double int64 int32", .init = init,                \
    .infer = infer, .prepare = prepare, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_treeensembleregressor[] = {
    {REGRESSOR, .since = 1, .until = 2, .attributes = attributes_1},
    {REGRESSOR, .since = 3, .attributes = attributes_3},
    OP_END,
};
