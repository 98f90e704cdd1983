/* For tests of the support vector machines: the kernel function. */
#ifndef TESTS_OPERATORS_SVM_H
#define TESTS_OPERATORS_SVM_H

#include "tests/operators/scores.h"

static inline double svm_kernel(const struct harness_call *call, int64_t row, const float *vector)
{
    const hinge_tensor *x = call->inputs[0];
    const int64_t n = x->dims[x->rank - 1];
    const struct harness_attribute *named = harness_attr(call, "kernel_type");
    const struct harness_attribute *params = harness_attr(call, "kernel_params");
    double product = 0, distance = 0;
    for (int64_t i = 0; i < n; i++) {
        const double a = harness_get(x, row * n + i), b = (double)vector[i];
        product += a * b;
        distance += (a - b) * (a - b);
    }
    if (!named || !strcmp(named->s, "LINEAR"))
        return product;
    const double gamma = (double)params->floats[0], coef0 = (double)params->floats[1];
    if (!strcmp(named->s, "RBF"))
        return exp(-gamma * distance);
    return !strcmp(named->s, "POLY") ? pow(gamma * product + coef0, (double)params->floats[2])
                                     : tanh(gamma * product + coef0);
}

#endif
