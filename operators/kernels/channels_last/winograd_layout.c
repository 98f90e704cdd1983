#include "operators/kernels/channels_last/channels_last_tile.h"
#include "operators/kernels/channels_last/winograd_chunk.h"
#include "operators/kernels/integer.h"

enum { PIXELS = CHANNELS_LAST_PIXELS, PANEL = CHANNELS_LAST_PANEL };

/* Bytes of transformed inputs and products of a chunk of tiles: all in the L2 cache beside the
 * weights, or more where these are streamed: so many floats that no cache keeps them from chunk to
 * chunk. More still where one chunk is all. */
enum {
    CHUNK_SIZE = 640 * 1024,
    STREAM_CHUNK_SIZE = 896 * 1024,
    STREAM_ALL_SIZE = 1280 * 1024,
    MAX_WEIGHTS = 384 * 1024
};

/* Panels of streamed weights that are worked on at a time: more than one, so that a point's inputs
 * are read less often. Times that inputs and products go through memory, in all, if they do not
 * stay in the cache. */
enum { STREAM_PANELS = 2, SPILL_PASSES = 10 };

/* Depth that is summed at a time. */
enum { MAX_DEPTH = 512 };

static int64_t depth_step(const struct conv_shape *shape)
{
    return ceil_div(shape->channels, ceil_div(shape->channels, MAX_DEPTH));
}

/* Not a multiple of 4 KiB, at which tiles or points would share a set of the L1 cache. */
static int64_t pitch(int64_t count)
{
    return round_up(count, 16) + 16;
}

/* For one thread. All tiles are one chunk where it costs less that they leave the cache than that
 * weights are streamed again and again. */
static void cut_chunks(bool streams, struct winograd_layout *l)
{
    l->width = streams ? STREAM_PANELS * PANEL : l->maps;
    const int64_t tile_size = l->points * (l->v_tile + pitch(l->width)) * (int64_t)sizeof(float);
    const bool is_one = streams && l->tiles <= STREAM_ALL_SIZE / tile_size;
    const int64_t most = (streams ? STREAM_CHUNK_SIZE : CHUNK_SIZE) / tile_size / PIXELS * PIXELS;
    l->n_chunks = is_one ? 1 : ceil_div(l->tiles, max_i64(PIXELS, most));
    if (streams && (l->n_chunks - 1) * l->maps > SPILL_PASSES * l->tiles) {
        l->n_chunks = 1;
        l->width = l->maps;
    }
}

/* Each thread does chunks of its own, of which all get equally many. Where there are not enough,
 * all work on one after the other, each on some blocks of maps, and on parts of the tiles where
 * blocks do not come out even. */
static void share_chunks(const struct conv_shape *shape, bool streams, int64_t n_threads,
                         struct winograd_layout *l)
{
    const int64_t images = max_i64(1, shape->batch * shape->groups);
    l->shared = l->n_chunks * images < n_threads;
    if (l->shared) {
        l->width = min_i64(l->width, round_up(ceil_div(l->maps, n_threads), PANEL));
        const int64_t n_blocks = ceil_div(l->maps, l->width);
        if (n_blocks < 4 * n_threads && n_blocks % n_threads)
            l->n_parts = min_i64(n_threads, ceil_div(ceil_div(l->tiles, l->n_chunks), 8));
    } else if (!streams && l->n_chunks * images < 4 * n_threads) {
        l->n_chunks = max_i64(1, min_i64(ceil_div(4 * n_threads, images), l->tiles / 4));
    } else if (images == 1) {
        l->n_chunks = min_i64(round_up(l->n_chunks, n_threads), l->tiles);
    }
}

struct winograd_layout winograd_lay_out(const struct conv_shape *shape, int64_t m,
                                        unsigned n_threads)
{
    struct winograd_layout l = {.m = m, .alpha = m + 2, .points = (m + 2) * (m + 2), .n_parts = 1};
    l.across = ceil_div(shape->output[2], m);
    l.tiles = l.across * ceil_div(shape->output[1], m);
    l.depth = depth_step(shape);
    l.maps = round_up(shape->maps, VF32_LANES);
    l.v_tile = pitch(shape->channels);
    const bool streams = l.points * l.maps * shape->channels > MAX_WEIGHTS;
    cut_chunks(streams, &l);
    if (n_threads > 1)
        share_chunks(shape, streams, n_threads, &l);
    l.n_blocks = ceil_div(l.maps, l.width);
    l.p_tile = pitch(l.width);
    l.chunk = ceil_div(l.tiles, l.n_chunks);
    l.v_point = l.chunk * l.v_tile + 16;
    l.p_point = l.chunk * l.p_tile + 16;
    l.zeros_count = round_up(shape->channels, 16);
    l.v_count = l.points * l.v_point + round_up(l.chunk, 64) / 4;
    l.direct_at = l.points * l.p_point;
    l.thread_count = l.direct_at + WINOGRAD_DIRECT_CHANNELS * 9 * (PANEL + m * m);
    return l;
}
