/* ai.onnx.ml TreeEnsembleClassifier-1, -3, -5 (deprecated there): for each row of X (or X, a row
 * itself) the sums of the votes for each class, of the leaves that the row gets to, plus base
 * values; the label of the largest one, and the scores after post_transform. Sums are of X's or the
 * attributes' type, float or double, in the order of the trees.
 *
 * The standard is vague about one and two classes; these follow ONNX Runtime 1.30, whatever one
 * thinks of it. What that leaves unset is 0 here; and it gives 1 and 0 as labels where both of two
 * classes have votes, or there is one class, which is the classes' labels (0 without one) here. */
#include "operators/ml/scores.h"
#include "operators/trees/trees.h"

enum { STRINGS = TREES_OWN, INT64S };

struct state {
    struct trees trees;
    struct trees_numbers base;
    struct scores_labels labels;
    enum scores_transform transform;
    bool votes_for_one; /* of two classes only one has votes */
    bool no_negatives;  /* among the weights */
};

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    (void)inputs;
    return scores_types(node, STRINGS, INT64S, outputs);
}

static hinge_status check_base(const struct hinge_node *node, const struct state *state)
{
    const int64_t n = state->labels.count, n_base = state->base.count;
    if (n_base == 0 || n_base == n || (n == 2 && n_base == 1))
        return HINGE_OK;
    return OP_FAIL(node, HINGE_BAD_MODEL, "there are %lld base values for %lld classes",
                   (long long)n_base, (long long)n);
}

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *ids = &node->attributes[TREES_VOTE_IDS];
    struct state *state = node->host->alloc(node, sizeof *state);
    struct trees_numbers weights;
    node->state = state;
    if (!state)
        return HINGE_NO_MEMORY;
    hinge_status status = scores_labels_of(node, STRINGS, INT64S, &state->labels);
    if (!status)
        status = scores_transform_of(node, TREES_POST_TRANSFORM, &state->transform);
    if (!status)
        status = trees_base_values(node, &state->base);
    if (!status)
        status = check_base(node, state);
    if (!status)
        status = trees_vote_weights(node, &weights);
    if (!status)
        status = trees_from_lists(node, state->labels.count, &state->trees);
    if (status)
        return status;
    state->no_negatives = true;
    state->votes_for_one = state->labels.count == 2 && ids->count > 0;
    for (size_t v = 0; v < ids->count; v++) {
        state->no_negatives &= !(trees_number(&weights, (int64_t)v) < 0);
        state->votes_for_one &= ids->ints[v] == ids->ints[0];
    }
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    struct scores_labels labels;
    hinge_status status = scores_check_rows(node);
    if (!status)
        status = scores_labels_of(node, STRINGS, INT64S, &labels);
    return status ? status : scores_set_outputs(node, labels.type, labels.count);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    const struct state *state = node->state;
    return trees_scratch(node, &state->trees, scratch);
}

static double base(const struct state *state, int64_t k)
{
    return k < state->base.count ? trees_number(&state->base, k) : 0;
}

/* More than two classes: the first of the largest among those with votes or base values. */
static int64_t choose(const struct state *state, double *scores, const uint8_t *has)
{
    int64_t best = -1;
    for (int64_t k = 0; k < state->labels.count; k++) {
        scores[k] = trees_round(&state->trees, scores[k] + base(state, k));
        if ((has[k] || state->base.count) && (best < 0 || scores[k] > scores[best]))
            best = k;
    }
    scores_apply(state->transform, scores, state->labels.count);
    return best < 0 ? 0 : best;
}

/* Two scores of two classes from one sum. */
static void split(const struct state *state, double *scores)
{
    const double sum = scores[0];
    const bool is_share = state->votes_for_one && state->no_negatives;
    scores[1] = 0;
    if (state->transform == SCORES_PROBIT) {
        scores_apply(SCORES_PROBIT, scores, 1);
    } else if (state->votes_for_one || state->base.count == 0) {
        const bool is_logistic = state->transform == SCORES_LOGISTIC;
        scores[0] = is_share && !is_logistic ? trees_round(&state->trees, 1 - sum) : -sum;
        scores[1] = sum;
        if (is_logistic)
            scores_apply(SCORES_LOGISTIC, scores, 2);
    }
}

/* Two classes; returns whether it is the positive one. */
static bool decide(const struct state *state, double *scores, const uint8_t *has)
{
    const struct trees *trees = &state->trees;
    if (state->base.count == 2 && has[1]) {
        scores[1] = trees_round(trees, base(state, 1) + scores[0]);
        scores[0] = -scores[1];
    } else {
        scores[0] = trees_round(trees, scores[0] + base(state, 0));
        scores[1] = trees_round(trees, scores[1] + base(state, 1));
    }
    for (int k = 0; k < 2; k++)
        scores[k] = has[k] ? scores[k] : 0;
    const double weight = scores[has[1]];
    if (has[1] || state->base.count == 2)
        scores_apply(state->transform, scores, 2);
    else
        split(state, scores);
    return weight > (state->votes_for_one && state->no_negatives ? 0.5 : 0);
}

static void finish(const struct hinge_node *node, int64_t row, double *scores, const uint8_t *has)
{
    const struct state *state = node->state;
    const int64_t n = state->labels.count;
    hinge_tensor *y = op_output(node, 0), *z = op_output(node, 1);
    int64_t label = -1;
    if (n > 2) {
        label = choose(state, scores, has);
    } else if (n == 2) {
        const bool positive = decide(state, scores, has);
        label = positive;
    } else {
        scores[0] = trees_round(&state->trees, scores[0] + base(state, 0));
        label = scores[0] > 0 ? 0 : -1;
        if (state->transform == SCORES_PROBIT)
            scores_apply(state->transform, scores, 1);
    }
    if (y && label >= 0)
        scores_set_label(y, row, &state->labels, label);
    else if (y)
        scores_set_no_label(y, row);
    for (int64_t k = 0; k < n && z; k++)
        ((float *)z->data)[row * n + k] = (float)scores[k];
}

static hinge_status run(const struct hinge_node *node)
{
    const struct state *state = node->state;
    trees_run(node, &state->trees, TREES_SUM, finish);
    return HINGE_OK;
}

#define ATTRIBUTES                                                                                 \
    TREES_ATTRIBUTES("class"),                                                                     \
        [STRINGS] = {.name = "classlabels_strings", .type = HINGE_ATTR_STRINGS},                   \
        [INT64S] = {.name = "classlabels_int64s", .type = HINGE_ATTR_INTS}

static const struct hinge_attribute_def attributes_1[] = {ATTRIBUTES, {.name = NULL}};
static const struct hinge_attribute_def attributes_3[] = {
    ATTRIBUTES, TREES_TENSOR_ATTRIBUTES("class"), {.name = NULL}};

#define CLASSIFIER                                                                                 \
    .name = "TreeEnsembleClassifier", .domain = "ai.onnx.ml",                                      \
    .signature = "(X: T1) -> (Y: T2, Z: float); T1: float double int64 int32; T2: string int64",   \
    .types = types, .init = init, .infer = infer, .prepare = prepare,                              \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_treeensembleclassifier[] = {
    {CLASSIFIER, .since = 1, .until = 2, .attributes = attributes_1},
    {CLASSIFIER, .since = 3, .attributes = attributes_3},
    OP_END,
};
