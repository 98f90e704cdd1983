#include "media/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The weights of one pixel add up to 1, also at the edges. */
static void set_weights(struct resample_axis *axis, int64_t index, double ratio, double support)
{
    double center = ((double)(axis->begin + index) + 0.5) * ratio, sum = 0;
    int64_t first = (int64_t)fmax(center - support + 0.5, 0);
    int64_t end = (int64_t)fmin(center + support + 0.5, (double)axis->from);
    float *weights = axis->weights + index * axis->n_taps;
    for (int64_t i = first; i < end; i++)
        sum += fmax(0, 1 - fabs((double)i + 0.5 - center) / support);
    for (int64_t i = first; i < end; i++)
        weights[i - first] = (float)(fmax(0, 1 - fabs((double)i + 0.5 - center) / support) / sum);
    axis->first[index] = first;
    axis->counts[index] = (int32_t)(end - first);
}

static bool open_axis(struct resample_axis *axis)
{
    double ratio = (double)axis->from / (double)axis->to, support = fmax(ratio, 1);
    axis->n_taps = 2 * (int64_t)ceil(support) + 1;
    axis->first = calloc((size_t)axis->n, sizeof *axis->first);
    axis->counts = calloc((size_t)axis->n, sizeof *axis->counts);
    axis->weights = calloc((size_t)axis->n, (size_t)axis->n_taps * sizeof *axis->weights);
    if (!axis->first || !axis->counts || !axis->weights)
        return false;
    for (int64_t i = 0; i < axis->n; i++)
        set_weights(axis, i, ratio, support);
    return true;
}

static void close_axis(struct resample_axis *axis)
{
    free(axis->first);
    free(axis->counts);
    free(axis->weights);
}

bool resample_open(struct resample *resample, hinge_error *error)
{
    bool has_columns = open_axis(&resample->x), has_rows = open_axis(&resample->y);
    resample->sums =
        calloc((size_t)(resample->x.from * resample->n_channels), sizeof *resample->sums);
    if (has_columns && has_rows && resample->sums)
        return true;
    resample_close(resample);
    return error_no_memory(error);
}

void resample_row(struct resample *resample, int64_t y, float *row)
{
    const struct resample_axis *rows = &resample->y, *columns = &resample->x;
    int64_t n_channels = resample->n_channels, n = columns->from * n_channels;
    memset(resample->sums, 0, (size_t)n * sizeof *resample->sums);
    for (int32_t k = 0; k < rows->counts[y]; k++) {
        float weight = rows->weights[y * rows->n_taps + k];
        const uint8_t *pixels = resample->pixels + (rows->first[y] + k) * n;
        for (int64_t i = 0; i < n; i++)
            resample->sums[i] += weight * (float)pixels[i];
    }
    for (int64_t x = 0; x < columns->n; x++) {
        const float *weights = columns->weights + x * columns->n_taps;
        const float *sums = resample->sums + columns->first[x] * n_channels;
        for (int64_t c = 0; c < n_channels; c++) {
            float sum = 0;
            for (int32_t k = 0; k < columns->counts[x]; k++)
                sum += weights[k] * sums[k * n_channels + c];
            row[x * n_channels + c] = sum;
        }
    }
}

void resample_close(struct resample *resample)
{
    close_axis(&resample->x);
    close_axis(&resample->y);
    free(resample->sums);
}
