#include "operators/image/sample.h"

#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"

#include <math.h>
#include <string.h>

int64_t sample_n_taps(const struct sample_plane *plane)
{
    const int64_t each = plane->mode == SAMPLE_NEAREST ? 1 : plane->mode == SAMPLE_LINEAR ? 2 : 4;
    int64_t n = 1;
    for (int32_t d = 0; d < plane->n_axes && n <= SAMPLE_MAX_TAPS; d++)
        n *= each;
    return n;
}

static size_t taps_size(int64_t n_taps)
{
    return (size_t)n_taps * SAMPLE_TILE;
}

size_t sample_size(int64_t n_taps)
{
    return taps_size(n_taps) * (sizeof(double) + sizeof(float) + sizeof(int32_t));
}

void sample_open(struct sample_tile *tile, int64_t n_taps, void *memory)
{
    double *weights = memory;
    float *weights_f32 = (float *)(void *)(weights + taps_size(n_taps));
    *tile = (struct sample_tile){.n_taps = n_taps,
                                 .weights = weights,
                                 .weights_f32 = weights_f32,
                                 .at = (int32_t *)(void *)(weights_f32 + taps_size(n_taps))};
}

/* Between least and most, by reflections at both. */
static double reflected(double x, double least, double most)
{
    const double range = most - least;
    if (range <= 0)
        return least;
    const double beyond = fmod(x < least ? least - x : x - least, 2 * range);
    return beyond <= range ? least + beyond : most - (beyond - range);
}

static double least_of(const struct sample_plane *plane)
{
    return plane->align_corners ? 0 : -0.5;
}

/* Moves a position beyond the border as the padding has it. */
static double moved(const struct sample_plane *plane, double x, int64_t extent)
{
    const double least = least_of(plane), most = (double)(extent - 1) - least;
    if (plane->padding == SAMPLE_ZEROS || (x >= least && x <= most))
        return x;
    if (plane->padding == SAMPLE_BORDER)
        return fmin(fmax(x, 0), (double)(extent - 1));
    return isfinite(x) ? reflected(x, least, most) : 0;
}

/* The element that position i stands for; -1: a zero. */
static int64_t element_at(const struct sample_plane *plane, int64_t i, int64_t extent)
{
    if (i >= 0 && i < extent)
        return i;
    if (plane->padding == SAMPLE_ZEROS)
        return -1;
    if (plane->padding == SAMPLE_REFLECTION) {
        const double least = least_of(plane);
        i = (int64_t)reflected((double)i, least, (double)(extent - 1) - least);
    }
    return i < 0 ? 0 : i >= extent ? extent - 1 : i;
}

/* Keys' kernel with a = -3/4, for distances from the element before: x in [0, 1). */
static void cubic_weights(double x, double *weights)
{
    const double a = -0.75, y = 1 - x;
    weights[0] = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
    weights[1] = ((a + 2) * x - (a + 3)) * x * x + 1;
    weights[2] = ((a + 2) * y - (a + 3)) * y * y + 1;
    weights[3] = ((a * (y + 1) - 5 * a) * (y + 1) + 8 * a) * (y + 1) - 4 * a;
}

/* The taps of one axis; returns how many. */
static int axis_taps(const struct sample_plane *plane, double x, int64_t extent, int64_t *at,
                     double *weights)
{
    const int n = plane->mode == SAMPLE_NEAREST ? 1 : plane->mode == SAMPLE_LINEAR ? 2 : 4;
    if (plane->mode == SAMPLE_NEAREST)
        x = rint(x);
    x = moved(plane, x, extent);
    if (!(x > -8 && x < (double)extent + 8)) { /* all beyond the border, or NaN */
        for (int t = 0; t < n; t++) {
            at[t] = -1;
            weights[t] = 0;
        }
        return n;
    }
    const double below = floor(x);
    if (n == 1) {
        weights[0] = 1;
    } else if (n == 2) {
        weights[0] = 1 - (x - below);
        weights[1] = x - below;
    } else {
        cubic_weights(x - below, weights);
    }
    for (int t = 0; t < n; t++)
        at[t] = element_at(plane, (int64_t)below + t - (n == 4), extent);
    return n;
}

