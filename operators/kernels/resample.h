/*
 * Resampling along one axis: each output is a weighted sum of a few inputs (taps). A table says
 * which and how much; the loops go over [outer][axis][inner] arrays.
 */
#ifndef KERNELS_RESAMPLE_H
#define KERNELS_RESAMPLE_H

#include <stdint.h>

struct resample_axis {
    int64_t n_from, n_to;
    int64_t n_taps;        /* for each output */
    const int64_t *from;   /* [n_to][n_taps] input positions, all inside */
    const double *weights; /* [n_to][n_taps] */
};

/* y[outer][n_to][inner] from x[outer][n_from][inner]. */
void resample_f32(const struct resample_axis *axis, float *y, const float *x, int64_t outer,
                  int64_t inner);
void resample_f64(const struct resample_axis *axis, double *y, const double *x, int64_t outer,
                  int64_t inner);

#endif
