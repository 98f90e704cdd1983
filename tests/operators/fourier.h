/* The transform by its definition, for the tests of DFT and STFT. */
#ifndef TESTS_OPERATORS_FOURIER_H
#define TESTS_OPERATORS_FOURIER_H

#include "tests/operators/harness.h"

#include <math.h>
#include <stdlib.h>

/* X[k] = sum over j of x[j] e^(-2 pi i j k / n), with + i and over n if inverse, for k < count. */
static inline void fourier(int64_t n, bool inverse, const double *re, const double *im,
                           int64_t count, double *to_re, double *to_im)
{
    long double *c = malloc((size_t)n * sizeof *c), *s = malloc((size_t)n * sizeof *s);
    for (int64_t k = 0; k < n; k++) {
        const long double angle =
            6.283185307179586476925286766559L * (long double)k / (long double)n;
        c[k] = cosl(angle);
        s[k] = inverse ? sinl(angle) : -sinl(angle);
    }
    for (int64_t k = 0; k < count; k++) {
        long double sum_re = 0, sum_im = 0;
        const int64_t step = k % n;
        for (int64_t j = 0, at = 0; j < n; j++, at += step - (at < n - step ? 0 : n)) {
            sum_re += (long double)re[j] * c[at] - (long double)im[j] * s[at];
            sum_im += (long double)re[j] * s[at] + (long double)im[j] * c[at];
        }
        to_re[k] = (double)(inverse ? sum_re / (long double)n : sum_re);
        to_im[k] = (double)(inverse ? sum_im / (long double)n : sum_im);
    }
    free(c);
    free(s);
}

#define SIGNAL(element, ...)                                                                       \
    {                                                                                              \
        .type = (element), .low = -1, .high = 1, .dims = {__VA_ARGS__},                            \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }

#endif
