#include "operators/kernels/channels_last/channels_last_direct.h"

#include "operators/kernels/channels_last/channels_last.h"
#include "operators/kernels/channels_last/channels_last_points.h"
#include "operators/kernels/channels_last/channels_last_tile.h"
#include "operators/kernels/conv/conv_private.h"

#include <string.h>

enum { PIXELS = CHANNELS_LAST_PIXELS, PANEL = CHANNELS_LAST_PANEL };

/* Depth that is summed at a time; bytes of weights of so much depth that stay in the L2 cache while
 * all pixels of a piece meet them. */
enum { MAX_DEPTH = 512, WEIGHTS_SIZE = 256 * 1024 };

/* Tiles of a piece, and bytes of its pointers and of its copies of inputs at the image's edge. */
enum { MAX_TILES = 16, MIN_TILES = 4, POINTERS_SIZE = 32 * 1024, PATCHES_SIZE = 128 * 1024 };

/* Pixels that lie a multiple of this many bytes apart fall into one set of the L1 cache, which has
 * fewer ways than a tile has pixels: the depth that is summed is copied then, with a pitch of its
 * own. */
enum { CONFLICT = 4096, COPY_PITCH = MAX_DEPTH + 16 };

/* Products of a piece after which a run should look whether it is to go on, some milliseconds. */
#define PIECE_MAX ((int64_t)1 << 29)

struct pieces {
    struct channels_last_segments segments;
    bool copies;                                                  /* see CONFLICT */
    int64_t depth;                                                /* summed at a time */
    int64_t n_chunks;                                             /* of an image's pixels */
    int64_t tiles;                                                /* at most, of a chunk */
    int64_t n_parts;                                              /* of a group's panels */
    int64_t zeros_size, pointers_size, patches_size, thread_size; /* of scratch, in bytes */
};

struct job {
    const struct conv_call *call;
    struct pieces p;
};

static int64_t padded_maps(const struct conv_shape *shape)
{
    return round_up(shape->maps, VF32_LANES);
}

static int64_t group_panels(const struct conv_shape *shape)
{
    return ceil_div(shape->maps, PANEL);
}

/* Without channels the kernel may be of any size. */
static int64_t depth_of(const struct conv_shape *shape)
{
    return shape->channels ? conv_taps(shape) : 0;
}

static int64_t depth_step(const struct conv_shape *shape)
{
    const int64_t depth = depth_of(shape);
    return depth > 0 ? ceil_div(depth, ceil_div(depth, MAX_DEPTH)) : 1;
}

int64_t channels_last_direct_packed_count(const struct conv_shape *shape)
{
    return shape->groups * padded_maps(shape) * depth_of(shape);
}

/* [block of depth][panel][step of depth][map]; the last panel may be half as wide. */
static void pack_panel(const struct conv_shape *shape, const float *weights, int64_t map,
                       float *packed)
{
    const int64_t depth = depth_of(shape), step = depth_step(shape);
    const int64_t positions = conv_pixels(shape->kernel), maps = padded_maps(shape);
    const int64_t width = min_i64(PANEL, maps - map), n = min_i64(PANEL, shape->maps - map);
    for (int64_t begin = 0; begin < depth; begin += step) {
        const int64_t end = min_i64(depth, begin + step);
        float *to = packed + begin * maps + map * (end - begin);
        for (int64_t k = begin; k < end; k++, to += width) {
            const float *from =
                weights + map * depth + k % shape->channels * positions + k / shape->channels;
            for (int64_t j = 0; j < width; j++)
                to[j] = j < n ? from[j * depth] : 0;
        }
    }
}

void channels_last_direct_pack(const struct conv_shape *shape, const float *weights, float *packed,
                               int64_t begin, int64_t end)
{
    const int64_t depth = depth_of(shape), n_panels = group_panels(shape);
    for (int64_t i = begin; i < end; i++) {
        const int64_t group = i / n_panels;
        pack_panel(shape, weights + group * shape->maps * depth, i % n_panels * PANEL,
                   packed + group * padded_maps(shape) * depth);
    }
}

/* Chunks of pixels first, then parts of the panels, until there are enough pieces for threads to
 * finish together. */
