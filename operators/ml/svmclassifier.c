/* ai.onnx.ml SVMClassifier-1: without support vectors a dot product with the coefficients of each
 * class, plus rho, is its score; with them each pair of classes has a decision value and a vote for
 * one of the two (as libsvm does it), and the class with the most votes wins. From prob_a and
 * prob_b the scores become probabilities, otherwise the decision values are the scores, -s and s
 * where there is one. Then post_transform. Where the standard's reference implementation and ONNX
 * Runtime differ (two classes), it is the former; a single class without support vectors is its
 * label where its score is above 0. Computed in double and rounded once. */
#include "operators/ml/scores.h"
#include "operators/ml/svm.h"

#include <math.h>

#define GRAIN 32768

enum {
    KERNEL_TYPE,
    KERNEL_PARAMS,
    VECTORS_PER_CLASS,
    SUPPORT_VECTORS,
    COEFFICIENTS,
    PROB_A,
    PROB_B,
    RHO,
    POST_TRANSFORM,
    STRINGS,
    INTS
};

struct job {
    const struct hinge_node *node;
    struct svm svm;
    struct scores_labels labels;
    enum scores_transform transform;
    int64_t n, n_vectors, n_pairs; /* classes; support vectors, 0: none; pairs of classes */
    int64_t n_out;                 /* scores a row */
    bool no_negatives;             /* among the coefficients */
};

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    (void)inputs;
    return scores_types(node, STRINGS, INTS, outputs);
}

static hinge_status check_count(const struct hinge_node *node, unsigned attribute, const char *name,
                                int64_t a, int64_t b)
{
    int64_t count;
    if (op_multiply(a, b, &count) && count == (int64_t)node->attributes[attribute].count)
        return HINGE_OK;
    return OP_FAIL(node, HINGE_BAD_SHAPE, "%s has %zu numbers, not %lld times %lld", name,
                   node->attributes[attribute].count, (long long)a, (long long)b);
}

static hinge_status plan_pairs(const struct hinge_node *node, struct job *job)
{
    const struct hinge_attribute *a = node->attributes;
    const int64_t n = job->n, n_features = scores_n_features(node->inputs[0]);
    int64_t twice;
    if ((int64_t)a[VECTORS_PER_CLASS].count != n || n < 2)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "there are support vectors of %zu classes, but %lld "
                       "labels",
                       a[VECTORS_PER_CLASS].count, (long long)n);
    hinge_status status =
        check_count(node, SUPPORT_VECTORS, "support_vectors", job->n_vectors, n_features);
    if (!status)
        status = check_count(node, COEFFICIENTS, "coefficients", n - 1, job->n_vectors);
    if (status)
        return status;
    if (!op_multiply(n, n - 1, &twice) || (int64_t)a[RHO].count < twice / 2)
        return OP_FAIL(node, HINGE_BAD_MODEL, "rho has %zu entries for %lld classes", a[RHO].count,
                       (long long)n);
    job->n_pairs = twice / 2;
    if (a[PROB_A].count != a[PROB_B].count ||
        (a[PROB_A].count && (int64_t)a[PROB_A].count < job->n_pairs))
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "prob_a and prob_b have %zu and %zu entries for %lld pairs of classes",
                       a[PROB_A].count, a[PROB_B].count, (long long)job->n_pairs);
    job->n_out = a[PROB_A].count || n == 2 ? n : job->n_pairs;
    return HINGE_OK;
}

static hinge_status plan(const struct hinge_node *node, struct job *job)
{
    const struct hinge_attribute *a = node->attributes;
    hinge_status status = scores_check_rows(node);
    *job = (struct job){.node = node, .no_negatives = true};
    if (!status)
        status = scores_labels_of(node, STRINGS, INTS, &job->labels);
    if (!status)
        status = svm_of(node, KERNEL_TYPE, KERNEL_PARAMS, &job->svm);
    if (!status)
        status = scores_transform_of(node, POST_TRANSFORM, &job->transform);
    if (status)
        return status;
    job->n = job->n_out = job->labels.count;
    for (size_t k = 0; k < a[VECTORS_PER_CLASS].count; k++)
        if (a[VECTORS_PER_CLASS].ints[k] < 0 ||
            __builtin_add_overflow(job->n_vectors, a[VECTORS_PER_CLASS].ints[k], &job->n_vectors))
            return OP_FAIL(node, HINGE_BAD_MODEL, "vectors_per_class has %lld",
                           (long long)a[VECTORS_PER_CLASS].ints[k]);
    for (size_t k = 0; k < a[COEFFICIENTS].count; k++)
        job->no_negatives &= !(a[COEFFICIENTS].floats[k] < 0);
    if (job->n_vectors)
        return plan_pairs(node, job);
    job->svm.kernel = SVM_LINEAR;
    if (a[RHO].count < 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "rho is empty");
    return check_count(node, COEFFICIENTS, "coefficients", job->n,
                       scores_n_features(node->inputs[0]));
}

