#include "operators/kernels/channels_last/channels_last.h"

#include "operators/kernels/activation/activation.h"
#include "operators/kernels/channels_last/channels_last_direct.h"
#include "operators/kernels/channels_last/channels_last_tile.h"
#include "operators/kernels/channels_last/depthwise_channels_last.h"
#include "operators/kernels/channels_last/winograd_channels_last.h"
#include "operators/kernels/conv/conv_private.h"
#include "operators/kernels/conv/winograd.h"
#include "operators/kernels/conv/winograd_guard.h"

/* Below so many channels or maps the transforms cost more than the products they save. */
enum { MIN_CHANNELS = 16 };

/* Products in the time that it takes to read one weight from memory. */
enum { PRODUCTS_PER_WEIGHT = 24 };

static bool has(unsigned methods, enum channels_last_method method)
{
    return methods >> method & 1;
}

unsigned channels_last_methods(const struct conv_shape *shape, bool sizes_fixed,
                               const float *weights, bool exact)
{
    if (depthwise_channels_last_fits(shape, weights))
        return 1U << CHANNELS_LAST_DEPTHWISE;
    unsigned methods = 1U << CHANNELS_LAST_DIRECT;
    if (!exact && winograd_fits(shape) && shape->channels >= MIN_CHANNELS &&
        shape->maps >= MIN_CHANNELS &&
        winograd_accepts(weights, shape->groups * shape->maps * conv_taps(shape)))
        methods |= 1U << CHANNELS_LAST_WINOGRAD_2 | 1U << CHANNELS_LAST_WINOGRAD_4;
    if (sizes_fixed)
        return 1U << channels_last_choose(shape, methods);
    return methods & ~(1U << CHANNELS_LAST_WINOGRAD_2);
}

static int64_t winograd_size(enum channels_last_method method)
{
    return method == CHANNELS_LAST_WINOGRAD_2 ? 2 : 4;
}

/* Products, or as long as they take, for each pair of a channel and a map. */
static double cost(const struct conv_shape *shape, enum channels_last_method method)
{
    if (method == CHANNELS_LAST_DIRECT)
        return (double)conv_pixels(shape->kernel) *
               ((double)conv_pixels(shape->output) + PRODUCTS_PER_WEIGHT);
    const int64_t m = winograd_size(method);
    const int64_t tiles = ceil_div(shape->output[1], m) * ceil_div(shape->output[2], m);
    return (double)((m + 2) * (m + 2)) * ((double)tiles + PRODUCTS_PER_WEIGHT);
}

enum channels_last_method channels_last_choose(const struct conv_shape *shape, unsigned methods)
{
    for (int m = 0; m < CHANNELS_LAST_N_METHODS; m++)
        if (methods == 1U << m)
            return (enum channels_last_method)m;
    enum channels_last_method best = CHANNELS_LAST_DIRECT;
    for (int m = CHANNELS_LAST_WINOGRAD_2; m <= CHANNELS_LAST_WINOGRAD_4; m++)
        if (has(methods, (enum channels_last_method)m) &&
            cost(shape, (enum channels_last_method)m) < cost(shape, best))
            best = (enum channels_last_method)m;
    return best;
}

int64_t channels_last_packed_count(const struct conv_shape *shape, enum channels_last_method method)
{
    switch (method) {
    case CHANNELS_LAST_DIRECT: return channels_last_direct_packed_count(shape);
    case CHANNELS_LAST_DEPTHWISE: return depthwise_channels_last_packed_count(shape);
    default: return winograd_channels_last_packed_count(shape, winograd_size(method));
    }
}

int64_t channels_last_n_panels(const struct conv_shape *shape)
{
    return shape->groups * ceil_div(shape->maps, CHANNELS_LAST_PANEL);
}

void channels_last_pack(const struct conv_shape *shape, enum channels_last_method method,
                        const float *weights, float *packed, int64_t begin, int64_t end)
{
    switch (method) {
    case CHANNELS_LAST_DIRECT: channels_last_direct_pack(shape, weights, packed, begin, end); break;
    case CHANNELS_LAST_DEPTHWISE:
        depthwise_channels_last_pack(shape, weights, packed, begin, end);
        break;
    default: winograd_channels_last_pack(shape, winograd_size(method), weights, packed, begin, end);
    }
}

int64_t channels_last_scratch(const struct conv_shape *shape, enum channels_last_method method,
                              unsigned n_threads)
{
    switch (method) {
    case CHANNELS_LAST_DIRECT: return channels_last_direct_scratch(shape, n_threads);
    case CHANNELS_LAST_DEPTHWISE: return depthwise_channels_last_scratch(shape, n_threads);
    default: return winograd_channels_last_scratch(shape, winograd_size(method), n_threads);
    }
}

void channels_last_run(const struct conv_call *call, enum channels_last_method method)
{
    switch (method) {
    case CHANNELS_LAST_DIRECT: channels_last_direct_run(call); break;
    case CHANNELS_LAST_DEPTHWISE: depthwise_channels_last_run(call); break;
    default: winograd_channels_last_run(call, winograd_size(method));
    }
}

void channels_last_activate(const struct conv_call *call, float *y, int64_t n_pixels, int64_t count)
{
    const enum hinge_activation_kind kind = call->activation->kind;
    if (kind == HINGE_ACT_NONE || kind == HINGE_ACT_RELU)
        return;
    /* Pixels without a gap are one row: those of few channels would be a call each. */
    if (count == call->pitch) {
        activation_f32(call->activation, y, y, n_pixels * count);
        return;
    }
    for (int64_t p = 0; p < n_pixels; p++, y += call->pitch)
        activation_f32(call->activation, y, y, count);
}
