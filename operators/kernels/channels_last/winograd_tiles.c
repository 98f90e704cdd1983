#include "operators/kernels/activation/activation.h"
#include "operators/kernels/channels_last/channels_last.h"
#include "operators/kernels/channels_last/channels_last_tile.h"
#include "operators/kernels/channels_last/winograd_chunk.h"
#include "operators/kernels/conv/conv_private.h"
#include "operators/kernels/conv/winograd_guard.h"
#include "operators/kernels/conv/winograd_transform.h"

enum { PIXELS = CHANNELS_LAST_PIXELS, PANEL = CHANNELS_LAST_PANEL };

/* Where the inputs of a tile are. */
static void point_tile(const struct winograd_chunk *chunk, int64_t tile, const float **to)
{
    const struct winograd_job *job = chunk->job;
    const struct conv_shape *shape = job->call->shape;
    const struct winograd_layout *l = &job->l;
    const int64_t channels = shape->groups * shape->channels, width = shape->input[2];
    const int64_t top = tile / l->across * l->m - shape->pad[1];
    const int64_t left = tile % l->across * l->m - shape->pad[2];
    const float *image = (const float *)job->call->x +
                         chunk->image * shape->input[1] * width * channels +
                         chunk->group * shape->channels;
    for (int64_t i = 0; i < l->alpha; i++)
        for (int64_t j = 0; j < l->alpha; j++, to++) {
            const int64_t y = top + i, x = left + j;
            const bool inside = y >= 0 && y < shape->input[1] && x >= 0 && x < width;
            *to = inside ? image + (y * width + x) * channels : job->zeros;
        }
}

static int32_t largest_lane(vi32 sizes)
{
    int32_t lanes[VF32_LANES], most = 0;
    vi32_store(lanes, sizes);
    for (int i = 0; i < VF32_LANES; i++)
        most = lanes[i] > most ? lanes[i] : most;
    return most;
}

static int32_t pixel_size(const float *pixel, int64_t channels)
{
    vi32 size = vi32_zero();
    for (int64_t c = 0; c < channels; c += VF32_LANES) {
        const vf32 x = vf32_load_n(pixel + c, (int)min_i64(VF32_LANES, channels - c));
        size = vi32_max(size, vi32_and(vf32_as_vi32(x), vi32_set1(INT32_MAX)));
    }
    return largest_lane(size);
}

/* Whether the guard finds the tile, whose largest size is known. Every window of 3 x 3 holds one of
 * the pixels whose coordinates are 2 modulo 3: mostly they settle it. */
static bool is_found(const struct winograd_job *job, const float *const *pixels, int32_t largest)
{
    const int64_t alpha = job->l.alpha, channels = job->call->shape->channels;
    int32_t sizes[WINOGRAD_MAX_POINTS], least = INT32_MAX;
    for (int64_t i = 2; i < alpha; i += 3)
        for (int64_t j = 2; j < alpha; j += 3) {
            const int32_t size = pixel_size(pixels[i * alpha + j], channels);
            least = size < least ? size : least;
        }
    if (!winograd_differ(least, largest))
        return false;
    for (int64_t i = 0; i < job->l.points; i++)
        sizes[i] = pixel_size(pixels[i], channels);
    return winograd_finds_tile(job->l.m, sizes);
}

void winograd_transform_inputs(const struct winograd_chunk *chunk, int64_t begin, int64_t end)
{
    const struct winograd_job *job = chunk->job;
    const struct winograd_layout *l = &job->l;
    const int64_t channels = job->call->shape->channels;
    const float *pixels[WINOGRAD_MAX_POINTS];
    for (int64_t t = begin; t < end; t++) {
        vi32 size = vi32_zero();
        point_tile(chunk, chunk->begin + t, pixels);
        for (int64_t c = 0; c < channels; c += VF32_LANES)
            size = winograd_input_channels(l->m, pixels, c, (int)min_i64(VF32_LANES, channels - c),
                                           chunk->v + t * l->v_tile + c, l->v_point, size);
        chunk->found[t] = is_found(job, pixels, largest_lane(size));
    }
}

/* Element of y that output (i, j) of a tile begins with. */
static int64_t output_at(const struct winograd_chunk *chunk, int64_t tile, int64_t i, int64_t j)
{
    const struct conv_shape *shape = chunk->job->call->shape;
    const struct winograd_layout *l = &chunk->job->l;
    const int64_t y = tile / l->across * l->m + i, x = tile % l->across * l->m + j;
    const int64_t pixel = (chunk->image * shape->output[1] + y) * shape->output[2] + x;
    return pixel * chunk->job->call->pitch + chunk->group * shape->maps;
}

/* The outputs of a tile that are in the image. */
static void tile_extent(const struct winograd_job *job, int64_t tile, int64_t *rows,
                        int64_t *columns)
{
    const struct conv_shape *shape = job->call->shape;
    const struct winograd_layout *l = &job->l;
    *rows = min_i64(l->m, shape->output[1] - tile / l->across * l->m);
    *columns = min_i64(l->m, shape->output[2] - tile % l->across * l->m);
}

