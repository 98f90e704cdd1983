/* SoftmaxCrossEntropyLoss against the logarithms of the softmax in double. */
#include "tests/operators/loss.h"

#include <stdlib.h>

static void log_softmax(const hinge_tensor *x, double *y)
{
    int64_t pixels = 1;
    for (int32_t d = 2; d < x->rank; d++)
        pixels *= x->dims[d];
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t c = i / pixels % x->dims[1];
        if (c != 0)
            continue;
        double most = -INFINITY, sum = 0;
        for (int64_t k = 0; k < x->dims[1]; k++)
            most = fmax(most, harness_get(x, i + k * pixels));
        for (int64_t k = 0; k < x->dims[1]; k++)
            sum += exp(harness_get(x, i + k * pixels) - most);
        for (int64_t k = 0; k < x->dims[1]; k++)
            y[i + k * pixels] = harness_get(x, i + k * pixels) - most - log(sum);
    }
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    double *y = malloc((size_t)(hinge_count(x) + 1) * sizeof *y);
    log_softmax(x, y);
    loss_reference(call, y);
    if (call->n_outputs > 1) {
        hinge_tensor *log_prob = harness_output_like(call, 1, x);
        for (int64_t i = 0; i < hinge_count(x); i++)
            harness_set(log_prob, i, y[i]);
    }
    free(y);
}

#define LOSS .op = "SoftmaxCrossEntropyLoss"
#define X(...) TENSOR(HARNESS_T, -9, 9, __VA_ARGS__)
#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)
#define LABELS(...) TENSOR(HINGE_INT64, 0, 4, __VA_ARGS__)
#define WEIGHTS(type, n) TENSOR(type, 0.5, 2, n)
#define ADDED .ulp = 1, .absolute = 1e-6, .relative = 1e-9
#define OLD (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16))

void test_softmaxcrossentropyloss(void)
{
    const char *const reductions[] = {"none", "sum", "mean"};
    for (int i = 0; i < 3; i++) {
        const struct harness_attribute reduction = ATTR_STRING("reduction", reductions[i]);
        CHECK_OP(LOSS, .opsets = {12}, .types = OLD, .n_outputs = 2, .attributes = {reduction},
                 .inputs = {X(2, 5, HARNESS_N), LABELS(2, HARNESS_N), WEIGHTS(HARNESS_T, 5)},
                 .reference = reference, ADDED);
        CHECK_OP(LOSS, .opsets = {13}, .types = HARNESS_FLOATS, .n_outputs = 2,
                 .attributes = {reduction, ATTR_INT("ignore_index", 3)}, .reference = reference,
                 .inputs = {X(HARNESS_N, 5), TENSOR(HINGE_INT32, 0, 4, HARNESS_N)}, ADDED);
        CHECK_OP(LOSS, .attributes = {reduction}, .reference = reference,
                 .inputs = {F32(40, 5, 7, 3, 2), LABELS(40, 7, 3, 2)}, ADDED);
        CHECK_OP(
            LOSS, .attributes = {reduction, ATTR_INT("ignore_index", -100)},
            .inputs = {F32(4, 300), LIST(HINGE_INT64, -100, 2, 4, -100), WEIGHTS(HINGE_FLOAT, 300)},
            .reference = reference, ADDED);
        CHECK_OP(LOSS, .attributes = {reduction}, .n_outputs = 2, .unwanted = 1,
                 .inputs = {F32(9, 131), TENSOR(HINGE_INT64, 0, 130, 9)}, .reference = reference,
                 ADDED);
        CHECK_OP(LOSS, .attributes = {reduction, ATTR_INT("ignore_index", 0)}, .n_outputs = 2,
                 .inputs = {F32(2, 0), LIST(HINGE_INT64, 0, 0)}, .reference = reference, ADDED);
    }
    CHECK_OP(LOSS, .n_outputs = 2, .inputs = {F32(3, 5, 2), LABELS(3, 4)}, .fails = HINGE_BAD_SHAPE,
             .says = "dimension 1 of the labels is 4, not 2");
    CHECK_OP(LOSS, .inputs = {F32(3, 5), LIST(HINGE_INT64, 0, 5, 0)}, .fails = HINGE_BAD_VALUE,
             .says = "label 5 at 1 is not in [0, 5)");
}
