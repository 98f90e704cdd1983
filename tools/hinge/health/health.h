/* Statistics of floating-point tensors, gathered over any number of them and never twice over the
 * same element: how many zeros, flat places and non-numbers, range, mean, spread, distribution,
 * and which channels were ever anything but zero. */
#ifndef TOOL_HEALTH_H
#define TOOL_HEALTH_H

#include "base/error.h"
#include "health/saturation.h"

#define HEALTH_N_BINS 64
#define HEALTH_NO_AXIS (-1)

/* Bin i counts the finite values in [first + i, first + i + 1) 2^exponent. The exponent is the
 * least for which all values seen fit (and not below 2^-40 of the largest magnitude, nor below
 * -126), so that the result depends on the values alone, not on their order. */
struct health_histogram {
    int exponent;
    int64_t first;
    uint64_t bins[HEALTH_N_BINS];
};

struct health {
    uint64_t count, n_zero, n_saturated, n_nan, n_inf; /* -0 is a zero */
    uint64_t n_finite;
    double min, max, mean, squares; /* of the finite values; squares: sum of (x - mean)^2 */
    struct health_histogram histogram;
    size_t n_channels;
    bool *alive;          /* channels with an element that was not zero */
    bool channels_differ; /* tensors had other numbers of channels: none are counted */
};

/* float, double, float16 and bfloat16. */
bool health_takes(hinge_type type);

/* Adds the elements of a tensor of such a type; axis is that of the channels, or HEALTH_NO_AXIS.
 * Fails for want of memory only. */
bool health_add(struct health *health, const hinge_tensor *tensor, int32_t axis,
                const struct saturation *saturation, hinge_error *error);
void health_free(struct health *health);

/* Channels that were zero throughout; 0 where no element was seen. */
size_t health_n_dead(const struct health *health);
bool health_is_dead(const struct health *health, size_t channel);
/* Of the population, as numpy.std: NaN where there is no finite value. */
double health_deviation(const struct health *health);

/* Index of the first NaN (infinite false) or infinity; -1 where there is none or the type is none
 * that health_add takes. */
int64_t health_find(const hinge_tensor *tensor, bool infinite);

#endif
