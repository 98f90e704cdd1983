/* ai.onnx.ml LinearClassifier-1: for each row of X (or X, a row itself) the dot products with one
 * or more vectors of coefficients, plus intercepts, are the scores. The largest one names the
 * class; a single score s does by its sign, and where there are two labels the scores are -s and s.
 * Then post_transform; multi_class changes nothing, as in ONNX Runtime and the standard's reference
 * implementation. The class is chosen before the transform, as ONNX Runtime does. Computed in
 * double and rounded once. */
#include "operators/ml/scores.h"
#include "operators/ml/vectors.h"

#define GRAIN 32768

enum { COEFFICIENTS, INTERCEPTS, MULTI_CLASS, STRINGS, INTS, POST_TRANSFORM };

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    (void)inputs;
    return scores_types(node, STRINGS, INTS, outputs);
}

struct job {
    const struct hinge_node *node;
    struct scores_labels labels;
    enum scores_transform transform;
    int64_t n;     /* vectors of coefficients */
    int64_t n_out; /* scores a row */
};

static hinge_status plan(const struct hinge_node *node, struct job *job)
{
    const struct hinge_attribute *a = node->attributes;
    hinge_status status = scores_check_rows(node);
    if (!status)
        status = scores_labels_of(node, STRINGS, INTS, &job->labels);
    if (!status)
        status = scores_transform_of(node, POST_TRANSFORM, &job->transform);
    if (status)
        return status;
    const int64_t n_features = scores_n_features(node->inputs[0]);
    const int64_t n_coefficients = (int64_t)a[COEFFICIENTS].count;
    int64_t n_used;
    job->node = node;
    job->n = a[INTERCEPTS].count ? (int64_t)a[INTERCEPTS].count
             : n_features        ? n_coefficients / n_features
                                 : job->labels.count;
    job->n_out = job->n == 1 && job->labels.count == 2 ? 2 : job->n;
    if (job->n < 1 || !op_multiply(job->n, n_features, &n_used) || n_coefficients < n_used ||
        (!a[INTERCEPTS].count && n_coefficients != n_used))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "there are %lld coefficients for %lld scores of %lld features",
                       (long long)n_coefficients, (long long)job->n, (long long)n_features);
    if (job->labels.count != job->n_out)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "there are %lld labels for %lld scores",
                       (long long)job->labels.count, (long long)job->n);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    struct job job;
    hinge_status status = plan(node, &job);
    return status ? status : scores_set_outputs(node, job.labels.type, job.n_out);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct job job;
    hinge_status status = plan(node, &job);
    return status ? status : scores_scratch(node, job.n_out, scratch);
}

static void set_label(const struct job *job, int64_t row, const double *scores)
{
    hinge_tensor *y = op_output(job->node, 0);
    int64_t best = 0;
    if (!y)
        return;
    if (job->n == 1) {
        best = scores[0] > 0;
        if (job->labels.count == 1 && !best) {
            scores_set_no_label(y, row);
            return;
        }
        best = job->labels.count == 1 ? 0 : best;
    }
    for (int64_t k = 1; k < job->n; k++)
        best = scores[k] > scores[best] ? k : best;
    scores_set_label(y, row, &job->labels, best);
}

static void classify(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct hinge_attribute *a = job->node->attributes;
    hinge_tensor *z = op_output(job->node, 1);
    double *scores = (double *)job->node->scratch + thread * job->n_out;
    for (int64_t row = begin; row < end; row++) {
        for (int64_t k = 0; k < job->n; k++)
            scores[k] = a[INTERCEPTS].count ? (double)a[INTERCEPTS].floats[k] : 0;
        vectors_add_dots(job->node->inputs[0], row, a[COEFFICIENTS].floats, job->n, scores);
        set_label(job, row, scores);
        if (!z)
            continue;
        if (job->n_out > job->n) {
            scores[1] = scores[0];
            scores[0] = -scores[0];
        }
        scores_put(job->transform, scores, job->n_out, z, row);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    struct job job;
    hinge_status status = plan(node, &job);
    if (!status)
        node->host->parallel(node, scores_n_rows(node->inputs[0]),
                             op_grain(GRAIN, (int64_t)node->attributes[COEFFICIENTS].count),
                             classify, &job);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [COEFFICIENTS] = {.name = "coefficients", .type = HINGE_ATTR_FLOATS, .required = true},
    [INTERCEPTS] = {.name = "intercepts", .type = HINGE_ATTR_FLOATS},
    [MULTI_CLASS] = {.name = "multi_class", .type = HINGE_ATTR_INT},
    [STRINGS] = {.name = "classlabels_strings", .type = HINGE_ATTR_STRINGS},
    [INTS] = {.name = "classlabels_ints", .type = HINGE_ATTR_INTS},
    [POST_TRANSFORM] = {.name = "post_transform", .type = HINGE_ATTR_STRING, .s = "NONE"},
    {.name = NULL}};

const struct hinge_op op_linearclassifier[] = {
    {.name = "LinearClassifier",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T1) -> (Y: T2, Z: float); T1: float double int64 int32; T2: string int64",
     .attributes = attributes,
     .types = types,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
