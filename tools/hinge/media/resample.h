/* A part of an image in another size, a row at a time: bilinear, with the triangle as wide as the
 * pixels that a smaller image's pixel covers. */
#ifndef TOOL_RESAMPLE_H
#define TOOL_RESAMPLE_H

#include "base/error.h"

/* One axis: from so many pixels to so many, of which n are wanted from begin on. */
struct resample_axis {
    int64_t from, to, begin, n;
    int64_t *first;  /* of each wanted: the first pixel that it is made of, */
    int32_t *counts; /* how many there are, */
    float *weights;  /* and their weights, n_taps for each */
    int64_t n_taps;
};

struct resample {
    const uint8_t *pixels; /* rows of x.from pixels */
    int64_t n_channels;
    struct resample_axis x, y;
    float *sums; /* a row of the image, summed over the rows that make up one */
};

/* The caller has set all that does not point; sizes are above 0, the part lies within to. On
 * failure nothing is to be freed. */
bool resample_open(struct resample *resample, hinge_error *error);
/* The wanted row y: x.n × n_channels numbers. */
void resample_row(struct resample *resample, int64_t y, float *row);
void resample_close(struct resample *resample);

#endif
