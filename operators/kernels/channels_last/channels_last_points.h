/* Where the direct method of channels_last.h reads its inputs: the segments of contiguous floats
 * that the micro-kernel meets for each pixel of the output (channels_last_tile.h). */
#ifndef KERNELS_CHANNELS_LAST_POINTS_H
#define KERNELS_CHANNELS_LAST_POINTS_H

#include "operators/kernels/channels_last/channels_last_tile.h"
#include "operators/kernels/conv/conv.h"
#include "operators/kernels/integer.h"

struct channels_last_segments {
    const struct conv_shape *shape;
    bool is_pointwise; /* output pixels read the input pixel in their place */
    bool by_row;       /* a segment is a row of the kernel, otherwise a position */
    int64_t n;         /* of a pixel */
    int64_t length;    /* of a segment */
    const float
        *zeros; /* as many as a segment has, for those in the padding; the caller's to set */
};
struct channels_last_segments channels_last_segments(const struct conv_shape *shape);

/* Tile i of pixels [begin, end): as even as can be. */
static inline int64_t channels_last_tile_begin(int64_t begin, int64_t end, int64_t i)
{
    return begin + (end - begin) * i / ceil_div(end - begin, CHANNELS_LAST_PIXELS);
}

/* The segments of pixels [begin, end) of an image (whose group's first channel is at image), tile
 * after tile as channels_last_tile reads them. Where they are by_row, patches has memory for the
 * whole depth of each pixel: rows that reach over the image's edge are copied there. */
void channels_last_point(const struct channels_last_segments *segments, const float *image,
                         int64_t begin, int64_t end, const float **pointers, float *patches);

#endif
