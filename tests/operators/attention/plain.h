/* Inputs of attention: small numbers, and no special values, which would fill whole rows. */
#ifndef TESTS_OPERATORS_ATTENTION_PLAIN_H
#define TESTS_OPERATORS_ATTENTION_PLAIN_H

#include "tests/operators/harness.h"

/* Of a type and dimensions, between -most and most. */
#define PLAIN_TENSOR(type_, most, ...)                                                             \
    {                                                                                              \
        .type = (type_), .low = -(most), .high = (most), .dims = {__VA_ARGS__},                    \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }

#endif
