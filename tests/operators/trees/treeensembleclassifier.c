/* TreeEnsembleClassifier against a walk through its lists. What is expected of two classes is
 * written down as a table of cases. */
#include "tests/operators/trees.h"

static struct forest forest;

/* Two classes, as ONNX Runtime 1.30 does it; returns the class. */
static int64_t decide(const struct harness_call *call, double *s, const int64_t *has)
{
    const struct harness_attribute *base = harness_attr(call, "base_values");
    const struct harness_attribute *named = harness_attr(call, "post_transform");
    const char *transform = named ? named->s : "NONE";
    const size_t n_base = base ? base->count : 0;
    bool one = true, no_negatives = true;
    for (size_t v = 0; v < forest.n_votes; v++) {
        one = one && forest.target[v] == forest.target[0];
        no_negatives = no_negatives && forest.weight[v] >= 0;
    }
    if (n_base == 2 && has[1]) {
        s[1] = (double)base->floats[1] + s[0];
        s[0] = -s[1];
    } else {
        s[0] += n_base ? (double)base->floats[0] : 0;
        s[1] += n_base == 2 ? (double)base->floats[1] : 0;
    }
    s[0] = has[0] ? s[0] : 0;
    s[1] = has[1] ? s[1] : 0;
    const double decisive = has[1] ? s[1] : s[0], sum = s[0];
    const int64_t chosen = decisive > (one && no_negatives ? 0.5 : 0);
    if (has[1] || n_base == 2) {
        scores_transform(call, s, 2);
    } else if (!strcmp(transform, "PROBIT")) {
        s[0] = scores_probit(sum);
        s[1] = 0;
    } else if (!one && n_base == 1) {
        s[1] = 0;
    } else {
        s[1] = sum;
        s[0] = one && no_negatives && strcmp(transform, "LOGISTIC") != 0 ? 1 - sum : -sum;
        if (!strcmp(transform, "LOGISTIC"))
            scores_transform(call, s, 2);
    }
    return chosen;
}

static int64_t choose(const struct harness_call *call, double *s, const int64_t *has, int64_t n)
{
    const struct harness_attribute *base = harness_attr(call, "base_values");
    int64_t best = -1;
    for (int64_t k = 0; k < n; k++) {
        s[k] += base ? (double)base->floats[k] : 0;
        s[k] = call->inputs[0]->type == HINGE_DOUBLE ? s[k] : (double)(float)s[k];
        if ((has[k] || base) && (best < 0 || s[k] > s[best]))
            best = k;
    }
    scores_transform(call, s, n);
    return best < 0 ? 0 : best;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *strings = harness_attr(call, "classlabels_strings");
    const struct harness_attribute *ints = harness_attr(call, "classlabels_int64s");
    const struct harness_attribute *base = harness_attr(call, "base_values");
    const int64_t n_rows = x->rank == 2 ? x->dims[0] : 1;
    const int64_t n = (int64_t)(strings ? strings->count : ints->count);
    hinge_tensor *y = harness_output(call, 0, scores_label_type(call), 1, &n_rows);
    hinge_tensor *z = harness_output(call, 1, HINGE_FLOAT, 2, (int64_t[]){n_rows, n});
    for (int64_t row = 0; row < n_rows; row++) {
        double s[4];
        int64_t has[4], label;
        forest_count(&forest, x, row, n, 0, x->type != HINGE_DOUBLE, s, has);
        if (n == 1) {
            s[0] += base ? (double)base->floats[0] : 0;
            label = s[0] > 0 ? 0 : -1;
            if (harness_attr(call, "post_transform") &&
                !strcmp(harness_attr(call, "post_transform")->s, "PROBIT"))
                scores_transform(call, s, 1);
        } else {
            label = n == 2 ? decide(call, s, has) : choose(call, s, has, n);
        }
        if (label >= 0)
            scores_label(call, row, label);
        else if (strings)
            harness_set_string(y, row, (hinge_string){"0", 1});
        for (int64_t k = 0; k < n; k++)
            harness_set(z, row * n + k, s[k]);
    }
}

#define CLASSIFIER                                                                                 \
    .op = "TreeEnsembleClassifier", .domain = "ai.onnx.ml", .reference = reference, .n_outputs = 2
#define X(n, n_features) TENSOR(HARNESS_T, -3, 3, n, n_features)
#define CLOSE .ulp = 8, .absolute = 1e-6

