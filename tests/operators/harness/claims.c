/* Whether what an operator says of itself, besides computing, is so. */
#include "tests/operators/harness/harness_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool verify_affine(struct node *node)
{
    const hinge_tensor *y = node->call->outputs[0];
    int64_t n_channels = y->rank > 1 ? y->dims[1] : 0;
    const struct harness_epilogue *epilogue = &node->call->c->epilogue;
    if (!node->op->affine || n_channels < 1 || epilogue->addend ||
        epilogue->activation.kind != HINGE_ACT_NONE)
        return true;
    float *scale = malloc((size_t)n_channels * sizeof *scale);
    float *shift = malloc((size_t)n_channels * sizeof *shift);
    unsigned input = 0;
    bool right = scale && shift;
    for (int64_t c = 0; c < n_channels && right; c++) {
        scale[c] = 1;
        shift[c] = 0;
    }
    if (right && node->op->affine(&node->abi, y->rank, 1, n_channels, scale, shift, &input)) {
        const hinge_tensor *x = input < node->call->n_inputs ? node->call->inputs[input] : NULL;
        right = x && hinge_count(x) == hinge_count(y) && !node->inputs[input].data;
        int64_t inner = 1;
        for (int32_t d = 2; d < y->rank; d++)
            inner *= y->dims[d];
        for (int64_t i = 0; right && i < hinge_count(y); i++) {
            int64_t c = i / inner % n_channels;
            double product = harness_get(x, i) * (double)scale[c];
            double is = product + (double)shift[c], should = harness_get(y, i);
            double bound = 1e-6 * (fabs(product) + fabs((double)shift[c]));
            right = fabs(is - should) <= bound || (isnan(is) && isnan(should)) || is == should;
        }
    }
    free(scale);
    free(shift);
    if (!right)
        snprintf(node->why, sizeof node->why, "what affine says is not what the operator computes");
    return right;
}

bool node_verify_claims(struct node *node)
{
    const struct harness_call *call = node->call;
    if (call->types[0] != HINGE_FLOAT && !node->op->is_identity)
        return true;
    if (node->op->is_identity && node->op->is_identity(&node->abi)) {
        const hinge_tensor *x = call->inputs[0];
        bool same = compare_shape(call, 0, x, false, node->why, sizeof node->why);
        bool floating = same && harness_is_floating(x->type);
        for (int64_t i = 0; same && i < hinge_count(x); i++)
            same = floating ? harness_get(x, i) == harness_get(call->outputs[0], i) ||
                                  isnan(harness_get(x, i))
                            : x->type == HINGE_STRING ||
                                  harness_get_int(x, i) == harness_get_int(call->outputs[0], i);
        if (!same) {
            snprintf(node->why, sizeof node->why, "is_identity says so of what is none");
            return false;
        }
    }
    return call->types[0] != HINGE_FLOAT || (verify_affine(node) && node_verify_derivative(node));
}
