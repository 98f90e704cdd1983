/* Random draws of the fuzzer's programs, from a seed alone. */
#ifndef TESTS_FUZZ_DRAW_H
#define TESTS_FUZZ_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
    uint64_t state;
};

/* 64 bits: Steele, Lea and Flood's SplitMix. */
static inline uint64_t draw_bits(struct draw *draw)
{
    uint64_t z = draw->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* A number below n, which is not 0. */
static inline size_t draw_below(struct draw *draw, size_t n)
{
    return (size_t)(draw_bits(draw) % n);
}

static inline bool draw_one_in(struct draw *draw, size_t n)
{
    return draw_below(draw, n) == 0;
}

/* A whole number, mostly small, sometimes at the end of a type's range or beyond what memory has.
 */
static inline int64_t draw_whole(struct draw *draw)
{
    static const int64_t rare[] = {
        INT8_MAX,         INT8_MIN,         UINT8_MAX,        INT32_MAX,        INT32_MIN,
        UINT32_MAX,       INT64_MAX,        INT64_MIN,        INT64_MIN + 1,    INT64_C(1) << 16,
        INT64_C(1) << 31, INT64_C(1) << 32, INT64_C(1) << 40, INT64_C(1) << 61, INT64_C(1) << 62};
    if (draw_one_in(draw, 6))
        return rare[draw_below(draw, sizeof rare / sizeof *rare)];
    return (int64_t)draw_below(draw, draw_one_in(draw, 4) ? 40 : 8) - 3;
}

/* A number of a few bits, sometimes one that is none or nearly none. */
static inline double draw_real(struct draw *draw)
{
    static const double rare[] = {0x1p-149, -0x1p-149, 0x1p127, -0x1p127, 0x1p31,
                                  -0x1p63,  0x1p63,    0x1p300, -0.0,     1e-8};
    if (draw_one_in(draw, 24))
        return (draw_one_in(draw, 2) ? 1.0 : -1.0) / 0.0;
    if (draw_one_in(draw, 24))
        return 0.0 / 0.0;
    if (draw_one_in(draw, 8))
        return rare[draw_below(draw, sizeof rare / sizeof *rare)];
    return ((double)draw_below(draw, 33) - 16) / 4;
}

#endif
