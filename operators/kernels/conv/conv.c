#include "operators/kernels/conv/conv_private.h"
#include "operators/kernels/conv/depthwise.h"
#include "operators/kernels/conv/winograd.h"
#include "operators/kernels/conv/winograd_guard.h"
#include "operators/kernels/gemm/gemm_half.h"
#include "operators/kernels/half.h"

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
enum {
    WINOGRAD_MIN_CHANNELS = 16,
    WINOGRAD_4_MIN_PIXELS = 400,
    WINOGRAD_4_ALONE_MIN_PIXELS = 128, /* where there is no m = 2 */
    WINOGRAD_2_MIN_PIXELS = 100
};

static bool has(unsigned methods, enum conv_method method)
{
    return methods >> method & 1;
}

unsigned conv_methods(const struct conv_shape *shape, bool exact)
{
    if (shape->type == HINGE_DOUBLE)
        return 1U << CONV_PIXELS;
    if (shape->channels == 1 && shape->maps < 4 && conv_pixels(shape->kernel) > 1)
        return 1U << CONV_DEPTHWISE;
    unsigned methods = 1U << CONV_PIXELS | 1U << CONV_MAPS;
    if (!exact && winograd_fits(shape) && shape->channels >= WINOGRAD_MIN_CHANNELS &&
        shape->maps >= WINOGRAD_MIN_CHANNELS)
        methods |= 1U << CONV_WINOGRAD_2 | 1U << CONV_WINOGRAD_4;
    return methods;
}

unsigned conv_packed_methods(const struct conv_shape *shape, bool sizes_fixed, const float *weights,
                             bool exact)
{
    const int64_t count = shape->groups * shape->maps * conv_taps(shape);
    unsigned methods = conv_methods(shape, exact);
    if (has(methods, CONV_WINOGRAD_4) && !winograd_accepts(weights, count))
        methods = conv_methods(shape, true);
    if (sizes_fixed)
        return 1U << conv_choose(shape, methods);
    return methods & ~(1U << CONV_MAPS | 1U << CONV_WINOGRAD_2);
}

enum conv_method conv_choose(const struct conv_shape *shape, unsigned methods)
{
    for (int m = 0; m < CONV_N_METHODS; m++)
        if (methods == 1U << m)
            return (enum conv_method)m;
    const int64_t pixels = conv_pixels(shape->output);
    if (has(methods, CONV_WINOGRAD_2) && pixels >= WINOGRAD_2_MIN_PIXELS)
        return pixels < WINOGRAD_4_MIN_PIXELS ? CONV_WINOGRAD_2 : CONV_WINOGRAD_4;
    if (has(methods, CONV_WINOGRAD_4) && pixels >= WINOGRAD_4_ALONE_MIN_PIXELS)
        return CONV_WINOGRAD_4;
    if (has(methods, CONV_MAPS) && pixels <= 256 &&
        tile_cost(pixels, shape->maps) < 0.95 * tile_cost(shape->maps, pixels))
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
    case CONV_WINOGRAD_2: return shape->groups * winograd_packed_count(shape, 2);
    case CONV_WINOGRAD_4: return shape->groups * winograd_packed_count(shape, 4);
    case CONV_DEPTHWISE: return shape->groups * shape->maps * conv_taps(shape);
    default: return shape->groups * conv_strips_count(shape, packed_width(method));
    }
}

static int64_t group_strips(const struct conv_shape *shape, enum conv_method method)
{
    return method == CONV_DEPTHWISE ? 1 : ceil_div(shape->maps, packed_width(method));
}

int64_t conv_n_strips(const struct conv_shape *shape, enum conv_method method)
{
    return shape->groups * group_strips(shape, method);
}

int64_t conv_pack_grain(const struct conv_shape *shape)
{
    return gemm_grain(GEMM_ROWS * conv_taps(shape));
}

