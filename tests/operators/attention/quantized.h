/* Caches of fewer bits, for the reference of GroupQueryAttention: codes of 8 bits, or of 4 bits
 * plus 8 in pairs, the first of them low. */
#ifndef TESTS_OPERATORS_ATTENTION_QUANTIZED_H
#define TESTS_OPERATORS_ATTENTION_QUANTIZED_H

#include "tests/operators/harness.h"

#include <math.h>

/* Number i of a cache. */
static inline int quantized_get(const hinge_tensor *cache, int64_t bits, int64_t i)
{
    if (bits == 8)
        return (int)harness_get_int(cache, i);
    const int byte = (int)harness_get_int(cache, i / 2);
    return (i % 2 ? byte / 16 : byte % 16) - 8;
}

static inline void quantized_set(hinge_tensor *cache, int64_t bits, int64_t i, int code)
{
    if (bits == 8)
        harness_set(cache, i, code);
    else if (i % 2)
        harness_set(cache, i / 2, (double)(harness_get_int(cache, i / 2) % 16 + 16 * (code + 8)));
    else
        harness_set(cache, i / 2, code + 8);
}

static inline double quantized_scale(const hinge_tensor *scales, int64_t head, int64_t size,
                                     int64_t channel)
{
    return harness_get(scales, hinge_count(scales) == 1 ? 0 : head * size + channel);
}

/* A row of a head as its codes, which become numbers again. */
static inline void quantized_round(double *row, int64_t size, int64_t bits,
                                   const hinge_tensor *scales, int64_t head)
{
    const double most = bits == 8 ? 127 : 7;
    for (int64_t e = 0; e < size; e++) {
        const double scale = quantized_scale(scales, head, size, e);
        row[e] = scale * fmax(fmin(rint(row[e] / scale), most), -1 - most);
    }
}

#endif
