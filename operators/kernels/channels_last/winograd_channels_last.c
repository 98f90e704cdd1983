#include "operators/kernels/channels_last/winograd_channels_last.h"

#include "operators/kernels/channels_last/channels_last_tile.h"
#include "operators/kernels/channels_last/winograd_chunk.h"
#include "operators/kernels/conv/conv_private.h"
#include "operators/kernels/conv/winograd_transform.h"

#include <string.h>

enum { PIXELS = CHANNELS_LAST_PIXELS, PANEL = CHANNELS_LAST_PANEL };

int64_t winograd_channels_last_packed_count(const struct conv_shape *shape, int64_t m)
{
    return shape->groups * (m + 2) * (m + 2) * round_up(shape->maps, VF32_LANES) * shape->channels;
}

/* [panel][point][channel][map]; the last panel may be half as wide. */
static void pack_panel(const struct conv_shape *shape, int64_t m, const float *weights, int64_t map,
                       float *packed)
{
    const int64_t channels = shape->channels, points = (m + 2) * (m + 2);
    const int64_t width = min_i64(PANEL, round_up(shape->maps, VF32_LANES) - map);
    float u[WINOGRAD_MAX_POINTS], *to = packed + map * points * channels;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t j = 0; j < width; j++, to++) {
            memset(u, 0, sizeof u);
            if (map + j < shape->maps)
                winograd_weights(m, weights + ((map + j) * channels + c) * 9, u);
            for (int64_t i = 0; i < points; i++)
                to[i * width * channels] = u[i];
        }
}

void winograd_channels_last_pack(const struct conv_shape *shape, int64_t m, const float *weights,
                                 float *packed, int64_t begin, int64_t end)
{
    const int64_t n_panels = ceil_div(shape->maps, PANEL);
    const int64_t count = winograd_channels_last_packed_count(shape, m) / shape->groups;
    for (int64_t i = begin; i < end; i++) {
        const int64_t group = i / n_panels;
        pack_panel(shape, m, weights + group * shape->maps * shape->channels * 9,
                   i % n_panels * PANEL, packed + group * count);
    }
}

static int64_t v_areas(const struct winograd_layout *l, unsigned n_threads)
{
    return l->shared ? 1 : (int64_t)n_threads;
}

int64_t winograd_channels_last_scratch(const struct conv_shape *shape, int64_t m,
                                       unsigned n_threads)
{
    const struct winograd_layout l = winograd_lay_out(shape, m, n_threads);
    int64_t count, v_count;
    if (__builtin_mul_overflow(l.thread_count, (int64_t)n_threads, &count) ||
        __builtin_mul_overflow(l.v_count, v_areas(&l, n_threads), &v_count) ||
        __builtin_add_overflow(count, v_count, &count) ||
        __builtin_add_overflow(count, l.zeros_count, &count) ||
        __builtin_mul_overflow(count, (int64_t)sizeof(float), &count))
        return -1;
    return count;
}

const float *winograd_panel_weights(const struct winograd_chunk *chunk, int64_t map)
{
    const struct conv_call *call = chunk->job->call;
    return (const float *)call->weights +
           (chunk->group * chunk->job->l.maps + map) * chunk->job->l.points * call->shape->channels;
}

static const float *point_weights(const struct winograd_chunk *chunk,
                                  const struct winograd_piece *piece, int64_t point, int64_t map)
{
    return winograd_panel_weights(chunk, map) +
           point * chunk->job->call->shape->channels * min_i64(PANEL, piece->end_map - map);
}

/* One point of a panel; next are the weights that are needed then. */
static void multiply_panel(const struct winograd_chunk *chunk, const struct winograd_piece *piece,
                           int64_t point, int64_t map, const float *next)
{
    const struct winograd_layout *l = &chunk->job->l;
    const int64_t channels = chunk->job->call->shape->channels;
    const int64_t n = piece->end - piece->begin, n_rows = ceil_div(n, PIXELS);
    const int64_t width = min_i64(PANEL, piece->end_map - map);
    const float *weights = point_weights(chunk, piece, point, map);
    const uintptr_t step_size = (uintptr_t)width * sizeof(float);
    const float *v = chunk->v + point * l->v_point + piece->begin * l->v_tile;
    const float *rows[PIXELS];
    for (int64_t k = 0; k < channels; k += l->depth) {
        const int64_t depth = min_i64(l->depth, channels - k);
        struct channels_last_tile tile = {.channels = (int)width,
                                          .segments = rows,
                                          .length = depth,
                                          .depth = depth,
                                          .weights = weights + k * width,
                                          .accumulate = k > 0,
                                          .stride = l->p_tile};
        for (int64_t r = 0; r < n_rows; r++) {
            const int64_t first = n * r / n_rows, last = n * (r + 1) / n_rows;
            for (int64_t i = 0; i < PIXELS; i++)
                rows[i] = v + min_i64(first + i, last - 1) * l->v_tile + k;
            tile.pixels = (int)(last - first);
            tile.y = piece->products + point * l->p_point + first * l->p_tile + map - piece->map;
            tile.ahead = (uintptr_t)next + (uintptr_t)(k + depth * r / n_rows) * step_size;
            tile.ahead_step = step_size / (uintptr_t)n_rows;
            channels_last_tile(&tile);
        }
    }
}

