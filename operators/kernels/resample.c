#include "operators/kernels/resample.h"

/* The same for both types: rows of inner elements where these lie side by side, single elements
 * where the axis is the last. */
#define RESAMPLE(name, type)                                                                       \
    static void name##_rows(const struct resample_axis *axis, type *y, const type *x,              \
                            int64_t inner)                                                         \
    {                                                                                              \
        for (int64_t o = 0; o < axis->n_to; o++, y += inner) {                                     \
            const int64_t *from = axis->from + o * axis->n_taps;                                   \
            const double *weights = axis->weights + o * axis->n_taps;                              \
            const type *a = x + from[0] * inner, *b = x + from[1] * inner;                         \
            const type wa = (type)weights[0], wb = (type)weights[1];                               \
            for (int64_t i = 0; i < inner; i++)                                                    \
                y[i] = wa * a[i] + wb * b[i];                                                      \
            for (int64_t t = 2; t < axis->n_taps; t++) {                                           \
                const type *c = x + from[t] * inner;                                               \
                const type w = (type)weights[t];                                                   \
                for (int64_t i = 0; i < inner; i++)                                                \
                    y[i] += w * c[i];                                                              \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static void name##_elements(const struct resample_axis *axis, type *y, const type *x)          \
    {                                                                                              \
        for (int64_t o = 0; o < axis->n_to; o++) {                                                 \
            const int64_t *from = axis->from + o * axis->n_taps;                                   \
            const double *weights = axis->weights + o * axis->n_taps;                              \
            type sum = (type)weights[0] * x[from[0]] + (type)weights[1] * x[from[1]];              \
            for (int64_t t = 2; t < axis->n_taps; t++)                                             \
                sum += (type)weights[t] * x[from[t]];                                              \
            y[o] = sum;                                                                            \
        }                                                                                          \
    }                                                                                              \
    void name(const struct resample_axis *axis, type *y, const type *x, int64_t outer,             \
              int64_t inner)                                                                       \
    {                                                                                              \
        for (int64_t n = 0; n < outer; n++) {                                                      \
            if (inner == 1)                                                                        \
                name##_elements(axis, y, x);                                                       \
            else                                                                                   \
                name##_rows(axis, y, x, inner);                                                    \
            y += axis->n_to * inner;                                                               \
            x += axis->n_from * inner;                                                             \
        }                                                                                          \
    }

RESAMPLE(resample_f32, float)
RESAMPLE(resample_f64, double)