/* maps x taps from element first of the weights on, in strips. */
static void pack_direct(hinge_type type, int64_t maps, int64_t taps, const void *weights,
                        int64_t first, int64_t width, void *packed, int64_t to)
{
    if (type == HINGE_DOUBLE)
        gemm_pack_f64(maps, taps, (const double *)weights + first, taps, 1, width,
                      (double *)packed + to, taps * width);
    else if (half_is(type))
        gemm_pack_half(type, maps, taps, (const uint16_t *)weights + first, taps, 1, width,
                       (float *)packed + to, taps * width);
    else
        gemm_pack_f32(maps, taps, (const float *)weights + first, taps, 1, width,
                      (float *)packed + to, taps * width);
}

void conv_pack_weights(const struct conv_shape *shape, enum conv_method method, hinge_type type,
                       const void *weights, void *packed, int64_t begin, int64_t end)
{
    const int64_t width = packed_width(method), taps = conv_taps(shape);
    const int64_t n_strips = group_strips(shape, method);
    const int64_t group_count = conv_packed_count(shape, method) / shape->groups;
    for (int64_t i = begin; i < end; i++) {
        const int64_t group = i / n_strips, map = i % n_strips * width;
        const int64_t first = (group * shape->maps + map) * taps, to = group * group_count;
        if (method == CONV_DEPTHWISE)
            half_load(type, (float *)packed + to, (const uint16_t *)weights + first,
                      shape->maps * taps);
        else if (method == CONV_WINOGRAD_2 || method == CONV_WINOGRAD_4)
            winograd_pack_strip(shape, method == CONV_WINOGRAD_2 ? 2 : 4,
                                (const float *)weights + group * shape->maps * taps, map,
                                (float *)packed + to);
        else
            pack_direct(type, min_i64(width, shape->maps - map), taps, weights, first, width,
                        packed, to + map * taps);
    }
}

int64_t conv_scratch(const struct conv_shape *shape, enum conv_method method, unsigned n_threads)
{
    if (shape->channels == 0)
        return 0;
    switch (method) {
    case CONV_MAPS: return conv_maps_scratch(shape, n_threads);
    case CONV_WINOGRAD_2: return winograd_scratch(shape, 2, n_threads);
    case CONV_WINOGRAD_4: return winograd_scratch(shape, 4, n_threads);
    case CONV_DEPTHWISE: return depthwise_scratch(shape, n_threads);
    default:
        return shape->type == HINGE_DOUBLE ? conv_pixels_scratch_f64(shape, n_threads)
                                           : conv_pixels_scratch_f32(shape, n_threads);
    }
}

static bool is_filled(const struct conv_call *call)
{
    if (call->shape->channels > 0)
        return false;
    if (call->shape->type == HINGE_DOUBLE)
        conv_fill_f64(call);
    else
        conv_fill_f32(call);
    return true;
}

void conv_run(const struct conv_call *call, enum conv_method method)
{
    if (is_filled(call))
        return;
    switch (method) {
    case CONV_MAPS: conv_maps_run(call); break;
    case CONV_WINOGRAD_2: winograd_run(call, 2); break;
    case CONV_WINOGRAD_4: winograd_run(call, 4); break;
    case CONV_DEPTHWISE: depthwise_run(call); break;
    default:
        if (call->shape->type == HINGE_DOUBLE)
            conv_pixels_run_f64(call);
        else
            conv_pixels_run_f32(call);
        break;
    }
}

int64_t conv_transpose_scratch(const struct conv_shape *shape, unsigned n_threads)
{
    if (shape->channels == 0)
        return 0;
    return shape->type == HINGE_DOUBLE ? conv_transpose_scratch_f64(shape, n_threads)
                                       : conv_transpose_scratch_f32(shape, n_threads);
}

void conv_transpose_run(const struct conv_call *call)
{
    if (is_filled(call))
        return;
    if (call->shape->type == HINGE_DOUBLE)
        conv_transpose_run_f64(call);
    else
        conv_transpose_run_f32(call);
}
