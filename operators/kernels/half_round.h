/* Correct rounding of float32 results to half types: those that lie too near to the middle between
 * two halves are found, to be computed again in float64 and rounded to odd. */
#ifndef KERNELS_HALF_ROUND_H
#define KERNELS_HALF_ROUND_H

#include <hinge/tensor.h>
#include <math.h>
#include <string.h>

#include "operators/kernels/simd/simd.h"

/* value rounded to odd: a further rounding, to 22 bits or fewer, then gives what rounding value
 * itself would. */
static inline float half_round_to_odd(double value)
{
    const float nearest = (float)value;
    int32_t bits;
    memcpy(&bits, &nearest, sizeof bits);
    if (isnan(value) || isinf(nearest) || (double)nearest == value || bits & 1)
        return nearest;
    bits += fabs((double)nearest) < fabs(value) ? 1 : -1;
    float odd;
    memcpy(&odd, &bits, sizeof odd);
    return odd;
}

/* The lanes of y that lie so near to the middle between two halves that y's error counts: beyond
 * share of the way there. half is y rounded, least the smallest normal half, to_middle half the
 * distance of halves from 1 on. Beyond limit all is infinite. */
struct half_type {
    float least, to_middle, share, limit;
};

static inline uint32_t half_near_middle(const struct half_type *type, vf32 y, vf32 half)
{
    const vf32 magnitude = vf32_abs(y);
    const vf32 power = vf32_and(magnitude, vf32_set1(INFINITY));
    /* As a share of that distance, times what it is divided by: no product is subnormal where y is
     * 0, which would take a CPU its time. */
    const vf32 way =
        vf32_mul(vf32_abs(vf32_sub(y, half)), vf32_set1(1 / (type->to_middle * type->share)));
    const vm32 doubtful = vf32_gt(way, vf32_max(vf32_set1(type->least), power));
    return vm32_bits(vm32_and(doubtful, vf32_lt(magnitude, vf32_set1(type->limit))));
}

/* 4 units of the last place of float32 are 2^-10 of the way in float16, 2^-13 in bfloat16. */
static const struct half_type half_type_f16 = {0x1p-14F, 0x1p-11F, 0.999F, 0x1p16F};
static const struct half_type half_type_bf16 = {0x1p-126F, 0x1p-8F, 0.9998F, INFINITY};

static inline const struct half_type *half_type_of(hinge_type type)
{
    return type == HINGE_FLOAT16 ? &half_type_f16 : &half_type_bf16;
}

#endif
