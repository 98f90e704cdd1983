/* LinearRegressor against plain sums in double. */
#include "tests/operators/scores.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *coefficients = harness_attr(call, "coefficients");
    const struct harness_attribute *intercepts = harness_attr(call, "intercepts");
    const int64_t n_rows = x->rank == 2 ? x->dims[0] : 1, n_features = x->dims[x->rank - 1];
    const int64_t n = harness_attr_int(call, "targets", 1);
    hinge_tensor *y = harness_output(call, 0, HINGE_FLOAT, 2, (int64_t[]){n_rows, n});
    double scores[8];
    for (int64_t row = 0; row < n_rows; row++) {
        for (int64_t k = 0; k < n; k++) {
            scores[k] = 0;
            for (int64_t i = 0; i < n_features; i++)
                scores[k] += harness_get(x, row * n_features + i) *
                             (double)coefficients->floats[k * n_features + i];
            scores[k] += intercepts ? (double)intercepts->floats[k] : 0;
        }
        scores_transform(call, scores, n);
        for (int64_t k = 0; k < n; k++)
            harness_set(y, row * n + k, scores[k]);
    }
}

#define REGRESSOR .op = "LinearRegressor", .domain = "ai.onnx.ml"
#define SMALL                                                                                      \
    ATTR_INT("targets", 2), ATTR_FLOATS("coefficients", 1, -2, 0.5F, 0.25F, 3, -0.125F),           \
        ATTR_FLOATS("intercepts", 0.1F, -7)

void test_linearregressor(void)
{
    const char *const transforms[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
    for (int i = 0; i < 5; i++)
        CHECK_OP(REGRESSOR, .types = SCORES_TYPES,
                 .inputs = {{.type = HARNESS_T,
                             .rank = 2,
                             .dims = {HARNESS_N, 3},
                             .low = -3,
                             .high = 3,
                             .specials = HARNESS_SPECIALS_NEVER}},
                 .attributes = {SMALL, ATTR_STRING("post_transform", transforms[i])},
                 .reference = reference, .ulp = 1, .absolute = 1e-7);
    float many[4 * 1300];
    for (int i = 0; i < 4 * 1300; i++)
        many[i] = (float)harness_random_in(-1, 1);
    for (int64_t n_features = 1; n_features <= 1300; n_features = n_features * 4 + 1)
        CHECK_OP(REGRESSOR, .types = HARNESS_TYPE(HINGE_FLOAT),
                 .inputs = {{.type = HARNESS_T,
                             .rank = 2,
                             .dims = {37, n_features},
                             .low = -1,
                             .high = 1,
                             .specials = HARNESS_SPECIALS_NEVER}},
                 .attributes = {{.name = "coefficients",
                                 .type = HINGE_ATTR_FLOATS,
                                 .floats = many,
                                 .count = (size_t)(4 * n_features)},
                                ATTR_INT("targets", 4)},
                 .reference = reference, .ulp = 1, .absolute = 1e-12);
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3)},
             .attributes = {ATTR_FLOATS("coefficients", 1, 2, 3)}, .reference = reference,
             .ulp = 1);
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 4, 0)},
             .attributes = {ATTR_FLOATS("intercepts", 3)}, .reference = reference);
    CHECK_OP(REGRESSOR, .inputs = {LIST(HINGE_FLOAT, 1, -1)}, .attributes = {SMALL},
             .fails = HINGE_BAD_SHAPE,
             .says = "there are 6 coefficients for 2 targets and 2 features");
    CHECK_OP(REGRESSOR, .inputs = {LIST(HINGE_FLOAT, 1, -1)},
             .attributes = {ATTR_FLOATS("coefficients", 1, 2), ATTR_FLOATS("intercepts", 1, 2)},
             .fails = HINGE_BAD_MODEL, .says = "there are 2 intercepts for 1 targets");
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3, 1, 1)},
             .attributes = {ATTR_FLOATS("coefficients", 1)}, .fails = HINGE_BAD_SHAPE,
             .says = "X has rank 3");
    CHECK_OP(REGRESSOR, .inputs = {LIST(HINGE_FLOAT, 1)}, .attributes = {ATTR_INT("targets", -1)},
             .fails = HINGE_BAD_MODEL, .says = "targets is -1");
    CHECK_OP(REGRESSOR, .inputs = {LIST(HINGE_FLOAT, 1)},
             .attributes = {ATTR_FLOATS("coefficients", 1), ATTR_STRING("post_transform", "EXP")},
             .fails = HINGE_BAD_MODEL, .says = "post_transform is \"EXP\"");
}
