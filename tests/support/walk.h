/* Reads all that a value leads to, so that a sanitizer sees whether it is there. */
#ifndef TESTS_SUPPORT_WALK_H
#define TESTS_SUPPORT_WALK_H

#include "tests/support/counter.h"

#include <hinge/plugin.h>
#include <hinge/value.h>
#include <stdlib.h>

/* For data that are read only to see that they can be. */
static inline void walk_bytes(const void *bytes, size_t size)
{
    static volatile unsigned char sink;
    for (size_t i = 0; i < size; i++)
        sink = ((const unsigned char *)bytes)[i];
    (void)sink;
}

/* A trap where the value is not what hinge_tensor describes. */
static inline void walk_value(const hinge_tensor *value, unsigned depth)
{
    if (depth >= HINGE_MAX_TYPE_LEVELS || value->rank < 0 || value->rank > HINGE_MAX_RANK ||
        !value->data)
        abort();
    for (int64_t i = 0; i < hinge_n_elements(value); i++)
        walk_value(hinge_element(value, i), depth + 1);
    if (value->type >= HINGE_N_TYPES)
        return;
    if (hinge_type_bits(value->type) == 0)
        abort();
    const hinge_string *strings = value->data;
    for (int64_t i = 0; value->type == HINGE_STRING && i < hinge_count(value); i++)
        walk_bytes(strings[i].bytes, strings[i].size);
    walk_bytes(value->data, hinge_size(value->type, hinge_count(value)));
}

/* Eight bytes in a row as the allocator of counter.h filled them were written by nobody. */
static inline bool walk_is_unwritten(const hinge_tensor *value)
{
    if (value->type >= HINGE_N_TYPES || value->type == HINGE_STRING)
        return false;
    const unsigned char *bytes = value->data;
    size_t size = hinge_size(value->type, hinge_count(value)), row = 0;
    for (size_t i = 0; i < size && row < 8; i++)
        row = bytes[i] == COUNTER_FILL ? row + 1 : 0;
    return row == 8;
}

#endif