static struct pieces cut(const struct conv_shape *shape, unsigned n_threads)
{
    struct pieces p = {.segments = channels_last_segments(shape), .depth = depth_step(shape)};
    const uint64_t pitch = (uint64_t)shape->stride[2] * (uint64_t)shape->groups *
                           (uint64_t)shape->channels * sizeof(float);
    p.copies = shape->channels > 0 && pitch % CONFLICT == 0;
    const int64_t pixels = conv_pixels(shape->output), tiles = ceil_div(pixels, PIXELS);
    const int64_t images = shape->batch * shape->groups;
    const double rounded = (double)images * (double)tiles * PIXELS; /* as a tile costs */
    const int64_t wanted =
        gemm_pieces(rounded * (double)shape->maps * (double)depth_of(shape), n_threads);
    int64_t most = MAX_TILES;
    const int64_t tile_pointers = p.segments.n * PIXELS * (int64_t)sizeof(float *);
    const int64_t tile_patches =
        p.segments.by_row ? depth_of(shape) * PIXELS * (int64_t)sizeof(float) : 0;
    if (tile_pointers > 0)
        most = min_i64(most, POINTERS_SIZE / tile_pointers);
    if (tile_patches > 0)
        most = min_i64(most, PATCHES_SIZE / tile_patches);
    p.n_chunks = ceil_div(tiles, max_i64(most, 1));
    if (p.n_chunks * images < wanted)
        p.n_chunks =
            max_i64(p.n_chunks, min_i64(ceil_div(wanted, images), ceil_div(tiles, MIN_TILES)));
    p.tiles = ceil_div(ceil_div(pixels, p.n_chunks), PIXELS);
    p.n_parts = ceil_div(p.tiles * PIXELS * depth_of(shape), PIECE_MAX / shape->maps + 1);
    if (p.n_chunks * images < wanted)
        p.n_parts = max_i64(p.n_parts, ceil_div(wanted, p.n_chunks * images));
    p.n_parts = max_i64(1, min_i64(p.n_parts, group_panels(shape)));
    p.zeros_size = round_up(p.segments.length * (int64_t)sizeof(float), 64);
    p.pointers_size = round_up(p.tiles * tile_pointers, 64);
    p.patches_size = round_up(p.tiles * tile_patches, 64);
    p.thread_size = p.pointers_size + p.patches_size;
    if (p.copies)
        p.thread_size += COPY_PITCH * PIXELS * (int64_t)sizeof(float);
    return p;
}

int64_t channels_last_direct_scratch(const struct conv_shape *shape, unsigned n_threads)
{
    const struct pieces p = cut(shape, n_threads);
    int64_t size;
    if (__builtin_mul_overflow(p.thread_size, (int64_t)n_threads, &size) ||
        __builtin_add_overflow(size, p.zeros_size, &size))
        return -1;
    return size;
}

/* Pixels [begin, end) of an image and panels [first, last) of a group. */
struct piece {
    int64_t image, group, begin, end, first, last;
    const float *const *pointers;
    float *copies;
};

/* Makes tile read one segment for each pixel, a copy of the depth that it is to sum. */
static void copy_inputs(struct channels_last_tile *tile, const float **segments, float *copies)
{
    const float *const *from = tile->segments;
    int64_t begin = tile->first;
    for (int64_t done = 0; done < tile->depth; begin = 0, from += PIXELS) {
        const int64_t n = min_i64(tile->length - begin, tile->depth - done);
        for (int p = 0; p < tile->pixels; p++)
            memcpy(copies + p * COPY_PITCH + done, from[p] + begin, (size_t)n * sizeof *copies);
        done += n;
    }
    for (int p = 0; p < PIXELS; p++)
        segments[p] = copies + min_i64(p, tile->pixels - 1) * COPY_PITCH;
    tile->segments = segments;
    tile->length = tile->depth;
    tile->first = 0;
}

/* The first tile waits for its weights. Those that come next are read during the later tiles: call
 * i of n for each panel reads its part. */
static void look_ahead(struct channels_last_tile *tile, uintptr_t next, int64_t i, int64_t n)
{
    const uintptr_t step = PANEL * sizeof(float);
    tile->ahead = next + (uintptr_t)(i * tile->depth / n) * step;
    tile->ahead_step = step / (uintptr_t)n;
}

