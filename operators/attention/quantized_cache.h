/*
 * Caches of keys and values as int8, or two numbers of 4 bits in a byte, the first of them low,
 * plus 8; a number is that many times a scale, of the whole cache or of each channel of a head.
 */
#ifndef OPERATORS_ATTENTION_QUANTIZED_CACHE_H
#define OPERATORS_ATTENTION_QUANTIZED_CACHE_H

#include "operators/attention/heads.h"

struct quantized_cache {
    const struct hinge_node *node;
    const hinge_tensor *past, *scales; /* past: NULL: none; batch x heads x rows x as stored */
    hinge_tensor *present;             /* the same, or NULL where nobody wants it */
    unsigned n_bits;                   /* 8 or 4 */
    int64_t n_batch, n_heads, length, size, capacity;
    const struct attention_span *spans;
    float *rows; /* batch x heads x capacity x size, the new ones behind the offset of each batch */
};

/* Puts the past in front of the new rows, rounds these to what is stored, and writes present, 0
 * behind them. */
void quantized_cache_join(const struct quantized_cache *cache);

#endif
