#include "tests/operators/harness/convolution.h"

#include <stdlib.h>

/* Element of a tensor of so many channels and pixels, in the order of channels. */
static int64_t index_of(bool channels_last, int64_t image, int64_t channel, int64_t n_channels,
                        int64_t pixel, int64_t n_pixels)
{
    return channels_last ? (image * n_pixels + pixel) * n_channels + channel
                         : (image * n_channels + channel) * n_pixels + pixel;
}

static double sum_at(const struct harness_call *call, const struct window_geometry *g,
                     bool channels_last, const double *x, const double *w, int64_t image,
                     int64_t map, const int64_t out[3])
{
    const hinge_tensor *weights = call->inputs[1];
    const int64_t groups = harness_attr_int(call, "group", 1), channels = weights->dims[1];
    const int64_t first = map / (weights->dims[0] / groups) * channels;
    const int64_t n_pixels = g->in[0] * g->in[1] * g->in[2];
    const int64_t volume = g->kernel[0] * g->kernel[1] * g->kernel[2];
    const int64_t step = channels_last ? 1 : n_pixels;
    double sum = call->n_inputs > 2 && call->inputs[2] ? harness_get(call->inputs[2], map) : 0;
    for (int64_t z = 0; z < g->kernel[0]; z++)
        for (int64_t y = 0; y < g->kernel[1]; y++)
            for (int64_t k = 0; k < g->kernel[2]; k++) {
                const int64_t iz = out[0] * g->stride[0] + z * g->dilation[0] - g->pad[0];
                const int64_t iy = out[1] * g->stride[1] + y * g->dilation[1] - g->pad[1];
                const int64_t ix = out[2] * g->stride[2] + k * g->dilation[2] - g->pad[2];
                if (iz < 0 || iz >= g->in[0] || iy < 0 || iy >= g->in[1] || ix < 0 ||
                    ix >= g->in[2])
                    continue;
                const double *from = x + index_of(channels_last, image, first, groups * channels,
                                                  (iz * g->in[1] + iy) * g->in[2] + ix, n_pixels);
                const double *tap =
                    w + map * channels * volume + (z * g->kernel[1] + y) * g->kernel[2] + k;
                for (int64_t c = 0; c < channels; c++)
                    sum += from[c * step] * tap[c * volume];
            }
    return sum;
}

static double activate(const struct hinge_activation *activation, double x)
{
    switch (activation->kind) {
    case HINGE_ACT_RELU: return x < 0 ? 0 : x;
    case HINGE_ACT_CLIP:
        return x < activation->alpha  ? activation->alpha
               : x > activation->beta ? activation->beta
                                      : x;
    default: return x;
    }
}

/* In call input 0 has its dimensions with the channels first, wherever they are in memory. */
static void convolve(struct harness_call *call, bool channels_last)
{
    const hinge_tensor *w = call->inputs[1];
    const struct window_geometry g = window_geometry_of(call, w, false);
    const struct harness_epilogue *epilogue = &call->c->epilogue;
    int64_t dims[5], stored[5];
    const int32_t rank = window_geometry_dims(&g, call, w->dims[0], dims);
    for (int32_t d = 0; d < rank; d++)
        stored[d] = dims[!channels_last || d == 0 ? d : d == rank - 1 ? 1 : d + 1];
    const int64_t pixels = g.out[0] * g.out[1] * g.out[2], n_maps = dims[1];
    const int64_t n_stored = harness_attr_int(call, "channels", n_maps);
    const int64_t first = harness_attr_int(call, "first_channel", 0);
    if (channels_last)
        stored[rank - 1] = n_stored;
    hinge_tensor *y = harness_output(call, 0, call->inputs[0]->type, rank, stored);
    for (int64_t i = 0; i < hinge_count(y) && n_stored > n_maps; i++)
        harness_set(y, i, harness_get(call->inputs[3], i));
    double *x = harness_numbers(call->inputs[0]), *weights = harness_numbers(w);
    for (int64_t image = 0; image < dims[0]; image++)
        for (int64_t map = 0; map < n_maps; map++)
            for (int64_t p = 0; p < pixels; p++) {
                const int64_t i = index_of(channels_last, image, first + map, n_stored, p, pixels);
                const int64_t out[] = {p / (g.out[1] * g.out[2]), p / g.out[2] % g.out[1],
                                       p % g.out[2]};
                double sum = sum_at(call, &g, channels_last, x, weights, image, map, out);
                if (epilogue->addend)
                    sum += harness_get(call->inputs[epilogue->addend], i);
                harness_set(y, i, activate(&epilogue->activation, sum));
            }
    free(x);
    free(weights);
}

void convolution_reference(struct harness_call *call)
{
    convolve(call, false);
}

void convolution_channels_last_reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor first = *x;
    first.dims[1] = x->dims[x->rank - 1];
    for (int32_t d = 2; d < x->rank; d++)
        first.dims[d] = x->dims[d - 1];
    call->inputs[0] = &first;
    convolve(call, true);
    call->inputs[0] = x;
}