static hinge_status infer(const struct hinge_node *node)
{
    struct job job;
    hinge_status status = plan(node, &job);
    return status ? status : scores_set_outputs(node, job.labels.type, job.n_out);
}

/* A thread's scratch: values of the kernel function; votes and scores; two matrices of all pairs,
 * and their product with the scores. */
static int64_t scratch_each(const struct job *job)
{
    return job->n_vectors + job->n_pairs + 3 * job->n + 1 +
           (job->n_pairs ? 2 * job->n * job->n : 0);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct job job;
    hinge_status status = plan(node, &job);
    return status ? status : scores_scratch(node, scratch_each(&job), scratch);
}

/* The decision value of each pair of classes from the kernels; votes counts what each class won. */
static void decide(const struct job *job, const double *kernels, double *values, double *votes)
{
    const struct hinge_attribute *a = job->node->attributes;
    const int64_t *counts = a[VECTORS_PER_CLASS].ints;
    const float *coefficients = a[COEFFICIENTS].floats, *rho = a[RHO].floats;
    int64_t pair = 0;
    for (int64_t k = 0; k < job->n; k++)
        votes[k] = 0;
    for (int64_t i = 0, at_i = 0; i < job->n; at_i += counts[i++])
        for (int64_t j = i + 1, at_j = at_i + counts[i]; j < job->n; at_j += counts[j++]) {
            double value = (double)rho[pair];
            for (int64_t k = at_i; k < at_i + counts[i]; k++)
                value += (double)coefficients[(j - 1) * job->n_vectors + k] * kernels[k];
            for (int64_t k = at_j; k < at_j + counts[j]; k++)
                value += (double)coefficients[i * job->n_vectors + k] * kernels[k];
            values[pair++] = value;
            votes[value > 0 ? i : j]++;
        }
}

/* Probabilities of n classes from those of pairs, r[i][j] that of i against j: Wu, Lin and Weng
 * (2004), "Probability estimates for multi-class classification by pairwise coupling". */
static void couple(int64_t n, const double *r, double *q, double *qp, double *p)
{
    const double enough = 0.005 / (double)n;
    for (int64_t i = 0; i < n; i++) {
        p[i] = 1 / (double)n;
        q[i * n + i] = 0;
        for (int64_t j = 0; j < n; j++)
            if (j != i) {
                q[i * n + i] += r[j * n + i] * r[j * n + i];
                q[i * n + j] = -r[j * n + i] * r[i * n + j];
            }
    }
    for (int64_t step = 0; step < (n > 100 ? n : 100); step++) {
        double pqp = 0, error = 0;
        for (int64_t i = 0; i < n; i++) {
            qp[i] = 0;
            for (int64_t j = 0; j < n; j++)
                qp[i] += q[i * n + j] * p[j];
            pqp += p[i] * qp[i];
        }
        for (int64_t i = 0; i < n; i++)
            error = fmax(error, fabs(qp[i] - pqp));
        if (error < enough)
            break;
        for (int64_t i = 0; i < n; i++) {
            const double change = (pqp - qp[i]) / q[i * n + i], by = 1 + change;
            p[i] += change;
            pqp = (pqp + change * (change * q[i * n + i] + 2 * qp[i])) / by / by;
            for (int64_t j = 0; j < n; j++) {
                qp[j] = (qp[j] + change * q[i * n + j]) / by;
                p[j] /= by;
            }
        }
    }
}