void sample_set(struct sample_tile *tile, int64_t i, const struct sample_plane *plane,
                const double *position)
{
    int64_t n = 1;
    int32_t *at = tile->at + i;
    double *weights = tile->weights + i;
    at[0] = 0;
    weights[0] = 1;
    for (int32_t d = 0; d < plane->n_axes; d++) {
        int64_t axis_at[4];
        double axis_weights[4];
        const int n_axis = axis_taps(plane, position[d], plane->dims[d], axis_at, axis_weights);
        for (int64_t k = n; k-- > 0;) {
            const int32_t outer = at[k * SAMPLE_TILE];
            const double weight = weights[k * SAMPLE_TILE];
            for (int t = 0; t < n_axis; t++) {
                const int64_t tap = (k * n_axis + t) * SAMPLE_TILE;
                const bool zero = outer < 0 || axis_at[t] < 0;
                at[tap] = zero ? -1 : (int32_t)(outer * plane->dims[d] + axis_at[t]);
                weights[tap] = weight * axis_weights[t];
            }
        }
        n *= n_axis;
    }
}

void sample_close(struct sample_tile *tile, int64_t count)
{
    int32_t sign = 0;
    tile->count = count;
    for (int64_t k = 0; k < tile->n_taps; k++) {
        const int64_t row = k * SAMPLE_TILE;
        for (int64_t i = row; i < row + count; i++) {
            tile->weights_f32[i] = (float)tile->weights[i];
            sign |= tile->at[i];
        }
    }
    tile->inside = sign >= 0;
}

bool sample_in_float(hinge_type type)
{
    return type == HINGE_FLOAT || half_is(type);
}

#define SAMPLE(name) name##_f32
#define SAMPLE_NUMBER float
#define SAMPLE_WEIGHTS weights_f32
#include "operators/image/sample_tmpl.c"

#define SAMPLE(name) name##_f64
#define SAMPLE_NUMBER double
#define SAMPLE_WEIGHTS weights
#include "operators/image/sample_tmpl.c"

#define GATHER(element)                                                                            \
    for (int64_t i = 0; i < count; i++) {                                                          \
        const element zero = {0};                                                                  \
        ((element *)y)[i] = at[i] < 0 ? zero : ((const element *)plane)[at[i]];                    \
    }                                                                                              \
    break

static void gather(size_t element_size, const int32_t *at, int64_t count, const void *plane,
                   void *y)
{
    switch (element_size) {
    case 1: GATHER(uint8_t);
    case 2: GATHER(uint16_t);
    case 4: GATHER(uint32_t);
    case 8: GATHER(uint64_t);
    default:
        for (int64_t i = 0; i < count; i++)
            if (at[i] < 0)
                memset((char *)y + (size_t)i * element_size, 0, element_size);
            else
                memcpy((char *)y + (size_t)i * element_size,
                       (const char *)plane + (size_t)at[i] * element_size, element_size);
    }
}

void sample_elements(size_t element_size, const struct sample_tile *tile, const void *plane,
                     void *y)
{
    gather(element_size, tile->at, tile->count, plane, y);
}

/* Other types are made numbers tap by tap. */
static void taps_to_numbers(hinge_type type, const struct sample_tile *tile, const void *plane,
                            bool maxima, union sample_row *y)
{
    uint64_t elements[SAMPLE_TILE];
    union sample_row numbers;
    for (int64_t k = 0; k < tile->n_taps; k++) {
        gather(hinge_size(type, 1), tile->at + k * SAMPLE_TILE, tile->count, plane, elements);
        if (half_is(type)) {
            half_load(type, numbers.f32, (const uint16_t *)(const void *)elements, tile->count);
            add_tap_f32(tile, k, numbers.f32, maxima, y->f32);
        } else {
            convert_to_double(type, numbers.f64, elements, tile->count);
            add_tap_f64(tile, k, numbers.f64, maxima, y->f64);
        }
    }
}

static void take(hinge_type type, const struct sample_tile *tile, const void *plane, bool maxima,
                 union sample_row *y)
{
    if (type == HINGE_FLOAT)
        take_f32(tile, plane, maxima, y->f32);
    else if (type == HINGE_DOUBLE)
        take_f64(tile, plane, maxima, y->f64);
    else
        taps_to_numbers(type, tile, plane, maxima, y);
}

void sample_sums(hinge_type type, const struct sample_tile *tile, const void *plane,
                 union sample_row *y)
{
    take(type, tile, plane, false, y);
}

void sample_maxima(hinge_type type, const struct sample_tile *tile, const void *plane,
                   union sample_row *y)
{
    take(type, tile, plane, true, y);
}

void sample_store(hinge_type type, void *y, const union sample_row *row, int64_t count)
{
    if (type == HINGE_FLOAT)
        memcpy(y, row->f32, (size_t)count * sizeof(float));
    else if (half_is(type))
        half_store(type, y, row->f32, count);
    else
        convert_from_double(type, y, row->f64, count);
}
