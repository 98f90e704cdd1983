/* For references of FusedConv and FusedGemm: the activations that they name, in double. */
#ifndef TESTS_OPERATORS_FUSED_H
#define TESTS_OPERATORS_FUSED_H

#include <math.h>
#include <string.h>

static inline double fused(const char *name, double x, double alpha, double beta)
{
    if (!name)
        return x;
    if (!strcmp(name, "Relu"))
        return x > 0 ? x : 0;
    if (!strcmp(name, "LeakyRelu"))
        return x >= 0 ? x : alpha * x;
    if (!strcmp(name, "Tanh"))
        return tanh(x);
    if (!strcmp(name, "Sigmoid"))
        return 1 / (1 + exp(-x));
    if (!strcmp(name, "HardSigmoid"))
        return fmax(0, fmin(1, alpha * x + beta));
    if (!strcmp(name, "Clip"))
        return fmin(fmax(x, alpha), beta);
    if (!strcmp(name, "Elu"))
        return x >= 0 ? x : alpha * expm1(x);
    if (!strcmp(name, "Softplus"))
        return log1p(exp(x));
    if (!strcmp(name, "Softsign"))
        return x / (1 + fabs(x));
    if (!strcmp(name, "ThresholdedRelu"))
        return x > alpha ? x : 0;
    return x * fmax(0, fmin(1, x / 6 + 0.5)); /* HardSwish */
}

#endif
