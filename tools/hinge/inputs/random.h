/* Random tensors that are the same on every machine. */
#ifndef TOOL_RANDOM_H
#define TOOL_RANDOM_H

#include "base/array.h"

/*
 * Fills an array of zeros with random elements, row-major, one draw each, from the xorshift64*
 * generator (Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled",
 * 2016) seeded for input number index; u is the top 24 bits of a draw. Floats are u / 2^23 - 1,
 * bools the lowest bit, integers below 32 bits u % 128 (cut to their bits), the others
 * u % (int_max + 1), strings the decimal digit u % 10.
 */
bool random_fill(struct array *array, size_t index, uint64_t seed, uint64_t int_max,
                 hinge_error *error);

#endif
