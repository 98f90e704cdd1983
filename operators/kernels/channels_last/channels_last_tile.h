/* The micro-kernel of channels_last.h: sums over depth for some pixels and output channels, all in
 * registers. Each pixel's inputs are read where they are, in segments of contiguous floats. */
#ifndef KERNELS_CHANNELS_LAST_TILE_H
#define KERNELS_CHANNELS_LAST_TILE_H

#include "operators/kernels/simd/simd.h"

#include <stdbool.h>
#include <stdint.h>

/* Largest tile: pixels, and output channels, which are those of a panel of weights. */
enum {
    CHANNELS_LAST_PIXELS = VF32_LANES == 16 ? 14 : 6,
    CHANNELS_LAST_PANEL = 2 * VF32_LANES,
};

struct channels_last_tile {
    int pixels;   /* 1 to CHANNELS_LAST_PIXELS */
    int channels; /* 1 to CHANNELS_LAST_PANEL */
    /* Of segment s, pixel p begins at segments[s * CHANNELS_LAST_PIXELS + p]; those that pixels
     * leaves over may be read too. */
    const float *const *segments;
    int64_t length; /* of a segment */
    int64_t first;  /* where in segment 0 the depth begins */
    int64_t depth;
    /* For each step of depth a vector, or two where channels are more than a vector's lanes. */
    const float *weights;
    /* The address of what is brought into the L2 cache meanwhile, ahead_step bytes for each step of
     * depth; may be any address. */
    uintptr_t ahead, ahead_step;
    const float *bias; /* what sums begin with; NULL: with 0, or, with accumulate, with y */
    bool accumulate;
    bool relu;
    const float *addend; /* added at the end, laid out like y; NULL: none */
    float *y;
    int64_t stride; /* between the pixels of y */
};

void channels_last_tile(const struct channels_last_tile *tile);

#endif
