/* SVMRegressor against plain sums. */
#include "tests/operators/svm.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const float *coefficients = harness_attr(call, "coefficients")->floats;
    const struct harness_attribute *vectors = harness_attr(call, "support_vectors");
    const int64_t n_rows = x->rank == 2 ? x->dims[0] : 1, n_features = x->dims[x->rank - 1];
    const int64_t n = harness_attr_int(call, "n_supports", 0);
    hinge_tensor *y = harness_output(call, 0, HINGE_FLOAT, 2, (int64_t[]){n_rows, 1});
    for (int64_t row = 0; row < n_rows; row++) {
        double score = n ? 0 : svm_kernel(call, row, coefficients);
        for (int64_t k = 0; k < n; k++)
            score +=
                (double)coefficients[k] * svm_kernel(call, row, vectors->floats + k * n_features);
        score += (double)harness_attr(call, "rho")->floats[0];
        if (harness_attr_int(call, "one_class", 0))
            score = score > 0 ? 1 : -1;
        scores_transform(call, &score, 1);
        harness_set(y, row, score);
    }
}

#define REGRESSOR .op = "SVMRegressor", .domain = "ai.onnx.ml", .reference = reference
#define ROWS(n)                                                                                    \
    {                                                                                              \
        .type = HARNESS_T, .rank = 2, .dims = {n, 3}, .low = -2, .high = 2,                        \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define VECTORS                                                                                    \
    ATTR_FLOATS("support_vectors", 1, -1, 0.5F, 0, 2, -0.5F), ATTR_FLOATS("coefficients", 2, -3),  \
        ATTR_FLOATS("rho", 0.25F), ATTR_INT("n_supports", 2),                                      \
        ATTR_FLOATS("kernel_params", 0.5F, 0.25F, 3)

void test_svmregressor(void)
{
    const char *const kernels[] = {"LINEAR", "POLY", "RBF", "SIGMOID"};
    for (int i = 0; i < 4; i++)
        for (int one_class = 0; one_class < 2; one_class++)
            CHECK_OP(REGRESSOR, .types = SCORES_TYPES, .inputs = {ROWS(HARNESS_N)},
                     .attributes = {VECTORS, ATTR_STRING("kernel_type", kernels[i]),
                                    ATTR_INT("one_class", one_class)},
                     .ulp = 1, .absolute = 1e-9);
    CHECK_OP(REGRESSOR, .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {ROWS(50)},
             .attributes = {ATTR_FLOATS("coefficients", 1, -1, 0.5F), ATTR_FLOATS("rho", -1),
                            ATTR_STRING("post_transform", "LOGISTIC")},
             .ulp = 1, .absolute = 1e-9);
    CHECK_OP(REGRESSOR, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3)},
             .attributes = {ATTR_FLOATS("coefficients", 1, -1, 0.5F), ATTR_FLOATS("rho", -1)},
             .ulp = 1);
    CHECK_OP(REGRESSOR, .inputs = {LIST(HINGE_FLOAT, 1, 2)}, .attributes = {VECTORS},
             .fails = HINGE_BAD_SHAPE,
             .says = "support_vectors has 6 numbers for 2 vectors of 2 features");
    CHECK_OP(REGRESSOR, .inputs = {LIST(HINGE_FLOAT, 1, 2)},
             .attributes = {ATTR_FLOATS("coefficients", 1), ATTR_FLOATS("rho", -1)},
             .fails = HINGE_BAD_SHAPE,
             .says = "there are 1 coefficients for 0 support vectors and 2 features");
    CHECK_OP(REGRESSOR, .inputs = {LIST(HINGE_FLOAT, 1)},
             .attributes = {ATTR_FLOATS("coefficients", 1)}, .fails = HINGE_BAD_MODEL,
             .says = "rho has 0 entries");
    CHECK_OP(REGRESSOR, .inputs = {LIST(HINGE_FLOAT, 1, 2, 3)},
             .attributes = {VECTORS, ATTR_STRING("kernel_type", "rbf")}, .fails = HINGE_BAD_MODEL,
             .says = "kernel_type is \"rbf\"");
    CHECK_OP(REGRESSOR, .inputs = {LIST(HINGE_FLOAT, 1)},
             .attributes = {ATTR_FLOATS("coefficients", 1), ATTR_FLOATS("rho", -1),
                            ATTR_FLOATS("kernel_params", 1)},
             .fails = HINGE_BAD_MODEL, .says = "kernel_params has 1 entries, not 3");
}
