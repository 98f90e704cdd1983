#include "operators/kernels/channels_last/channels_last_tile.h"

#include "operators/kernels/integer.h"

#include <math.h>

/* The pixels are written out, for no compiler here can be relied upon to keep an array of
 * accumulators in registers; what is beyond the constant arguments of sum() folds away. */
#define EACH_PIXEL(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)

#define INLINE static inline __attribute__((always_inline))

INLINE vf32 take(const float *p, int n)
{
    return n >= VF32_LANES ? vf32_load(p) : vf32_load_n(p, n);
}

/* A finished vector on its way to memory; n lanes of it count. */
INLINE void put(float *y, vf32 sum, const float *addend, vf32 floor, int n)
{
    if (addend)
        sum = vf32_add(sum, take(addend, n));
    sum = vf32_max(floor, sum);
    if (n >= VF32_LANES)
        vf32_store(y, sum);
    else
        vf32_store_n(y, sum, n);
}

/* pixels (at least t->pixels) and vectors are constants. */
INLINE void sum(int pixels, int vectors, const struct channels_last_tile *t)
{
    const int n0 = t->channels, n1 = t->channels - VF32_LANES;
    const float *bias = t->bias, *w = t->weights;
    const vf32 bias0 = bias ? take(bias, n0) : vf32_zero();
    const vf32 bias1 = bias && vectors > 1 ? take(bias + VF32_LANES, n1) : vf32_zero();
    const int n_pixels = t->pixels;
    float *y = t->y;
    const int64_t stride = t->stride;
#define BEGIN(p)                                                                                   \
    vf32 left##p = bias0, right##p = bias1;                                                        \
    if (p < pixels && p < n_pixels && t->accumulate) {                                             \
        left##p = take(y + p * stride, n0);                                                        \
        if (vectors > 1)                                                                           \
            right##p = take(y + p * stride + VF32_LANES, n1);                                      \
    }
    EACH_PIXEL(BEGIN)
    const float *const *segments = t->segments;
    uintptr_t ahead = t->ahead;
    const uintptr_t ahead_step = t->ahead_step;
    int64_t begin = t->first;
    for (int64_t left = t->depth; left > 0; segments += CHANNELS_LAST_PIXELS, begin = 0) {
        const int64_t end = min_i64(t->length, begin + left);
        left -= end - begin;
#define POINT(p) const float *const x##p = p < pixels ? segments[p] : NULL;
        EACH_PIXEL(POINT)
        for (int64_t k = begin; k < end; k++, w += vectors * VF32_LANES) {
            const vf32 w0 = vf32_load(w);
            const vf32 w1 = vectors > 1 ? vf32_load(w + VF32_LANES) : vf32_zero();
            simd_prefetch(w);
            if (vectors > 1 && VF32_LANES == 16)
                simd_prefetch(w + VF32_LANES);
            __builtin_prefetch((const void *)ahead, 0, 2);
            ahead += ahead_step;
#define STEP(p)                                                                                    \
    if (p < pixels) {                                                                              \
        const vf32 x = vf32_set1(x##p[k]);                                                         \
        left##p = vf32_fma(x, w0, left##p);                                                        \
        if (vectors > 1)                                                                           \
            right##p = vf32_fma(x, w1, right##p);                                                  \
    }
            EACH_PIXEL(STEP)
        }
    }
    /* Of equal zeros, and where one is NaN, the maximum is its second operand. */
    const vf32 floor = t->relu ? vf32_zero() : vf32_set1(-INFINITY);
    const float *addend = t->addend;
#define PUT(p)                                                                                     \
    if (p < pixels && p < n_pixels) {                                                              \
        const float *more = addend ? addend + p * stride : NULL;                                   \
        put(y + p * stride, left##p, more, floor, n0);                                             \
        if (vectors > 1)                                                                           \
            put(y + p * stride + VF32_LANES, right##p, more ? more + VF32_LANES : NULL, floor,     \
                n1);                                                                               \
    }
    EACH_PIXEL(PUT)
}

#define SUM(pixels)                                                                                \
    static __attribute__((noinline)) void sum_##pixels(const struct channels_last_tile *t)         \
    {                                                                                              \
        if (t->channels > VF32_LANES)                                                              \
            sum(pixels, 2, t);                                                                     \
        else                                                                                       \
            sum(pixels, 1, t);                                                                     \
    }
#if VF32_LANES == 16
#define EACH_TILE(X) X(1) X(2) X(4) X(6) X(8) X(10) X(12) X(13) X(14)
#else
#define EACH_TILE(X) X(1) X(2) X(4) X(6)
#endif
EACH_TILE(SUM)

void channels_last_tile(const struct channels_last_tile *t)
{
    static void (*const sums[])(const struct channels_last_tile *) = {
        sum_1,
        sum_1,
        sum_2,
        sum_4,
        sum_4,
        sum_6,
        sum_6,
#if VF32_LANES == 16
        sum_8,
        sum_8,
        sum_10,
        sum_10,
        sum_12,
        sum_12,
        sum_13,
        sum_14,
#endif
    };
    sums[t->pixels](t);
}
