#include "health/health.h"

#include "base/array.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Elements taken at once: their mean and squares come from two passes in the cache. */
#define BLOCK 1024

bool health_takes(hinge_type type)
{
    return type == HINGE_FLOAT || type == HINGE_DOUBLE || type == HINGE_FLOAT16 ||
           type == HINGE_BFLOAT16;
}

static void load(double *values, const hinge_tensor *tensor, int64_t first, int64_t n)
{
    if (tensor->type == HINGE_FLOAT) {
        const float *data = (const float *)tensor->data + first;
        for (int64_t i = 0; i < n; i++)
            values[i] = (double)data[i];
    } else if (tensor->type == HINGE_DOUBLE) {
        memcpy(values, (const double *)tensor->data + first, (size_t)n * sizeof *values);
    } else {
        for (int64_t i = 0; i < n; i++)
            values[i] = number_value(tensor, first + i);
    }
}

/* Histogram */

/* floor(value / 2^by) */
static int64_t halved(int64_t value, int by)
{
    int64_t unit = (int64_t)1 << (by < 62 ? by : 62);
    return value / unit - (value % unit < 0);
}

static int64_t bin_of(double value, int exponent)
{
    return (int64_t)floor(value * ldexp(1, -exponent));
}

/* Makes the bins wide enough for [min, max], which includes all that was counted before. */
static void widen(struct health_histogram *histogram, double min, double max, bool is_empty)
{
    const int least = -126, digits = 40;
    double magnitude = fmax(fabs(min), fabs(max));
    int exponent = magnitude > 0 ? ilogb(magnitude) - digits : least;
    exponent = exponent > least ? exponent : least;
    if (!is_empty && exponent < histogram->exponent)
        exponent = histogram->exponent;
    while (bin_of(max, exponent) - bin_of(min, exponent) >= HEALTH_N_BINS)
        exponent++;
    int64_t first = bin_of(min, exponent);
    struct health_histogram wider = {.exponent = exponent, .first = first};
    for (int i = 0; !is_empty && i < HEALTH_N_BINS; i++)
        if (histogram->bins[i])
            wider.bins[halved(histogram->first + i, exponent - histogram->exponent) - first] +=
                histogram->bins[i];
    *histogram = wider;
}

/* Moments */

/* Two sets of values into one (Chan, Golub and LeVeque, "Algorithms for computing the sample
 * variance", 1983). */
static void merge(struct health *health, uint64_t n, double mean, double squares)
{
    double before = (double)health->n_finite, added = (double)n, all = before + added;
    double difference = mean - health->mean;
    health->mean += difference * (added / all);
    health->squares += squares + difference * difference * (before / all * added);
    health->n_finite += n;
}

static void add_finite(struct health *health, const double *values, size_t n)
{
    double min = values[0], max = values[0], sum = 0, squares = 0, rest = 0;
    for (size_t i = 0; i < n; i++) {
        min = values[i] < min ? values[i] : min;
        max = values[i] > max ? values[i] : max;
        sum += values[i];
    }
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        double difference = values[i] - mean;
        squares += difference * difference;
        rest += difference;
    }
    squares -= rest * rest / (double)n; /* what rounding of the mean added */
    bool is_empty = health->n_finite == 0;
    if (is_empty || min < health->min || max > health->max) {
        health->min = is_empty ? min : fmin(min, health->min);
        health->max = is_empty ? max : fmax(max, health->max);
        widen(&health->histogram, health->min, health->max, is_empty);
    }
    struct health_histogram *histogram = &health->histogram;
    double scale = ldexp(1, -histogram->exponent);
    for (size_t i = 0; i < n; i++)
        histogram->bins[(int64_t)floor(values[i] * scale) - histogram->first]++;
    merge(health, n, mean, squares);
}

static void add_block(struct health *health, double *values, size_t n,
                      const struct saturation *saturation)
{
    size_t n_finite = 0;
    for (size_t i = 0; i < n; i++) {
        double value = values[i];
        health->n_zero += value == 0;
        health->n_saturated += saturation->known && saturation_has(saturation, value);
        if (isnan(value))
            health->n_nan++;
        else if (isinf(value))
            health->n_inf++;
        else
            values[n_finite++] = value;
    }
    if (n_finite)
        add_finite(health, values, n_finite);
}

/* Channels */

