/* im2col of a block: some taps of some consecutive output pixels, packed for gemm_tile. */
#ifndef KERNELS_CONV_PACK_H
#define KERNELS_CONV_PACK_H

#include "operators/kernels/conv.h"

/* Pixels that are neighbours in a row of the output and fall into one strip or panel. */
struct conv_segment {
    int64_t from;   /* of the first pixel's first tap, in the padded rows */
    int32_t column; /* in the strip or panel */
    int32_t length;
};

/* A range of output pixels, and the padded rows of one input channel that they read. The rows are
 * split by the phases of the stride, so that neighbouring pixels read neighbouring elements. */
struct conv_block {
    const struct conv_shape *shape;
    int64_t begin, end; /* pixels */
    int64_t width;      /* of a strip or panel */
    bool direct;        /* 1 x 1 kernel, no stride, no padding: the input is read as it lies */
    int64_t first[3], extent[3]; /* output coordinates the padded rows begin at; rows' extents */
    int64_t n_phases, phase_size;
    float *rows;
    struct conv_segment *segments;
    int32_t *strip_begin; /* the first segment of each strip, and the end */
};

/* Taps that are packed at a time, and the distance between two packed strips of so many. */
int64_t conv_depth_step(const struct conv_shape *shape);
static inline int64_t conv_strip_stride(int64_t depth, int64_t width)
{
    return gemm_round_up(depth * width + VF32_LANES, 16);
}

/* Bytes of memory a block of at most n_pixels needs for rows, segments and strips; -1 where they do
 * not fit. */
int64_t conv_block_size(const struct conv_shape *shape, int64_t n_pixels, int64_t width);
/* Sets block up for pixels [begin, end) over memory of conv_block_size. */
void conv_block_init(struct conv_block *block, const struct conv_shape *shape, int64_t n_pixels,
                     int64_t width, void *memory);
void conv_block_set(struct conv_block *block, int64_t begin, int64_t end);
/* Packs taps [k, k + depth) of the block; x is the group's first channel. Strips lie strip_stride
 * (at least conv_strip_stride(depth, width)) apart. */
void conv_block_pack(const struct conv_block *block, const float *x, int64_t k, int64_t depth,
                     float *packed, int64_t strip_stride);

/* The steps of packing, for a kernel that reads the padded rows itself: fills the rows from one
 * channel; where kernel position tap lies in them, relative to position 0; where the pixel (z, y,
 * x) of the output has its position 0, relative to the rows' begin. */
void conv_block_fill(const struct conv_block *block, const float *channel);
int64_t conv_block_tap(const struct conv_block *block, int64_t tap);
int64_t conv_block_pixel(const struct conv_block *block, int64_t z, int64_t y, int64_t x);

#endif
