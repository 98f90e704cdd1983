/* What the files of winograd_channels_last.h share. Tiles of an image are worked on in chunks,
 * whose transformed inputs lie in the cache; a piece of a chunk is what a thread multiplies and
 * transforms back at a time. */
#ifndef KERNELS_WINOGRAD_CHUNK_H
#define KERNELS_WINOGRAD_CHUNK_H

#include "operators/kernels/conv/conv.h"

/* Channels of a convolution that is done directly at a time. */
enum { WINOGRAD_DIRECT_CHANNELS = 56 };

struct winograd_layout {
    int64_t m, alpha, points; /* tile size, m + 2, alpha squared */
    int64_t across, tiles;    /* tiles of a row and of an image */
    int64_t n_chunks, chunk;  /* chunks of an image, and tiles of one at most */
    int64_t depth;            /* channels that are summed at a time */
    int64_t maps;             /* of packed weights */
    int64_t width, n_blocks;  /* of maps that are worked on at a time */
    bool shared;              /* all threads work on one chunk, each on some blocks of maps */
    int64_t n_parts;          /* of the tiles of a shared chunk, for one block */
    /* Distances between tiles and points: of transformed inputs and of products. */
    int64_t v_tile, v_point, p_tile, p_point;
    /* Floats of scratch: a pixel's zeros, a chunk's transformed inputs, what a thread works in. */
    int64_t zeros_count, v_count, thread_count;
    int64_t direct_at; /* in a thread's, where direct convolution works */
};

struct winograd_job {
    const struct conv_call *call;
    struct winograd_layout l;
    const float *zeros;
};

/* A group's tiles [begin, end) of an image, and their transformed inputs. */
struct winograd_chunk {
    const struct winograd_job *job;
    int64_t image, group, begin, end;
    float *v;
    uint8_t *found; /* for each tile, whether it has to be convolved directly */
};

/* Maps [map, end_map) of tiles [begin, end), which count from the chunk's first; scratch for them.
 */
struct winograd_piece {
    int64_t begin, end, map, end_map;
    float *products, *direct;
};

/* winograd_layout.c: how the work is cut for so many threads. */
struct winograd_layout winograd_lay_out(const struct conv_shape *shape, int64_t m,
                                        unsigned n_threads);

/* The packed weights of a panel of maps. */
const float *winograd_panel_weights(const struct winograd_chunk *chunk, int64_t map);

/* winograd_tiles.c: the transform of the inputs of tiles [begin, end), which count from the chunk's
 * first; the way back of the products of tile t, with bias, addend and Relu; the tiles of a piece
 * that were found, by direct convolution; other activations than Relu, for a tile of the image. */
void winograd_transform_inputs(const struct winograd_chunk *chunk, int64_t begin, int64_t end);
void winograd_transform_outputs(const struct winograd_chunk *chunk,
                                const struct winograd_piece *piece, int64_t t);
void winograd_convolve_directly(const struct winograd_chunk *chunk,
                                const struct winograd_piece *piece);
void winograd_activate(const struct winograd_chunk *chunk, const struct winograd_piece *piece,
                       int64_t tile);

#endif
