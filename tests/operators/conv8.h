/* For tests of convolutions of 8-bit integers: sums of products of numbers less their zero points.
 */
#ifndef TESTS_OPERATORS_CONV8_H
#define TESTS_OPERATORS_CONV8_H

#include <stdlib.h>
#include <string.h>

#include "tests/operators/harness.h"

struct conv8_case {
    const hinge_tensor *x, *w, *x_zero, *w_zero;
};

typedef double conv8_take(const struct harness_call *call, double sum, int64_t map);

static inline int64_t conv8_list(const struct harness_call *call, const char *name, int64_t i,
                                 int64_t otherwise)
{
    const struct harness_attribute *a = harness_attr(call, name);
    return a ? a->ints[i] : otherwise;
}

/* Sets output 0, of the type given, to what take makes of each sum. */
static inline void conv8_sums(struct harness_call *call, struct conv8_case c, hinge_type type,
                              conv8_take *take)
{
    const int64_t groups = harness_attr_int(call, "group", 1);
    const struct harness_attribute *auto_pad = harness_attr(call, "auto_pad");
    const int32_t n = c.x->rank - 2;
    int64_t dims[5] = {c.x->dims[0], c.w->dims[0]}, pad[3] = {0}, taps = 1;
    int64_t strides[3] = {0}, dilations[3] = {0};
    for (int32_t d = 0; d < n; d++) {
        const int64_t stride = conv8_list(call, "strides", d, 1);
        strides[d] = stride;
        dilations[d] = conv8_list(call, "dilations", d, 1);
        const int64_t reach = (c.w->dims[2 + d] - 1) * dilations[d] + 1;
        pad[d] = conv8_list(call, "pads", d, 0);
        int64_t total = pad[d] + conv8_list(call, "pads", n + d, 0);
        dims[2 + d] = (c.x->dims[2 + d] + total - reach) / stride + 1;
        if (auto_pad && strcmp(auto_pad->s, "VALID") != 0) {
            dims[2 + d] = (c.x->dims[2 + d] + stride - 1) / stride;
            total = (dims[2 + d] - 1) * stride + reach - c.x->dims[2 + d];
            total = total < 0 ? 0 : total;
            pad[d] = !strcmp(auto_pad->s, "SAME_LOWER") ? (total + 1) / 2 : total / 2;
        }
        taps *= c.w->dims[2 + d];
    }
    hinge_tensor *y = harness_output(call, 0, type, c.x->rank, dims);
    const double x_zero = c.x_zero ? harness_get(c.x_zero, 0) : 0;
    const int64_t channels = c.w->dims[1];
    int64_t plane = 1;
    for (int32_t d = 0; d < n; d++)
        plane *= c.x->dims[2 + d];
    double *x = harness_numbers(c.x), *w = harness_numbers(c.w);
    for (int64_t at = 0; at < hinge_count(y); at++) {
        int64_t place[HINGE_MAX_RANK];
        harness_coordinates(y, at, place);
        const int64_t map = place[1], group = map / (c.w->dims[0] / groups);
        const double w_zero =
            !c.w_zero ? 0 : harness_get(c.w_zero, hinge_count(c.w_zero) == 1 ? 0 : map);
        const double *image = x + (place[0] * c.x->dims[1] + group * channels) * plane;
        const double *kernel = w + map * channels * taps;
        double sum = 0;
        for (int64_t tap = 0; tap < taps; tap++) {
            int64_t rest = tap, offset = 0, step = 1;
            bool inside = true;
            for (int32_t d = n; d-- > 0; step *= c.x->dims[2 + d]) {
                const int64_t from =
                    place[2 + d] * strides[d] - pad[d] + rest % c.w->dims[2 + d] * dilations[d];
                rest /= c.w->dims[2 + d];
                inside = inside && from >= 0 && from < c.x->dims[2 + d];
                offset += from * step;
            }
            for (int64_t i = 0; inside && i < channels; i++)
                sum += (image[i * plane + offset] - x_zero) * (kernel[i * taps + tap] - w_zero);
        }
        harness_set(y, at, take(call, sum, map));
    }
    free(x);
    free(w);
}

#endif
