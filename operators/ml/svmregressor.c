/* ai.onnx.ml SVMRegressor-1: for each row of X (or X, a row itself) the kernel functions with the
 * support vectors times their coefficients, or without support vectors the dot product with the
 * coefficients; plus rho. one_class makes it 1 where that is above 0, otherwise -1; then
 * post_transform (which ONNX Runtime leaves out). Computed in double and rounded once. */
#include "operators/ml/scores.h"
#include "operators/ml/svm.h"

#define GRAIN 32768

enum {
    KERNEL_TYPE,
    KERNEL_PARAMS,
    SUPPORT_VECTORS,
    ONE_CLASS,
    COEFFICIENTS,
    N_SUPPORTS,
    POST_TRANSFORM,
    RHO
};

struct job {
    const struct hinge_node *node;
    struct svm svm;
    enum scores_transform transform;
    int64_t n; /* support vectors; 0: none */
};

static hinge_status plan(const struct hinge_node *node, struct job *job)
{
    const struct hinge_attribute *a = node->attributes;
    int64_t size;
    hinge_status status = scores_check_rows(node);
    if (!status)
        status = svm_of(node, KERNEL_TYPE, KERNEL_PARAMS, &job->svm);
    if (!status)
        status = scores_transform_of(node, POST_TRANSFORM, &job->transform);
    if (status)
        return status;
    const int64_t n_features = scores_n_features(node->inputs[0]);
    const int64_t n_coefficients = (int64_t)a[COEFFICIENTS].count;
    job->node = node;
    job->n = a[N_SUPPORTS].i;
    if (a[RHO].count != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "rho has %zu entries, not 1", a[RHO].count);
    if (job->n < 0 || n_coefficients != (job->n ? job->n : n_features))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "there are %lld coefficients for %lld support vectors and %lld features",
                       (long long)n_coefficients, (long long)job->n, (long long)n_features);
    if (job->n &&
        (!op_multiply(job->n, n_features, &size) || size != (int64_t)a[SUPPORT_VECTORS].count))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "support_vectors has %zu numbers for %lld vectors of %lld features",
                       a[SUPPORT_VECTORS].count, (long long)job->n, (long long)n_features);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    struct job job;
    hinge_status status = plan(node, &job);
    return status ? status
                  : op_set_output(node, 0, HINGE_FLOAT, 2,
                                  (int64_t[]){scores_n_rows(node->inputs[0]), 1});
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    return scores_scratch(node, (int64_t)node->attributes[COEFFICIENTS].count + 1, scratch);
}

static void regress(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct hinge_attribute *a = job->node->attributes;
    const hinge_tensor *x = job->node->inputs[0];
    static const struct svm linear = {.kernel = SVM_LINEAR};
    double *kernels = (double *)job->node->scratch + thread * (a[COEFFICIENTS].count + 1);
    for (int64_t row = begin; row < end; row++) {
        double score = (double)a[RHO].floats[0];
        if (job->n == 0) {
            svm_apply(&linear, x, row, a[COEFFICIENTS].floats, 1, kernels);
            score += kernels[0];
        } else {
            svm_apply(&job->svm, x, row, a[SUPPORT_VECTORS].floats, job->n, kernels);
        }
        for (int64_t k = 0; k < job->n; k++)
            score += (double)a[COEFFICIENTS].floats[k] * kernels[k];
        if (a[ONE_CLASS].i)
            score = score > 0 ? 1 : -1;
        scores_put(job->transform, &score, 1, job->node->outputs[0], row);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    struct job job;
    hinge_status status = plan(node, &job);
    if (!status)
        node->host->parallel(
            node, scores_n_rows(node->inputs[0]),
            op_grain(GRAIN, (int64_t)(a[COEFFICIENTS].count + a[SUPPORT_VECTORS].count)), regress,
            &job);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [KERNEL_TYPE] = {.name = "kernel_type", .type = HINGE_ATTR_STRING, .s = "LINEAR"},
    [KERNEL_PARAMS] = {.name = "kernel_params", .type = HINGE_ATTR_FLOATS},
    [SUPPORT_VECTORS] = {.name = "support_vectors", .type = HINGE_ATTR_FLOATS},
    [ONE_CLASS] = {.name = "one_class", .type = HINGE_ATTR_INT},
    [COEFFICIENTS] = {.name = "coefficients", .type = HINGE_ATTR_FLOATS},
    [N_SUPPORTS] = {.name = "n_supports", .type = HINGE_ATTR_INT},
    [POST_TRANSFORM] = {.name = "post_transform", .type = HINGE_ATTR_STRING, .s = "NONE"},
    [RHO] = {.name = "rho", .type = HINGE_ATTR_FLOATS},
    {.name = NULL}};

const struct hinge_op op_svmregressor[] = {
    {.name = "SVMRegressor",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T) -> (Y: float); T: float double int64 int32",
     .attributes = attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
