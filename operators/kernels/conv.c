#include "operators/kernels/conv.h"

#include "operators/kernels/activation.h"
#include "operators/kernels/depthwise.h"
#include "operators/kernels/winograd.h"

/* Tiles of the product, weighted by what one costs: a tile of few rows still loads its panel, and
 * one of half the columns takes more than half the time. */
static double tile_cost(int64_t rows, int64_t columns)
{
    const int64_t full = columns / GEMM_COLUMNS, rest = columns % GEMM_COLUMNS;
    const double across = (double)full + (rest == 0 ? 0 : rest <= GEMM_COLUMNS / 2 ? 0.6 : 1.0);
    const int64_t last = rows % GEMM_ROWS;
    const double down =
        (double)(rows / GEMM_ROWS * GEMM_ROWS) + (last == 0                   ? 0
                                                  : last < 4 && GEMM_ROWS > 4 ? 4.0
                                                                              : (double)last);
    return across * down;
}

/* Below so many channels or maps the transforms cost more than the products they save; m = 4 makes
 * weights four times as large, which pays where each is used for many pixels. */
enum { WINOGRAD_MIN_CHANNELS = 16, WINOGRAD_4_MIN_PIXELS = 400, WINOGRAD_2_MIN_PIXELS = 100 };

enum conv_method conv_choose(const struct conv_shape *shape)
{
    const int64_t pixels = conv_pixels(shape->output);
    if (shape->channels == 1 && shape->maps < 4 && conv_pixels(shape->kernel) > 1)
        return CONV_DEPTHWISE;
    if (winograd_fits(shape) && shape->channels >= WINOGRAD_MIN_CHANNELS &&
        shape->maps >= WINOGRAD_MIN_CHANNELS) {
        if (pixels >= WINOGRAD_4_MIN_PIXELS)
            return CONV_WINOGRAD_4;
        if (pixels >= WINOGRAD_2_MIN_PIXELS)
            return CONV_WINOGRAD_2;
    }
    if (pixels <= 256 && tile_cost(pixels, shape->maps) < 0.95 * tile_cost(shape->maps, pixels))
        return CONV_MAPS;
    return CONV_PIXELS;
}

static int64_t packed_width(enum conv_method method)
{
    return method == CONV_MAPS ? GEMM_COLUMNS : GEMM_ROWS;
}

int64_t conv_packed_count(const struct conv_shape *shape, enum conv_method method)
{
    switch (method) {
    case CONV_WINOGRAD_2: return winograd_packed_count(shape, 2);
    case CONV_WINOGRAD_4: return winograd_packed_count(shape, 4);
    case CONV_DEPTHWISE: return 0;
    default: return gemm_round_up(shape->maps, packed_width(method)) * conv_taps(shape);
    }
}

void conv_pack_weights(const struct conv_shape *shape, enum conv_method method,
                       const float *weights, float *packed)
{
    const int64_t width = packed_width(method), taps = conv_taps(shape);
    switch (method) {
    case CONV_WINOGRAD_2: winograd_pack_weights(shape, 2, weights, packed); break;
    case CONV_WINOGRAD_4: winograd_pack_weights(shape, 4, weights, packed); break;
    case CONV_DEPTHWISE: break;
    default: gemm_pack(shape->maps, taps, weights, taps, 1, width, packed, taps * width); break;
    }
}

int64_t conv_scratch(const struct conv_shape *shape, enum conv_method method, unsigned n_threads)
{
    switch (method) {
    case CONV_MAPS: return conv_maps_scratch(shape, n_threads);
    case CONV_WINOGRAD_2: return winograd_scratch(shape, 2, n_threads);
    case CONV_WINOGRAD_4: return winograd_scratch(shape, 4, n_threads);
    case CONV_DEPTHWISE: return depthwise_scratch(shape, n_threads);
    default: return conv_pixels_scratch(shape, n_threads);
    }
}

void conv_run(const struct conv_call *call, enum conv_method method)
{
    switch (method) {
    case CONV_MAPS: conv_maps_run(call); break;
    case CONV_WINOGRAD_2: winograd_run(call, 2); break;
    case CONV_WINOGRAD_4: winograd_run(call, 4); break;
    case CONV_DEPTHWISE: depthwise_run(call); break;
    default: conv_pixels_run(call); break;
    }
}

void conv_finish(const struct conv_call *call, float *y, int64_t count)
{
    if (call->addend) {
        const float *addend = call->addend + (y - call->y);
        for (int64_t i = 0; i < count; i++)
            y[i] += addend[i];
    }
    if (call->activation->kind != HINGE_ACT_NONE)
        activation_f32(call->activation, y, y, count);
}
