/* LinearClassifier against plain sums in double. */
#include "tests/operators/scores.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *coefficients = harness_attr(call, "coefficients");
    const struct harness_attribute *intercepts = harness_attr(call, "intercepts");
    const int64_t n_rows = x->rank == 2 ? x->dims[0] : 1, n_features = x->dims[x->rank - 1];
    const int64_t n = (int64_t)coefficients->count / n_features;
    const struct harness_attribute *strings = harness_attr(call, "classlabels_strings");
    const struct harness_attribute *ints = harness_attr(call, "classlabels_ints");
    const int64_t n_labels = (int64_t)(strings ? strings->count : ints->count);
    hinge_tensor *y = harness_output(call, 0, scores_label_type(call), 1, &n_rows);
    hinge_tensor *z = harness_output(call, 1, HINGE_FLOAT, 2, (int64_t[]){n_rows, n_labels});
    for (int64_t row = 0; row < n_rows; row++) {
        double scores[4] = {0};
        for (int64_t k = 0; k < n; k++) {
            scores[k] = 0;
            for (int64_t i = 0; i < n_features; i++)
                scores[k] += harness_get(x, row * n_features + i) *
                             (double)coefficients->floats[k * n_features + i];
            scores[k] += intercepts ? (double)intercepts->floats[k] : 0;
        }
        int64_t best = 0;
        if (n == 1 && n_labels == 2) {
            scores[1] = scores[0];
            scores[0] = -scores[0];
        }
        for (int64_t k = 1; k < n_labels; k++)
            best = scores[k] > scores[best] ? k : best;
        if (n_labels > 1 || scores[0] > 0)
            scores_label(call, row, best);
        else if (strings)
            harness_set_string(y, row, (hinge_string){"0", 1});
        scores_transform(call, scores, n_labels);
        for (int64_t k = 0; k < n_labels; k++)
            harness_set(z, row * n_labels + k, scores[k]);
    }
}

#define CLASSIFIER .op = "LinearClassifier", .domain = "ai.onnx.ml", .n_outputs = 2
#define ROWS(type_of_x, n, features)                                                               \
    {                                                                                              \
        .type = (type_of_x), .rank = 2, .dims = {n, features}, .low = -3, .high = 3,               \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define THREE                                                                                      \
    ATTR_FLOATS("coefficients", 1, -2, 0.5F, 0.25F, 3, -0.125F),                                   \
        ATTR_FLOATS("intercepts", 0.125F, -2, 1)
#define ONE ATTR_FLOATS("coefficients", 1, -2), ATTR_FLOATS("intercepts", 0.125F)

void test_linearclassifier(void)
{
    const char *const transforms[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
    for (int i = 0; i < 5; i++) {
        CHECK_OP(CLASSIFIER, .types = SCORES_TYPES, .inputs = {ROWS(HARNESS_T, HARNESS_N, 2)},
                 .attributes = {THREE, ATTR_STRING("post_transform", transforms[i]),
                                ATTR_INTS("classlabels_ints", 7, -1, 3)},
                 .reference = reference, .ulp = 1, .absolute = 1e-7);
        CHECK_OP(CLASSIFIER, .inputs = {ROWS(HINGE_FLOAT, HARNESS_N, 2)},
                 .attributes = {ONE, ATTR_STRING("post_transform", transforms[i]),
                                ATTR_STRINGS("classlabels_strings", "no", "yes")},
                 .reference = reference, .ulp = 1, .absolute = 1e-7);
        CHECK_OP(CLASSIFIER, .inputs = {ROWS(HINGE_FLOAT, 20, 2)},
                 .attributes = {ONE, ATTR_STRING("post_transform", transforms[i]),
                                ATTR_INTS("classlabels_ints", 7), ATTR_INT("multi_class", 1)},
                 .reference = reference, .ulp = 1, .absolute = 1e-7);
    }
    CHECK_OP(CLASSIFIER, .inputs = {ROWS(HINGE_FLOAT, 20, 2)},
             .attributes = {ATTR_FLOATS("coefficients", 1, -2),
                            ATTR_STRINGS("classlabels_strings", "one")},
             .reference = reference, .ulp = 1, .absolute = 1e-7);
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 4)}, .unwanted = 1,
             .attributes = {THREE, ATTR_STRINGS("classlabels_strings", "a", "b", "c")},
             .reference = reference, .ulp = 1);
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 4)}, .unwanted = 2,
             .attributes = {THREE, ATTR_STRINGS("classlabels_strings", "a", "b", "c")},
             .reference = reference, .ulp = 1);
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 4)},
             .attributes = {THREE, ATTR_INTS("classlabels_ints", 1, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "there are 2 labels for 3 scores");
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 4, 5, 6)},
             .attributes = {THREE, ATTR_INTS("classlabels_ints", 1, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "there are 6 coefficients for 3 scores of 4 features");
    CHECK_OP(
        CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 4)},
        .attributes = {ATTR_FLOATS("coefficients", 1, 2, 3), ATTR_INTS("classlabels_ints", 1, 2)},
        .fails = HINGE_BAD_SHAPE, .says = "there are 3 coefficients for 1 scores of 2 features");
    /* Coefficients that are not read. */
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 2)},
             .attributes = {THREE, ATTR_INTS("classlabels_ints", 1, 2, 3)},
             .expect = {LIST(HINGE_INT64, 1),
                        {.type = HINGE_FLOAT,
                         .rank = 2,
                         .dims = {1, 3},
                         .values = (const double[]){2.125, -6, 2}}});
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 4)}, .attributes = {THREE},
             .fails = HINGE_BAD_MODEL, .says = "not exactly one");
    CHECK_OP(CLASSIFIER, .inputs = {SCALAR(HINGE_FLOAT, 1, 4)},
             .attributes = {THREE, ATTR_INTS("classlabels_ints", 1, 2, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "X has rank 0");
    CHECK_OP(CLASSIFIER, .inputs = {LIST(HINGE_FLOAT, 1, 4)},
             .attributes = {THREE, ATTR_INTS("classlabels_ints", 1, 2, 3),
                            ATTR_STRING("post_transform", "softmax")},
             .fails = HINGE_BAD_MODEL, .says = "post_transform is \"softmax\"");
}
