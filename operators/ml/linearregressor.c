/* ai.onnx.ml LinearRegressor-1: for each row of X (or X, a row itself) and each target the dot
 * product with the target's coefficients, plus its intercept; then post_transform over the targets.
 * Computed in double and rounded once. */
#include "operators/ml/scores.h"
#include "operators/ml/vectors.h"

#define GRAIN 32768

enum { COEFFICIENTS, INTERCEPTS, POST_TRANSFORM, TARGETS };

static hinge_status infer(const struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    const hinge_tensor *x = node->inputs[0];
    const int64_t n = a[TARGETS].i;
    enum scores_transform transform;
    int64_t n_coefficients;
    hinge_status status = scores_check_rows(node);
    if (!status)
        status = scores_transform_of(node, POST_TRANSFORM, &transform);
    if (status)
        return status;
    if (n < 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "targets is %lld", (long long)n);
    if (!op_multiply(n, scores_n_features(x), &n_coefficients) ||
        n_coefficients != (int64_t)a[COEFFICIENTS].count)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "there are %zu coefficients for %lld targets and %lld features",
                       a[COEFFICIENTS].count, (long long)n, (long long)scores_n_features(x));
    if (a[INTERCEPTS].count && (int64_t)a[INTERCEPTS].count != n)
        return OP_FAIL(node, HINGE_BAD_MODEL, "there are %zu intercepts for %lld targets",
                       a[INTERCEPTS].count, (long long)n);
    return op_set_output(node, 0, HINGE_FLOAT, 2, (int64_t[]){scores_n_rows(x), n});
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    return scores_scratch(node, node->attributes[TARGETS].i, scratch);
}

static void regress(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const struct hinge_attribute *a = node->attributes;
    const int64_t n = a[TARGETS].i;
    double *scores = (double *)node->scratch + thread * n;
    enum scores_transform transform;
    if (scores_transform_of(node, POST_TRANSFORM, &transform))
        return;
    for (int64_t row = begin; row < end; row++) {
        for (int64_t k = 0; k < n; k++)
            scores[k] = a[INTERCEPTS].count ? (double)a[INTERCEPTS].floats[k] : 0;
        vectors_add_dots(node->inputs[0], row, a[COEFFICIENTS].floats, n, scores);
        scores_put(transform, scores, n, node->outputs[0], row);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    node->host->parallel(node, scores_n_rows(x),
                         op_grain(GRAIN, (int64_t)node->attributes[COEFFICIENTS].count), regress,
                         (void *)(uintptr_t)node);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [COEFFICIENTS] = {.name = "coefficients", .type = HINGE_ATTR_FLOATS},
    [INTERCEPTS] = {.name = "intercepts", .type = HINGE_ATTR_FLOATS},
    [POST_TRANSFORM] = {.name = "post_transform", .type = HINGE_ATTR_STRING, .s = "NONE"},
    [TARGETS] = {.name = "targets", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};

const struct hinge_op op_linearregressor[] = {
    {.name = "LinearRegressor",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T) -> (Y: float); T: float double int64 int32",
     .attributes = attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
