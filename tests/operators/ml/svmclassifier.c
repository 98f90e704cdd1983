/* SVMClassifier against plain sums; probabilities against the linear equations that couple them. */
#include "tests/operators/svm.h"

#define MAX_CLASSES 4

/* Probabilities p from pairs r: p minimises the sum over i and j of (r[j][i] p[i] - r[i][j] p[j])^2
 * with sum 1, which is a linear system; solved by elimination. */
static void couple(int64_t n, double r[][MAX_CLASSES], double *p)
{
    double a[MAX_CLASSES + 1][MAX_CLASSES + 2] = {{0}};
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++)
            if (j != i) {
                a[i][i] += r[j][i] * r[j][i];
                a[i][j] = -r[j][i] * r[i][j];
            }
        a[i][n] = a[n][i] = 1;
    }
    a[n][n + 1] = 1;
    for (int64_t c = 0; c <= n; c++) {
        int64_t pivot = c;
        for (int64_t i = c; i <= n; i++)
            pivot = fabs(a[i][c]) > fabs(a[pivot][c]) ? i : pivot;
        for (int64_t j = 0; j < n + 2; j++) {
            const double kept = a[c][j];
            a[c][j] = a[pivot][j];
            a[pivot][j] = kept;
        }
        for (int64_t i = 0; i <= n; i++) {
            const double by = i == c ? 0 : a[i][c] / a[c][c];
            for (int64_t j = 0; j < n + 2; j++)
                a[i][j] -= by * a[c][j];
        }
    }
    for (int64_t i = 0; i < n; i++)
        p[i] = a[i][n + 1] / a[i][i];
}

/* Decision values of pairs, and votes. */
static int64_t decide(const struct harness_call *call, int64_t row, int64_t n, double *values,
                      double r[][MAX_CLASSES])
{
    const int64_t n_features = call->inputs[0]->dims[call->inputs[0]->rank - 1];
    const int64_t *counts = harness_attr(call, "vectors_per_class")->ints;
    const float *vectors = harness_attr(call, "support_vectors")->floats;
    const float *coefficients = harness_attr(call, "coefficients")->floats;
    const struct harness_attribute *prob_a = harness_attr(call, "prob_a");
    int64_t start[MAX_CLASSES + 1] = {0}, votes[MAX_CLASSES] = {0}, pair = 0, best = 0;
    for (int64_t i = 0; i < n; i++)
        start[i + 1] = start[i] + counts[i];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++, pair++) {
            double value = 0;
            for (int64_t k = 0; k < start[n]; k++) {
                const double kernel = svm_kernel(call, row, vectors + k * n_features);
                if (k >= start[i] && k < start[i + 1])
                    value += (double)coefficients[(j - 1) * start[n] + k] * kernel;
                if (k >= start[j] && k < start[j + 1])
                    value += (double)coefficients[i * start[n] + k] * kernel;
            }
            value += (double)harness_attr(call, "rho")->floats[pair];
            values[pair] = value;
            votes[value > 0 ? i : j]++;
            if (prob_a) {
                const double b = (double)harness_attr(call, "prob_b")->floats[pair];
                r[i][j] = 1 / (1 + exp(value * (double)prob_a->floats[pair] + b));
                r[j][i] = 1 - r[i][j];
            }
        }
    for (int64_t k = 1; k < n; k++)
        best = votes[k] > votes[best] ? k : best;
    return best;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *strings = harness_attr(call, "classlabels_strings");
    const struct harness_attribute *ints = harness_attr(call, "classlabels_ints");
    const struct harness_attribute *coefficients = harness_attr(call, "coefficients");
    const bool has_vectors = harness_attr(call, "support_vectors") != NULL;
    const bool has_prob = harness_attr(call, "prob_a") != NULL;
    const int64_t n_rows = x->rank == 2 ? x->dims[0] : 1, n_features = x->dims[x->rank - 1];
    const int64_t n = (int64_t)(strings ? strings->count : ints->count);
    const int64_t n_out = has_vectors && !has_prob && n > 2 ? n * (n - 1) / 2 : n;
    hinge_tensor *y = harness_output(call, 0, scores_label_type(call), 1, &n_rows);
    hinge_tensor *z = harness_output(call, 1, HINGE_FLOAT, 2, (int64_t[]){n_rows, n_out});
    bool no_negatives = true;
    for (size_t k = 0; k < coefficients->count; k++)
        no_negatives = no_negatives && coefficients->floats[k] >= 0;
    for (int64_t row = 0; row < n_rows; row++) {
        double s[8] = {0}, r[MAX_CLASSES][MAX_CLASSES] = {{0}};
        int64_t best = 0;
        if (has_vectors) {
            best = decide(call, row, n, s, r);
            if (has_prob) {
                couple(n, r, s);
            } else if (n == 2) {
                s[1] = s[0];
                s[0] = -s[0];
            }
        } else {
            for (int64_t k = 0; k < n; k++) {
                s[k] = (double)harness_attr(call, "rho")->floats[0] +
                       svm_kernel(call, row, coefficients->floats + k * n_features);
                best = s[k] > s[best] ? k : best;
            }
            if (n == 1 && !(s[0] > 0))
                best = -1;
            if (n == 2 && no_negatives && s[best] >= 0.5)
                best = 1;
        }
        if (best >= 0)
            scores_label(call, row, best);
        else if (strings)
            harness_set_string(y, row, (hinge_string){"0", 1});
        scores_transform(call, s, n_out);
        for (int64_t k = 0; k < n_out; k++)
            harness_set(z, row * n_out + k, s[k]);
    }
}