/* In each of the four formats a zero has no bit set but the sign. */
static bool any_nonzero(const hinge_tensor *tensor, int64_t first, int64_t n)
{
    const unsigned char *data = tensor->data;
    if (tensor->type == HINGE_DOUBLE) {
        for (int64_t i = first; i < first + n; i++)
            if (((const double *)tensor->data)[i] != 0)
                return true;
    } else if (tensor->type == HINGE_FLOAT) {
        for (int64_t i = first; i < first + n; i++)
            if (((const float *)tensor->data)[i] != 0)
                return true;
    } else {
        for (int64_t i = first; i < first + n; i++) {
            uint16_t bits;
            memcpy(&bits, data + (size_t)i * sizeof bits, sizeof bits);
            if (bits & 0x7FFF)
                return true;
        }
    }
    return false;
}

static bool add_channels(struct health *health, const hinge_tensor *tensor, int32_t axis,
                         hinge_error *error)
{
    if (axis < 0 || axis >= tensor->rank || health->channels_differ)
        return true;
    int64_t n = tensor->dims[axis], inner = 1, count = array_count(tensor);
    for (int32_t i = axis + 1; i < tensor->rank; i++)
        inner *= tensor->dims[i];
    if (!health->alive) {
        health->alive = calloc((size_t)n + 1, sizeof *health->alive);
        if (!health->alive)
            return error_no_memory(error);
        health->n_channels = (size_t)n;
    }
    if (health->n_channels != (size_t)n) {
        health->channels_differ = true;
        return true;
    }
    for (int64_t i = 0; i < count; i += inner) {
        bool *alive = &health->alive[i / inner % n];
        *alive = *alive || any_nonzero(tensor, i, inner);
    }
    return true;
}

bool health_add(struct health *health, const hinge_tensor *tensor, int32_t axis,
                const struct saturation *saturation, hinge_error *error)
{
    double values[BLOCK];
    int64_t count = array_count(tensor);
    if (count <= 0)
        return true;
    for (int64_t i = 0; i < count; i += BLOCK) {
        int64_t n = count - i < BLOCK ? count - i : BLOCK;
        load(values, tensor, i, n);
        add_block(health, values, (size_t)n, saturation);
    }
    health->count += (uint64_t)count;
    return add_channels(health, tensor, axis, error);
}

void health_free(struct health *health)
{
    free(health->alive);
    *health = (struct health){0};
}

bool health_is_dead(const struct health *health, size_t channel)
{
    return health->alive && !health->channels_differ && channel < health->n_channels &&
           !health->alive[channel];
}

size_t health_n_dead(const struct health *health)
{
    size_t n = 0;
    for (size_t i = 0; i < health->n_channels; i++)
        n += health_is_dead(health, i);
    return n;
}

double health_deviation(const struct health *health)
{
    return health->n_finite ? sqrt(health->squares / (double)health->n_finite) : NAN;
}

/* Whether the exponent of an element is all ones. Integers, so that it is done in vectors. */
static bool any_special(const hinge_tensor *tensor, int64_t first, int64_t n)
{
    const unsigned char *data = tensor->data;
    const uint16_t mask = tensor->type == HINGE_FLOAT16 ? 0x7C00 : 0x7F80;
    unsigned found = 0;
    if (tensor->type == HINGE_DOUBLE) {
        for (int64_t i = first; i < first + n; i++) {
            uint64_t bits;
            memcpy(&bits, data + (size_t)i * sizeof bits, sizeof bits);
            found |= (bits & 0x7FF0000000000000u) == 0x7FF0000000000000u;
        }
    } else if (tensor->type == HINGE_FLOAT) {
        for (int64_t i = first; i < first + n; i++) {
            uint32_t bits;
            memcpy(&bits, data + (size_t)i * sizeof bits, sizeof bits);
            found |= (bits & 0x7F800000u) == 0x7F800000u;
        }
    } else {
        for (int64_t i = first; i < first + n; i++) {
            uint16_t bits;
            memcpy(&bits, data + (size_t)i * sizeof bits, sizeof bits);
            found |= (bits & mask) == mask;
        }
    }
    return found != 0;
}

int64_t health_find(const hinge_tensor *tensor, bool infinite)
{
    double values[BLOCK];
    int64_t count = health_takes(tensor->type) ? array_count(tensor) : 0;
    for (int64_t i = 0; i < count; i += BLOCK) {
        int64_t n = count - i < BLOCK ? count - i : BLOCK;
        if (!any_special(tensor, i, n))
            continue;
        load(values, tensor, i, n);
        for (int64_t j = 0; j < n; j++)
            if (infinite ? isinf(values[j]) != 0 : isnan(values[j]) != 0)
                return i + j;
    }
    return -1;
}
