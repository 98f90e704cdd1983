/* What an operator declares as its derivative, against differences of the case's reference. */
#include "tests/operators/harness/harness_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define STEP 0x1p-12
#define MAX_COUNT 5000

/* The reference's output 0, in double, with input 0 moved by step: NULL where memory is short. */
static double *moved(const struct harness_call *call, double step)
{
    struct harness_call other = *call;
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor input, outputs[HARNESS_MAX_OUTPUTS] = {{0}};
    tensor_open(&input, HINGE_DOUBLE, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set(&input, i, harness_get(x, i) + step);
    other.inputs[0] = &input;
    for (unsigned k = 0; k < HARNESS_MAX_OUTPUTS; k++)
        other.outputs[k] = &outputs[k];
    other.c->reference(&other);
    free(input.data);
    for (unsigned k = 1; k < HARNESS_MAX_OUTPUTS; k++)
        free(outputs[k].data);
    return outputs[0].data;
}

/* Half the difference of the slopes on both sides bounds what a curve, or a corner within a step,
 * makes of the slope across; where the curvature jumps, as Softsign's at 0, a step's share is
 * added. */
static bool is_slope(double derivative, double before, double at, double after)
{
    const double left = (at - before) / STEP, right = (after - at) / STEP;
    const double slope = (left + right) / 2;
    if (!isfinite(slope))
        return true;
    if (fabs(slope) > 0x1p127)
        return slope > 0 ? derivative > 0x1p126 : derivative < -0x1p126;
    return fabs(derivative - slope) <= 0.51 * fabs(right - left) + 2 * STEP * (1 + fabs(slope));
}

bool node_verify_derivative(struct node *node)
{
    const struct harness_call *call = node->call;
    struct hinge_activation activation = {.kind = HINGE_ACT_NONE};
    if (node->op->activation)
        node->op->activation(&node->abi, &activation);
    const int64_t count = call->n_inputs ? hinge_count(call->inputs[0]) : 0;
    if (activation.kind == HINGE_ACT_NONE || call->inputs[0]->type != HINGE_FLOAT ||
        !call->c->reference || count > MAX_COUNT)
        return true;
    if (!node->op->derivative) {
        snprintf(node->why, sizeof node->why, "an activation without derivative");
        return false;
    }
    float *derivative = malloc((size_t)count * sizeof *derivative + 1);
    double *before = moved(call, -STEP), *at = moved(call, 0), *after = moved(call, STEP);
    bool right = derivative && before && at && after;
    if (right)
        node->op->derivative(&activation, call->inputs[0]->data, derivative, count);
    for (int64_t i = 0; right && i < count; i++) {
        const double x = harness_get(call->inputs[0], i);
        right = fabs(x) > 1e6 || isnan(x)
                    ? isnan((double)derivative[i]) || !isnan(x)
                    : is_slope((double)derivative[i], before[i], at[i], after[i]);
        if (!right)
            snprintf(node->why, sizeof node->why, "the derivative at %g is %g, not near %g", x,
                     (double)derivative[i], (after[i] - before[i]) / (2 * STEP));
    }
    free(derivative);
    free(before);
    free(at);
    free(after);
    return right;
}