#define CLASSIFIER                                                                                 \
    .op = "SVMClassifier", .domain = "ai.onnx.ml", .reference = reference, .n_outputs = 2
#define ROWS(n)                                                                                    \
    {                                                                                              \
        .type = HARNESS_T, .rank = 2, .dims = {n, 2}, .low = -2, .high = 2,                        \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define TWO                                                                                        \
    ATTR_INTS("vectors_per_class", 1, 2), ATTR_FLOATS("support_vectors", 1, -1, 0.5F, 0, 2, -1),   \
        ATTR_FLOATS("coefficients", 2, -3, 1), ATTR_FLOATS("rho", 0.25F),                          \
        ATTR_FLOATS("kernel_params", 0.5F, 0.25F, 3)
#define THREE                                                                                      \
    ATTR_INTS("vectors_per_class", 1, 2, 1),                                                       \
        ATTR_FLOATS("support_vectors", 1, -1, 0.5F, 0, 2, -1, 0, 1),                               \
        ATTR_FLOATS("coefficients", 2, -3, 1, 0.5F, 0.25F, -1, 2, -0.5F),                          \
        ATTR_FLOATS("rho", 0.25F, -0.5F, 0.125F), ATTR_FLOATS("kernel_params", 0.5F, 0.25F, 3)
#define PROB ATTR_FLOATS("prob_a", -1, -2, -0.5F), ATTR_FLOATS("prob_b", 0.1F, -0.2F, 0.3F)
#define CLOSE .ulp = 2, .absolute = 1e-7

static void test_refusals(void)
{
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 2)}, .attributes = {TWO},
             .fails = HINGE_BAD_MODEL, .says = "not exactly one");
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 2)},
             .attributes = {TWO, ATTR_INTS("classlabels_ints", 1, 2, 3)}, .fails = HINGE_BAD_MODEL,
             .says = "support vectors of 2 classes, but 3 labels");
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 2, 3)},
             .attributes = {TWO, ATTR_INTS("classlabels_ints", 1, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "support_vectors has 6 numbers, not 3 times 3");
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 2)},
             .attributes = {ATTR_INTS("vectors_per_class", 1, 1, 1),
                            ATTR_FLOATS("support_vectors", 1, -1, 0.5F, 0, 2, -1),
                            ATTR_FLOATS("coefficients", 1, 2, 3, 4, 5, 6), ATTR_FLOATS("rho", 1),
                            ATTR_INTS("classlabels_ints", 1, 2, 3)},
             .fails = HINGE_BAD_MODEL, .says = "rho has 1 entries for 3 classes");
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 2)},
             .attributes = {THREE, ATTR_FLOATS("prob_a", 1, 2, 3), ATTR_FLOATS("prob_b", 1),
                            ATTR_INTS("classlabels_ints", 1, 2, 3)},
             .fails = HINGE_BAD_MODEL, .says = "prob_a and prob_b have 3 and 1 entries");
    CHECK_OP(
        CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 2)},
        .attributes = {ATTR_INTS("vectors_per_class", 1, -2), ATTR_INTS("classlabels_ints", 1, 2)},
        .fails = HINGE_BAD_MODEL, .says = "vectors_per_class has -2");
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 2)},
             .attributes = {ATTR_FLOATS("coefficients", 1, 2), ATTR_INTS("classlabels_ints", 1)},
             .fails = HINGE_BAD_MODEL, .says = "rho is empty");
}