static inline vf32 take(const float *p, int n)
{
    return n >= VF32_LANES ? vf32_load(p) : vf32_load_n(p, n);
}

void winograd_activate(const struct winograd_chunk *chunk, const struct winograd_piece *piece,
                       int64_t tile)
{
    const struct conv_call *call = chunk->job->call;
    int64_t rows, columns;
    tile_extent(chunk->job, tile, &rows, &columns);
    for (int64_t i = 0; i < rows; i++)
        channels_last_activate(call, (float *)call->y + output_at(chunk, tile, i, 0) + piece->map,
                               columns, min_i64(piece->end_map, call->shape->maps) - piece->map);
}

void winograd_transform_outputs(const struct winograd_chunk *chunk,
                                const struct winograd_piece *piece, int64_t t)
{
    const struct conv_call *call = chunk->job->call;
    const struct winograd_layout *l = &chunk->job->l;
    const int64_t tile = chunk->begin + t, maps = call->shape->maps;
    const float *products = piece->products + (t - piece->begin) * l->p_tile;
    const float *bias = call->bias, *addend = call->addend;
    const bool relu = call->activation->kind == HINGE_ACT_RELU;
    const int64_t corner = output_at(chunk, tile, 0, 0);
    int64_t rows, columns;
    tile_extent(chunk->job, tile, &rows, &columns);
    for (int64_t map = piece->map; map < min_i64(piece->end_map, maps); map += VF32_LANES) {
        const int n = (int)min_i64(VF32_LANES, maps - map);
        const vf32 first = bias ? take(bias + chunk->group * maps + map, n) : vf32_zero();
        vf32 sums[16];
        winograd_output_maps(l->m, products + map - piece->map, l->p_point, sums);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++) {
                const int64_t to = corner + (i * call->shape->output[2] + j) * call->pitch + map;
                vf32 sum = vf32_add(sums[i * l->m + j], first);
                if (addend)
                    sum = vf32_add(sum, take(addend + to, n));
                if (relu)
                    sum = activation_relu(sum);
                if (n == VF32_LANES)
                    vf32_store((float *)call->y + to, sum);
                else
                    vf32_store_n((float *)call->y + to, sum, n);
            }
    }
}

/* One tile's part of some channels and a panel, by weights in the order (channel, position). */
static void convolve_tile(const struct winograd_chunk *chunk, const struct winograd_piece *piece,
                          int64_t tile, int64_t channel, int64_t n_channels, int64_t map)
{
    const struct conv_call *call = chunk->job->call;
    const struct winograd_layout *l = &chunk->job->l;
    const int64_t maps = call->shape->maps, depth = n_channels * 9;
    const float *pixels[WINOGRAD_MAX_POINTS], *rows[PIXELS];
    float *patches = piece->direct + WINOGRAD_DIRECT_CHANNELS * 9 * PANEL;
    const bool is_last = channel + n_channels == call->shape->channels;
    int64_t n_rows, n_columns;
    point_tile(chunk, tile, pixels);
    tile_extent(chunk->job, tile, &n_rows, &n_columns);
    for (int64_t i = 0; i < n_rows; i++) {
        const int64_t first = output_at(chunk, tile, i, 0) + map;
        for (int64_t j = 0; j < n_columns; j++)
            for (int64_t k = 0; k < depth; k++)
                patches[j * depth + k] =
                    pixels[(i + k % 9 / 3) * l->alpha + j + k % 3][channel + k / 9];
        for (int64_t j = 0; j < PIXELS; j++)
            rows[j] = patches + min_i64(j, n_columns - 1) * depth;
        channels_last_tile(&(struct channels_last_tile){
            .pixels = (int)n_columns,
            .channels = (int)min_i64(PANEL, maps - map),
            .segments = rows,
            .length = depth,
            .depth = depth,
            .weights = piece->direct,
            .ahead = (uintptr_t)piece->direct,
            .bias = call->bias ? (const float *)call->bias + chunk->group * maps + map : NULL,
            .accumulate = channel > 0,
            .relu = is_last && call->activation->kind == HINGE_ACT_RELU,
            .addend = is_last && call->addend ? (const float *)call->addend + first : NULL,
            .y = (float *)call->y + first,
            .stride = call->pitch,
        });
    }
}

void winograd_convolve_directly(const struct winograd_chunk *chunk,
                                const struct winograd_piece *piece)
{
    const int64_t channels = chunk->job->call->shape->channels;
    for (int64_t map = piece->map; map < piece->end_map; map += PANEL) {
        const int64_t width = min_i64(PANEL, piece->end_map - map);
        for (int64_t c = 0, some; c < channels; c += some) {
            some = min_i64(WINOGRAD_DIRECT_CHANNELS, channels - c);
            winograd_restore(chunk->job->l.m, winograd_panel_weights(chunk, map) + c * width,
                             channels * width, some * width, width, piece->direct);
            for (int64_t t = piece->begin; t < piece->end; t++)
                if (chunk->found[t])
                    convolve_tile(chunk, piece, chunk->begin + t, c, some, map);
        }
    }
}