/* Adds depth [k, k + depth) for panels [first, last). */
static void sum_panels(const struct job *job, const struct piece *piece, int64_t k, int64_t depth,
                       int64_t first, int64_t last)
{
    const struct conv_call *call = job->call;
    const struct conv_shape *shape = call->shape;
    const int64_t taps = depth_of(shape), maps = padded_maps(shape);
    const float *weights = (const float *)call->weights + (piece->group * taps + k) * maps;
    const float *bias = call->bias, *addend = call->addend;
    const bool is_last = k + depth == taps;
    const float *copied[PIXELS];
    struct channels_last_tile tile = {
        .depth = depth,
        .accumulate = k > 0,
        .relu = is_last && call->activation->kind == HINGE_ACT_RELU,
        .stride = call->pitch,
    };
    const bool has_next = !is_last || last < group_panels(shape);
    const int64_t n_later = ceil_div(piece->end - piece->begin, PIXELS) - 1;
    int64_t pixel = piece->begin;
    for (int64_t i = 0; pixel < piece->end; i++) {
        const int64_t next = channels_last_tile_begin(piece->begin, piece->end, i + 1);
        const int64_t row = (piece->image * conv_pixels(shape->output) + pixel) * call->pitch +
                            piece->group * shape->maps;
        tile.pixels = (int)(next - pixel);
        tile.segments = piece->pointers + i * job->p.segments.n * PIXELS +
                        (depth ? k / job->p.segments.length : 0) * PIXELS;
        tile.length = job->p.segments.length;
        tile.first = depth ? k % job->p.segments.length : 0;
        if (job->p.copies)
            copy_inputs(&tile, copied, piece->copies);
        for (int64_t v = first; v < last; v++) {
            const int64_t map = v * PANEL;
            tile.channels = (int)min_i64(PANEL, shape->maps - map);
            tile.weights = weights + map * depth;
            tile.ahead = (uintptr_t)tile.weights;
            if (i > 0 && has_next)
                look_ahead(&tile, (uintptr_t)(weights + min_i64(last * PANEL, maps) * depth),
                           (i - 1) * (last - first) + v - first, n_later);
            tile.bias = bias ? bias + piece->group * shape->maps + map : NULL;
            tile.addend = is_last && addend ? addend + row + map : NULL;
            tile.y = (float *)call->y + row + map;
            channels_last_tile(&tile);
        }
        if (is_last)
            channels_last_activate(call, (float *)call->y + row + first * PANEL, tile.pixels,
                                   min_i64(last * PANEL, shape->maps) - first * PANEL);
        pixel = next;
    }
}

static void run_piece(const struct job *job, const struct piece *piece)
{
    const int64_t taps = depth_of(job->call->shape);
    for (int64_t k = 0; k == 0 || k < taps; k += job->p.depth) {
        const int64_t depth = min_i64(job->p.depth, taps - k);
        const int64_t size = (depth + 1) * PANEL * (int64_t)sizeof(float);
        const int64_t panels = max_i64(1, WEIGHTS_SIZE / size);
        for (int64_t v = piece->first; v < piece->last; v += panels)
            sum_panels(job, piece, k, depth, v, min_i64(v + panels, piece->last));
    }
}

static void run_pieces(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv_shape *shape = job->call->shape;
    const struct pieces *p = &job->p;
    const int64_t pixels = conv_pixels(shape->output), n_panels = group_panels(shape);
    char *scratch = (char *)job->call->scratch + p->zeros_size + thread * p->thread_size;
    const float **pointers = (const float **)(void *)scratch;
    for (int64_t i = begin; i < end; i++) {
        const int64_t part = i % p->n_parts, chunk = i / p->n_parts % p->n_chunks;
        const int64_t index = i / p->n_parts / p->n_chunks;
        const struct piece piece = {
            .image = index / shape->groups,
            .group = index % shape->groups,
            .begin = pixels * chunk / p->n_chunks,
            .end = pixels * (chunk + 1) / p->n_chunks,
            .first = n_panels * part / p->n_parts,
            .last = n_panels * (part + 1) / p->n_parts,
            .pointers = pointers,
            .copies = (float *)(void *)(scratch + p->pointers_size + p->patches_size),
        };
        const float *image =
            (const float *)job->call->x +
            (piece.image * conv_pixels(shape->input) * shape->groups + piece.group) *
                shape->channels;
        if (p->segments.n)
            channels_last_point(&p->segments, image, piece.begin, piece.end, pointers,
                                (float *)(void *)(scratch + p->pointers_size));
        run_piece(job, &piece);
    }
}

void channels_last_direct_run(const struct conv_call *call)
{
    const struct conv_shape *shape = call->shape;
    struct job job = {.call = call, .p = cut(shape, call->node->n_threads)};
    job.p.segments.zeros = call->scratch;
    const int64_t count = shape->batch * shape->groups * job.p.n_chunks * job.p.n_parts;
    const int64_t work = job.p.tiles * PIXELS * depth_of(shape) *
                         ceil_div(group_panels(shape), job.p.n_parts) * PANEL;
    if (job.p.zeros_size)
        memset(call->scratch, 0, (size_t)job.p.zeros_size);
    call->node->host->parallel(call->node, count, gemm_grain(work), run_pieces, &job);
}
