/* Reference for the losses over classes: a loop over the labels, given the logarithms of the
 * probabilities. */
#ifndef TESTS_OPERATORS_LOSS_H
#define TESTS_OPERATORS_LOSS_H

#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

/* log_prob NULL: input 0 has them. */
static inline void loss_reference(struct harness_call *call, const double *log_prob)
{
    const hinge_tensor *x = call->inputs[0], *labels = call->inputs[1];
    const hinge_tensor *weights = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const struct harness_attribute *reduction = harness_attr(call, "reduction");
    const struct harness_attribute *ignored = harness_attr(call, "ignore_index");
    const bool none = reduction && !strcmp(reduction->s, "none");
    const int64_t n = hinge_count(labels);
    hinge_tensor *y = none ? harness_output(call, 0, x->type, labels->rank, labels->dims)
                           : harness_output(call, 0, x->type, 0, NULL);
    double sum = 0, total = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t at[HINGE_MAX_RANK];
        harness_coordinates(labels, i, at);
        const int64_t label = harness_get_int(labels, i);
        memmove(at + 2, at + 1, (size_t)(labels->rank - 1) * sizeof *at);
        at[1] = label;
        double loss = 0, weight = 0;
        if (!ignored || label != ignored->i) {
            const int64_t from = harness_index(x, at);
            weight = weights ? harness_get(weights, label) : 1;
            loss = -(log_prob ? log_prob[from] : harness_get(x, from)) * weight;
        }
        sum += loss;
        total += weight;
        if (none)
            harness_set(y, i, loss);
    }
    if (!none)
        harness_set(y, 0, reduction && !strcmp(reduction->s, "sum") ? sum : sum / total);
}

#endif
