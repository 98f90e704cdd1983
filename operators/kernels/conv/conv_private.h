/* What the files of convolution share; conv.h is what operators use of them. From below: blocks of
 * pixels and their im2col (conv_block.c, conv_pack_tmpl.c), the methods, conv.c. */
#ifndef KERNELS_CONV_PRIVATE_H
#define KERNELS_CONV_PRIVATE_H

#include "operators/kernels/conv/conv.h"
#include "operators/kernels/gemm/gemm.h"

static inline int64_t conv_pixels(const int64_t extent[3])
{
    return extent[0] * extent[1] * extent[2];
}

/* Taps of one output element: channels of its group times kernel positions. */
static inline int64_t conv_taps(const struct conv_shape *shape)
{
    return shape->channels * conv_pixels(shape->kernel);
}

/* Elements of a group's weights in strips of so many maps. */
static inline int64_t conv_strips_count(const struct conv_shape *shape, int64_t width)
{
    return round_up(shape->maps, width) * conv_taps(shape);
}

static inline int64_t conv_element_size(const struct conv_shape *shape)
{
    return shape->type == HINGE_DOUBLE ? sizeof(double) : sizeof(float);
}

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
    void *rows;
    struct conv_segment *segments;
    int32_t *strip_begin; /* the first segment of each strip, and the end */
};

/* Taps that are packed at a time, and the distance between two packed strips of so many. */
int64_t conv_depth_step(const struct conv_shape *shape);
static inline int64_t conv_strip_stride(int64_t depth, int64_t width)
{
    return round_up(depth * width + VF32_LANES, 16);
}

static inline int64_t conv_block_strips(int64_t n_pixels, int64_t width)
{
    return ceil_div(n_pixels, width);
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
void conv_block_pack_f32(const struct conv_block *block, const float *x, int64_t k, int64_t depth,
                         float *packed, int64_t strip_stride);
void conv_block_pack_f64(const struct conv_block *block, const double *x, int64_t k, int64_t depth,
                         double *packed, int64_t strip_stride);

/* The steps of packing, for a kernel that reads the padded rows itself: fills the rows from one
 * channel; where kernel position tap lies in them, relative to position 0; where the pixel (z, y,
 * x) of the output has its position 0, relative to the rows' begin. */
void conv_block_fill_f32(const struct conv_block *block, const float *channel);
void conv_block_fill_f64(const struct conv_block *block, const double *channel);
int64_t conv_block_tap(const struct conv_block *block, int64_t tap);
int64_t conv_block_pixel(const struct conv_block *block, int64_t z, int64_t y, int64_t x);

/* Addend and activation for count finished sums (bias included) at y, within call->y. */
void conv_finish_f32(const struct conv_call *call, float *y, int64_t count);
void conv_finish_f64(const struct conv_call *call, double *y, int64_t count);

/* Results of no channels: the bias. */
void conv_fill_f32(const struct conv_call *call);
void conv_fill_f64(const struct conv_call *call);

/* The methods of conv.h: bytes of scratch (-1 where they do not fit int64_t), and their run. */
int64_t conv_pixels_scratch_f32(const struct conv_shape *shape, unsigned n_threads);
int64_t conv_pixels_scratch_f64(const struct conv_shape *shape, unsigned n_threads);
void conv_pixels_run_f32(const struct conv_call *call);
void conv_pixels_run_f64(const struct conv_call *call);
int64_t conv_maps_scratch(const struct conv_shape *shape, unsigned n_threads);
void conv_maps_run(const struct conv_call *call);
int64_t conv_transpose_scratch_f32(const struct conv_shape *shape, unsigned n_threads);
int64_t conv_transpose_scratch_f64(const struct conv_shape *shape, unsigned n_threads);
void conv_transpose_run_f32(const struct conv_call *call);
void conv_transpose_run_f64(const struct conv_call *call);

#endif