static void estimate(const struct job *job, const double *values, double *r, double *q, double *qp,
                     double *p)
{
    const struct hinge_attribute *a = job->node->attributes;
    int64_t pair = 0;
    for (int64_t i = 0; i < job->n; i++)
        for (int64_t j = i + 1; j < job->n; j++, pair++) {
            double share =
                -(values[pair] * (double)a[PROB_A].floats[pair] + (double)a[PROB_B].floats[pair]);
            scores_apply(SCORES_LOGISTIC, &share, 1);
            share = fmin(fmax(share, 1e-7), 1 - 1e-7);
            r[i * job->n + j] = share;
            r[j * job->n + i] = 1 - share;
        }
    couple(job->n, r, q, qp, p);
}

/* Fills n_out scores, in values or in classes, and returns which; *best is the class, -1: none. */
static double *score_row(const struct job *job, int64_t row, double *scratch, int64_t *best)
{
    const struct hinge_attribute *a = job->node->attributes;
    const hinge_tensor *x = job->node->inputs[0];
    double *kernels = scratch, *classes = kernels + job->n_vectors;
    double *votes = classes + job->n, *product = votes + job->n, *values = product + job->n;
    double *r = values + job->n_pairs + 1, *q = r + job->n * job->n;
    if (job->n_vectors == 0) {
        svm_apply(&job->svm, x, row, a[COEFFICIENTS].floats, job->n, classes);
        for (int64_t k = 0; k < job->n; k++)
            classes[k] += (double)a[RHO].floats[0];
    } else {
        svm_apply(&job->svm, x, row, a[SUPPORT_VECTORS].floats, job->n_vectors, kernels);
        decide(job, kernels, values, votes);
    }
    const double *deciding = job->n_vectors ? votes : classes;
    *best = 0;
    for (int64_t k = 1; k < job->n; k++)
        *best = deciding[k] > deciding[*best] ? k : *best;
    if (job->n_vectors == 0) {
        if (job->n == 1)
            *best = classes[0] > 0 ? 0 : -1;
        else if (job->n == 2 && job->no_negatives && classes[*best] >= 0.5 && !a[PROB_A].count)
            *best = 1;
        return classes;
    }
    if (a[PROB_A].count) {
        estimate(job, values, r, q, product, classes);
        return classes;
    }
    if (job->n == 2) {
        values[1] = values[0];
        values[0] = -values[0];
    }
    return values;
}

static void classify(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    hinge_tensor *y = op_output(job->node, 0), *z = op_output(job->node, 1);
    double *scratch = (double *)job->node->scratch + thread * scratch_each(job);
    for (int64_t row = begin; row < end; row++) {
        int64_t best;
        double *scores = score_row(job, row, scratch, &best);
        if (y && best >= 0)
            scores_set_label(y, row, &job->labels, best);
        else if (y)
            scores_set_no_label(y, row);
        if (z)
            scores_put(job->transform, scores, job->n_out, z, row);
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
            op_grain(GRAIN, (int64_t)(a[COEFFICIENTS].count + a[SUPPORT_VECTORS].count)), classify,
            &job);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [KERNEL_TYPE] = {.name = "kernel_type", .type = HINGE_ATTR_STRING, .s = "LINEAR"},
    [KERNEL_PARAMS] = {.name = "kernel_params", .type = HINGE_ATTR_FLOATS},
    [VECTORS_PER_CLASS] = {.name = "vectors_per_class", .type = HINGE_ATTR_INTS},
    [SUPPORT_VECTORS] = {.name = "support_vectors", .type = HINGE_ATTR_FLOATS},
    [COEFFICIENTS] = {.name = "coefficients", .type = HINGE_ATTR_FLOATS},
    [PROB_A] = {.name = "prob_a", .type = HINGE_ATTR_FLOATS},
    [PROB_B] = {.name = "prob_b", .type = HINGE_ATTR_FLOATS},
    [RHO] = {.name = "rho", .type = HINGE_ATTR_FLOATS},
    [POST_TRANSFORM] = {.name = "post_transform", .type = HINGE_ATTR_STRING, .s = "NONE"},
    [STRINGS] = {.name = "classlabels_strings", .type = HINGE_ATTR_STRINGS},
    [INTS] = {.name = "classlabels_ints", .type = HINGE_ATTR_INTS},
    {.name = NULL}};

const struct hinge_op op_svmclassifier[] = {
    {.name = "SVMClassifier",
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
