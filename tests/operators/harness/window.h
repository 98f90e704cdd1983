/* The geometry of a sliding window, read from a case's attributes, for the references of
 * convolutions and poolings. */
#ifndef TESTS_OPERATORS_HARNESS_WINDOW_H
#define TESTS_OPERATORS_HARNESS_WINDOW_H

#include "tests/operators/harness.h"

/* Per spatial axis, right-aligned in three; missing outer axes are 1 (pads 0). */
struct window_geometry {
    int32_t n;
    int64_t in[3], out[3], kernel[3], stride[3], dilation[3], pad[3], pad_end[3];
};

/* weight (its axes from the third on) or, where it is NULL, kernel_shape gives the kernel. */
struct window_geometry window_geometry_of(const struct harness_call *call,
                                          const hinge_tensor *weight, bool ceil);

/* The dims of an output with input 0's batch and so many channels; returns its rank. */
int32_t window_geometry_dims(const struct window_geometry *g, const struct harness_call *call,
                             int64_t channels, int64_t *dims);

#endif