static void run_piece(const struct winograd_chunk *chunk, const struct winograd_piece *piece)
{
    const int64_t points = chunk->job->l.points;
    bool any = false;
    for (int64_t p = 0; p < points; p++)
        for (int64_t map = piece->map; map < piece->end_map; map += PANEL) {
            const bool is_last = map + PANEL >= piece->end_map;
            multiply_panel(chunk, piece, p, map,
                           is_last ? point_weights(chunk, piece, p + 1, piece->map)
                                   : point_weights(chunk, piece, p, map + PANEL));
        }
    for (int64_t t = piece->begin; t < piece->end; t++) {
        any |= chunk->found[t];
        if (!chunk->found[t])
            winograd_transform_outputs(chunk, piece, t);
    }
    if (any)
        winograd_convolve_directly(chunk, piece);
    for (int64_t t = piece->begin; t < piece->end; t++)
        winograd_activate(chunk, piece, chunk->begin + t);
}

/* A chunk's block of maps, for a thread. */
static struct winograd_piece block_piece(const struct winograd_chunk *chunk, int64_t block,
                                         unsigned thread)
{
    const struct conv_call *call = chunk->job->call;
    const struct winograd_layout *l = &chunk->job->l;
    float *scratch = (float *)call->scratch + l->zeros_count +
                     v_areas(l, call->node->n_threads) * l->v_count + thread * l->thread_count;
    return (struct winograd_piece){
        .end = chunk->end - chunk->begin,
        .map = block * l->width,
        .end_map = min_i64((block + 1) * l->width, l->maps),
        .products = scratch,
        .direct = scratch + l->direct_at,
    };
}

/* Chunk i of all, whose transformed inputs are in an area of the scratch. */
static struct winograd_chunk chunk_at(const struct winograd_job *job, int64_t i, unsigned area)
{
    const struct winograd_layout *l = &job->l;
    const int64_t index = i / l->n_chunks, part = i % l->n_chunks;
    float *v = (float *)job->call->scratch + l->zeros_count + area * l->v_count;
    return (struct winograd_chunk){
        .job = job,
        .image = index / job->call->shape->groups,
        .group = index % job->call->shape->groups,
        .begin = l->tiles * part / l->n_chunks,
        .end = l->tiles * (part + 1) / l->n_chunks,
        .v = v,
        .found = (uint8_t *)(v + l->points * l->v_point),
    };
}

static void run_chunks(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct winograd_job *job = argument;
    for (int64_t i = begin; i < end; i++) {
        const struct winograd_chunk chunk = chunk_at(job, i, thread);
        winograd_transform_inputs(&chunk, 0, chunk.end - chunk.begin);
        for (int64_t block = 0; block < job->l.n_blocks; block++) {
            const struct winograd_piece piece = block_piece(&chunk, block, thread);
            run_piece(&chunk, &piece);
        }
    }
}

static void transform_shared(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    winograd_transform_inputs(argument, begin, end);
}

static void multiply_shared(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct winograd_chunk *chunk = argument;
    const int64_t n_parts = chunk->job->l.n_parts, n = chunk->end - chunk->begin;
    for (int64_t i = begin; i < end; i++) {
        struct winograd_piece piece = block_piece(chunk, i / n_parts, thread);
        piece.begin = n * (i % n_parts) / n_parts;
        piece.end = n * (i % n_parts + 1) / n_parts;
        run_piece(chunk, &piece);
    }
}

void winograd_channels_last_run(const struct conv_call *call, int64_t m)
{
    const struct conv_shape *shape = call->shape;
    const struct hinge_node *node = call->node;
    struct winograd_job job = {
        .call = call, .l = winograd_lay_out(shape, m, node->n_threads), .zeros = call->scratch};
    const int64_t n = shape->batch * shape->groups * job.l.n_chunks;
    memset(call->scratch, 0, (size_t)job.l.zeros_count * sizeof(float));
    if (!job.l.shared) {
        node->host->parallel(node, n, 1, run_chunks, &job);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        struct winograd_chunk chunk = chunk_at(&job, i, 0);
        node->host->parallel(node, chunk.end - chunk.begin, 2048 / shape->channels + 1,
                             transform_shared, &chunk);
        node->host->parallel(node, job.l.n_blocks * job.l.n_parts, 1, multiply_shared, &chunk);
    }
}
