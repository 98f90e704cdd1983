/* The rotary embedding of Attention and QAttention, for their references. */
#ifndef TESTS_OPERATORS_MICROSOFT_ROTARY_H
#define TESTS_OPERATORS_MICROSOFT_ROTARY_H

#include "tests/operators/harness.h"

#include <math.h>

/* The pairs of a head of size elements that are turned. */
static inline int64_t rotary_pairs(const struct harness_call *call, int64_t size)
{
    const int64_t dim = harness_attr_int(call, "rotary_embedding_dim", 0);
    return harness_attr_int(call, "do_rotary", 0) ? (dim ? dim : size) / 2 : 0;
}

/* The first of pair i of n as it is at a position, or the second. */
static inline double rotary_turned(double first, double second, bool is_second, int64_t i,
                                   int64_t n, int64_t position)
{
    const double angle = (double)position * pow(10000, -(double)i / (double)n);
    return is_second ? first * sin(angle) + second * cos(angle)
                     : first * cos(angle) - second * sin(angle);
}

#endif