void test_svmclassifier(void)
{
    const char *const kernels[] = {"LINEAR", "POLY", "RBF", "SIGMOID"};
    for (int i = 0; i < 4; i++) {
        CHECK_OP(CLASSIFIER, .types = i ? HARNESS_TYPE(HINGE_FLOAT) : SCORES_TYPES,
                 .inputs = {ROWS(HARNESS_N)},
                 .attributes = {THREE, ATTR_STRING("kernel_type", kernels[i]),
                                ATTR_INTS("classlabels_ints", 7, -1, 3)},
                 CLOSE);
        CHECK_OP(CLASSIFIER, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {ROWS(60)},
                 .attributes = {TWO, ATTR_STRING("kernel_type", kernels[i]),
                                ATTR_STRINGS("classlabels_strings", "a", "b")},
                 CLOSE);
    }
    /* The iteration ends where it is close. */
    CHECK_OP(CLASSIFIER, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {ROWS(60)},
             .attributes = {THREE, PROB, ATTR_STRING("kernel_type", "RBF"),
                            ATTR_INTS("classlabels_ints", 7, -1, 3)},
             .absolute = 0.01);
    CHECK_OP(CLASSIFIER, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {ROWS(60)},
             .attributes = {TWO, ATTR_FLOATS("prob_a", -1), ATTR_FLOATS("prob_b", 0.5F),
                            ATTR_STRING("post_transform", "LOGISTIC"),
                            ATTR_INTS("classlabels_ints", 7, -1)},
             .absolute = 0.01);
    const char *const transforms[] = {"SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
    for (int i = 0; i < 4; i++) {
        CHECK_OP(CLASSIFIER, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {ROWS(60)},
                 .attributes = {TWO, ATTR_STRING("post_transform", transforms[i]),
                                ATTR_STRINGS("classlabels_strings", "a", "b")},
                 CLOSE);
        CHECK_OP(CLASSIFIER, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {ROWS(60)},
                 .attributes = {ATTR_FLOATS("coefficients", 1, -2, 0.5F, 1, 3, -1),
                                ATTR_FLOATS("rho", 0.25F),
                                ATTR_STRING("post_transform", transforms[i]),
                                ATTR_INTS("classlabels_ints", 7, -1, 3)},
                 CLOSE);
    }
    CHECK_OP(CLASSIFIER, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {ROWS(60)},
             .attributes = {ATTR_FLOATS("coefficients", 1, 2, 0.5F, 1), ATTR_FLOATS("rho", 0.25F),
                            ATTR_INTS("classlabels_ints", 7, -1)},
             CLOSE);
    CHECK_OP(CLASSIFIER, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {ROWS(60)},
             .attributes = {ATTR_FLOATS("coefficients", 1, 2), ATTR_FLOATS("rho", 0.25F),
                            ATTR_STRINGS("classlabels_strings", "one")},
             CLOSE);
    for (unsigned unwanted = 1; unwanted < 3; unwanted++)
        CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 2)}, .unwanted = unwanted,
                 .attributes = {THREE, ATTR_INTS("classlabels_ints", 7, -1, 3)}, CLOSE);
    test_refusals();
}
