#include "operators/ml/scores.h"

#include <math.h>
#include <string.h>

hinge_status scores_check_rows(const struct hinge_node *node)
{
    const int32_t rank = node->inputs[0]->rank;
    if (rank != 1 && rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not 1 or 2", (int)rank);
    return HINGE_OK;
}

hinge_status scores_transform_of(const struct hinge_node *node, unsigned attribute,
                                 enum scores_transform *transform)
{
    static const char *const names[SCORES_N_TRANSFORMS] = {
        [SCORES_NONE] = "NONE",         [SCORES_SOFTMAX] = "SOFTMAX",
        [SCORES_LOGISTIC] = "LOGISTIC", [SCORES_SOFTMAX_ZERO] = "SOFTMAX_ZERO",
        [SCORES_PROBIT] = "PROBIT",
    };
    const hinge_string name = node->attributes[attribute].s;
    for (int i = 0; i < SCORES_N_TRANSFORMS; i++)
        if (name.size == strlen(names[i]) && !memcmp(name.bytes, names[i], name.size)) {
            *transform = (enum scores_transform)i;
            return HINGE_OK;
        }
    return OP_FAIL(
        node, HINGE_BAD_MODEL,
        "post_transform is \"%.*s\", not NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO or PROBIT",
        (int)(name.size < 32 ? name.size : 32), name.bytes);
}

static void softmax(double *scores, int64_t n, bool keep_zeros)
{
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++)
        most = scores[i] > most ? scores[i] : most;
    const double of_zero = keep_zeros ? exp(-most) : 0;
    for (int64_t i = 0; i < n; i++) {
        const bool is_zero = keep_zeros && fabs(scores[i]) <= 1e-7;
        scores[i] = is_zero ? scores[i] * of_zero : exp(scores[i] - most);
        sum += is_zero ? 0 : scores[i];
    }
    for (int64_t i = 0; i < n; i++)
        scores[i] = keep_zeros && sum == 0 ? 0.5 : scores[i] / sum;
}

static double logistic(double x)
{
    const double e = exp(-fabs(x));
    return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

static double probit(double p)
{
    const double a = 0.147, x = 2 * p - 1, l = log((1 - x) * (1 + x));
    const double half = 2 / (3.14159265358979323846 * a) + l / 2;
    return copysign(sqrt(2) * sqrt(sqrt(half * half - l / a) - half), x);
}

void scores_apply(enum scores_transform transform, double *scores, int64_t n)
{
    if (transform == SCORES_SOFTMAX || transform == SCORES_SOFTMAX_ZERO)
        softmax(scores, n, transform == SCORES_SOFTMAX_ZERO);
    else if (transform != SCORES_NONE)
        for (int64_t i = 0; i < n; i++)
            scores[i] = transform == SCORES_PROBIT ? probit(scores[i]) : logistic(scores[i]);
}

void scores_put(enum scores_transform transform, double *scores, int64_t n, hinge_tensor *y,
                int64_t row)
{
    float *to = (float *)y->data + row * n;
    scores_apply(transform, scores, n);
    for (int64_t i = 0; i < n; i++)
        to[i] = (float)scores[i];
}

hinge_status scores_labels_of(const struct hinge_node *node, unsigned strings, unsigned ints,
                              struct scores_labels *labels)
{
    const bool are_strings = node->attributes[strings].count > 0;
    if (are_strings == (node->attributes[ints].count > 0))
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "not exactly one of the lists of class labels is there");
    labels->list = &node->attributes[are_strings ? strings : ints];
    labels->type = are_strings ? HINGE_STRING : HINGE_INT64;
    labels->count = (int64_t)labels->list->count;
    return HINGE_OK;
}

hinge_status scores_types(const struct hinge_node *node, unsigned strings, unsigned ints,
                          hinge_type_code *outputs)
{
    struct scores_labels labels = {.type = HINGE_NO_TYPE};
    hinge_status status = scores_labels_of(node, strings, ints, &labels);
    if (!status)
        outputs[0] = labels.type;
    return status;
}

void scores_set_label(hinge_tensor *y, int64_t row, const struct scores_labels *labels, int64_t i)
{
    if (labels->type == HINGE_STRING)
        ((hinge_string *)y->data)[row] = labels->list->strings[i];
    else
        ((int64_t *)y->data)[row] = labels->list->ints[i];
}

void scores_set_no_label(hinge_tensor *y, int64_t row)
{
    if (y->type == HINGE_STRING)
        ((hinge_string *)y->data)[row] = (hinge_string){"0", 1};
    else
        ((int64_t *)y->data)[row] = 0;
}

hinge_status scores_set_outputs(const struct hinge_node *node, hinge_type label_type, int64_t n)
{
    const int64_t dims[] = {scores_n_rows(node->inputs[0]), n};
    hinge_status status = op_set_output(node, 0, label_type, 1, dims);
    return status ? status : op_set_output(node, 1, HINGE_FLOAT, 2, dims);
}

hinge_status scores_scratch(const struct hinge_node *node, int64_t n, size_t *scratch)
{
    int64_t size;
    if (!op_multiply(n, (int64_t)(node->n_threads * sizeof(double)), &size))
        return HINGE_NO_MEMORY;
    *scratch = (size_t)size;
    return HINGE_OK;
}
