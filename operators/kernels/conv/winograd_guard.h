/* What keeps Winograd's results near the exact ones where the values of a tile are of very
 * different sizes or not finite: such tiles are found, and convolved directly. m and tiles as in
 * winograd_transform.h. */
#ifndef KERNELS_CONV_WINOGRAD_GUARD_H
#define KERNELS_CONV_WINOGRAD_GUARD_H

#include "operators/kernels/conv/conv_private.h"

/* A tile is convolved directly where its largest magnitude, over all channels, is more than so many
 * times the largest that one of its outputs sees (outputs that see zeros only aside), or where it
 * is not below WINOGRAD_LARGEST. */
#define WINOGRAD_RANGE 128.0F
#define WINOGRAD_LARGEST 0x1p90F

/* Weights above this size, or not finite, are not for Winograd. */
#define WINOGRAD_LARGEST_WEIGHT 0x1p20F
bool winograd_accepts(const float *weights, int64_t count);

/* Sizes are the bits of a magnitude, which are ordered like the magnitudes, NaN above all.
 * sizes[i] becomes the largest of itself and of the sizes of row[i] in each channel. */
void winograd_measure(int64_t n_channels, int64_t stride, const float *row, int64_t count,
                      int32_t *sizes);
/* all[i] = max(all[i], sizes[i]) for count elements and those that fill the last vector. */
void winograd_join(const int32_t *sizes, int64_t count, int32_t *all);

/* Floats of a line of sizes for so many tiles, and lines that winograd_find needs: m + 2 with the
 * sizes of a row of tiles and 3 more to work in. */
static inline int64_t winograd_size_count(int64_t m, int64_t n_tiles)
{
    return round_up(n_tiles * m + 2, 16);
}
static inline int64_t winograd_find_lines(int64_t m)
{
    return m + 5;
}

/* Sets found[t] to whether tile t of the row has to be convolved directly. */
void winograd_find(int64_t m, int64_t n_tiles, int32_t *lines, uint8_t *found);

/* Whether sizes are too different, or too large, for the windows of a tile: least is that of the
 * window that is not zero, largest that of the tile. */
bool winograd_differ(int32_t least, int32_t largest);
/* The same as winograd_find of one tile whose (m + 2)^2 sizes are given. */
bool winograd_finds_tile(int64_t m, const int32_t *sizes);

/* The direct convolution of a tile, for one strip of GEMM_ROWS maps and some channels. */
struct winograd_patch {
    const struct conv_shape *shape;
    int64_t m, channels;
    const float *x;    /* the first of the channels */
    int64_t y, column; /* of the tile's first output */
};

/* Channels that are done at a time; floats of scratch for their weights, and for all else. */
enum { WINOGRAD_PATCH_CHANNELS = GEMM_DEPTH / 9 };
enum { WINOGRAD_PATCH_WEIGHTS = WINOGRAD_PATCH_CHANNELS * 9 * GEMM_ROWS };
enum { WINOGRAD_PATCH_COUNT = (WINOGRAD_PATCH_CHANNELS * 9 + GEMM_ROWS) * 2 * GEMM_COLUMNS };

/* sums[r * m * m + p] = the sum of map r at the tile's output p; weights as winograd_restore makes
 * them. */
void winograd_direct(const struct winograd_patch *patch, const float *weights, float *scratch,
                     float *sums);

#endif
