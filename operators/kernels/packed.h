/* Rows of elements of 2 and 4 bits, the first in a byte's lowest bits, to one a byte and back. They
 * begin with the first element of a byte; a last byte is filled up with zeros. */
#ifndef KERNELS_PACKED_H
#define KERNELS_PACKED_H

#include <stdint.h>

/* bits is meant to be a constant. */
static inline void packed_load_bits(unsigned bits, uint8_t *to, const uint8_t *from, int64_t count)
{
    const unsigned per_byte = 8 / bits, mask = (1U << bits) - 1;
    int64_t i = 0;
    for (; i + per_byte <= count; i += per_byte, from++)
        for (unsigned k = 0; k < per_byte; k++)
            to[i + k] = (uint8_t)((unsigned)*from >> k * bits & mask);
    for (unsigned k = 0; i < count; i++, k++)
        to[i] = (uint8_t)((unsigned)*from >> k * bits & mask);
}

static inline void packed_store_bits(unsigned bits, uint8_t *to, const uint8_t *from, int64_t count)
{
    const unsigned per_byte = 8 / bits, mask = (1U << bits) - 1;
    int64_t i = 0;
    for (; i + per_byte <= count; i += per_byte, to++) {
        unsigned byte = 0;
        for (unsigned k = 0; k < per_byte; k++)
            byte |= (from[i + k] & mask) << k * bits;
        *to = (uint8_t)byte;
    }
    if (i == count)
        return;
    unsigned byte = 0;
    for (unsigned k = 0; i < count; i++, k++)
        byte |= (from[i] & mask) << k * bits;
    *to = (uint8_t)byte;
}

static inline void packed_load(unsigned bits, uint8_t *to, const uint8_t *from, int64_t count)
{
    if (bits == 4)
        packed_load_bits(4, to, from, count);
    else
        packed_load_bits(2, to, from, count);
}

static inline void packed_store(unsigned bits, uint8_t *to, const uint8_t *from, int64_t count)
{
    if (bits == 4)
        packed_store_bits(4, to, from, count);
    else
        packed_store_bits(2, to, from, count);
}

#endif