/* first and last class with votes, negative weights, number of base values. */
static void test_two(int64_t first, int64_t last, bool negatives, size_t n_base)
{
    const char *const transforms[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
    static const float base[] = {0.125F, -0.25F};
    forest_grow(&forest, 3, 2, 3, 1, first, last + 1, negatives);
    for (int i = 0; i < 5; i++)
        CHECK_OP(CLASSIFIER, .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
                 .inputs = {X(20, 3)},
                 .attributes = {FOREST(&forest, "class"), ATTR_INTS("classlabels_int64s", 5, -2),
                                ATTR_STRING("post_transform", transforms[i]),
                                FOREST_FLOATS("base_values", base, n_base)},
                 CLOSE);
}

static void test_more(void)
{
    const char *const transforms[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
    forest_grow(&forest, 7, 4, 3, 6, 0, 3, true);
    CHECK_OP(CLASSIFIER, .types = SCORES_TYPES, .opsets = {1, 3, 5}, .inputs = {X(HARNESS_N, 3)},
             .attributes = {FOREST(&forest, "class"), ATTR_INTS("classlabels_int64s", 3, 0, 9)},
             CLOSE);
    for (int i = 0; i < 5; i++)
        CHECK_OP(CLASSIFIER, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 40, 3)},
                 .attributes = {FOREST(&forest, "class"),
                                ATTR_STRINGS("classlabels_strings", "a", "b", "c"),
                                ATTR_STRING("post_transform", transforms[i]),
                                ATTR_FLOATS("base_values", 0.5F, 0.25F, 1)},
                 CLOSE);
    for (unsigned unwanted = 1; unwanted < 3; unwanted++)
        CHECK_OP(CLASSIFIER, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 4, 3)}, .unwanted = unwanted,
                 .attributes = {FOREST(&forest, "class"),
                                ATTR_STRINGS("classlabels_strings", "a", "b", "c")},
                 CLOSE);
    forest_grow(&forest, 4, 0, 1, 1, 1, 3, true); /* no votes for class 0 */
    CHECK_OP(CLASSIFIER, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 4, 3)},
             .attributes = {FOREST(&forest, "class"), ATTR_INTS("classlabels_int64s", 3, 0, 9)},
             CLOSE);
    forest.n_votes = 0;
    CHECK_OP(CLASSIFIER, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 4, 3)},
             .attributes = {FOREST(&forest, "class"), ATTR_INTS("classlabels_int64s", 3, 0, 9)},
             CLOSE);
}

static void test_one(void)
{
    const char *const transforms[] = {"NONE", "LOGISTIC", "PROBIT"};
    forest_grow(&forest, 3, 2, 3, 1, 0, 1, true);
    for (int i = 0; i < 3; i++) {
        CHECK_OP(CLASSIFIER, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 20, 3)},
                 .attributes = {FOREST(&forest, "class"), ATTR_INTS("classlabels_int64s", 4),
                                ATTR_STRING("post_transform", transforms[i])},
                 CLOSE);
        CHECK_OP(CLASSIFIER, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 20, 3)},
                 .attributes = {FOREST(&forest, "class"),
                                ATTR_STRINGS("classlabels_strings", "yes"),
                                ATTR_STRING("post_transform", transforms[i]),
                                ATTR_FLOATS("base_values", 0.25F)},
                 CLOSE);
    }
}

void test_treeensembleclassifier(void)
{
    for (size_t n_base = 0; n_base < 3; n_base++)
        for (int negatives = 0; negatives < 2; negatives++) {
            test_two(0, 0, negatives, n_base);
            test_two(1, 1, negatives, n_base);
            test_two(0, 1, negatives, n_base);
        }
    test_more();
    test_one();
    CHECK_OP(CLASSIFIER, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 4, 3)}, .fails = HINGE_BAD_MODEL,
             .attributes = {FOREST(&forest, "class")}, .says = "not exactly one");
    CHECK_OP(CLASSIFIER, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 4, 3)}, .fails = HINGE_BAD_MODEL,
             .attributes = {FOREST(&forest, "class"), ATTR_INTS("classlabels_int64s", 1, 2, 3),
                            ATTR_FLOATS("base_values", 1)},
             .says = "there are 1 base values for 3 classes");
    CHECK_OP(CLASSIFIER, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 4, 3, 1)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {FOREST(&forest, "class"), ATTR_INTS("classlabels_int64s", 1, 2, 3)},
             .says = "X has rank 3");
}
