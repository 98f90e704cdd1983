/* For tests of ai.onnx.ml: post_transform over one row, from its definition. */
#ifndef TESTS_OPERATORS_SCORES_H
#define TESTS_OPERATORS_SCORES_H

#include <math.h>
#include <string.h>

#include "tests/operators/harness.h"

static inline double scores_probit(double p)
{
    const double pi = acos(-1), x = 2 * p - 1, log_part = log(1 - x * x);
    const double b = 2 / (pi * 0.147) + log_part / 2;
    const double root = sqrt(sqrt(b * b - log_part / 0.147) - b);
    return (x < 0 ? -1 : 1) * sqrt(2) * root;
}

static inline void scores_transform(const struct harness_call *call, double *row, int64_t n)
{
    const struct harness_attribute *named = harness_attr(call, "post_transform");
    const char *name = named ? named->s : "NONE";
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, row[i]);
    if (!strcmp(name, "SOFTMAX")) {
        for (int64_t i = 0; i < n; i++)
            sum += exp(row[i] - most);
        for (int64_t i = 0; i < n; i++)
            row[i] = exp(row[i] - most) / sum;
    } else if (!strcmp(name, "SOFTMAX_ZERO")) {
        for (int64_t i = 0; i < n; i++)
            sum += fabs(row[i]) < 1e-7 ? 0 : exp(row[i] - most);
        for (int64_t i = 0; i < n; i++)
            if (sum == 0)
                row[i] = 0.5;
            else
                row[i] = (fabs(row[i]) < 1e-7 ? row[i] * exp(-most) : exp(row[i] - most)) / sum;
    } else if (!strcmp(name, "LOGISTIC")) {
        for (int64_t i = 0; i < n; i++)
            row[i] = row[i] > -40 ? 1 / (1 + exp(-row[i])) : exp(row[i]);
    } else if (!strcmp(name, "PROBIT")) {
        for (int64_t i = 0; i < n; i++)
            row[i] = scores_probit(row[i]);
    }
}

/* Element row of output 0 becomes label i of the case. */
static inline void scores_label(struct harness_call *call, int64_t row, int64_t i)
{
    const struct harness_attribute *strings = harness_attr(call, "classlabels_strings");
    const struct harness_attribute *ints = harness_attr(call, "classlabels_ints");
    if (!ints)
        ints = harness_attr(call, "classlabels_int64s");
    if (strings)
        harness_set_string(call->outputs[0], row,
                           (hinge_string){strings->strings[i], strlen(strings->strings[i])});
    else
        harness_set_int(call->outputs[0], row, ints->ints[i]);
}

static inline hinge_type scores_label_type(const struct harness_call *call)
{
    return harness_attr(call, "classlabels_strings") ? HINGE_STRING : HINGE_INT64;
}

#define SCORES_TYPES                                                                               \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_INT64) |          \
     HARNESS_TYPE(HINGE_INT32))

#endif
