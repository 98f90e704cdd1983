/* What ScatterElements and ScatterND do with an update and what is there already. */
#ifndef INDEX_SCATTER_REDUCE_H
#define INDEX_SCATTER_REDUCE_H

#include "operators/op/copy.h"

enum scatter_reduction {
    SCATTER_NONE,
    SCATTER_ADD, /* of integers modulo 2^bits, as the product */
    SCATTER_MUL,
    SCATTER_MAX, /* NaN where one of them is */
    SCATTER_MIN
};

/* The string at an attribute, which older versions do not have (none) or know fewer of. Fails where
 * it is no such name or the elements are not numbers. */
hinge_status scatter_reduction(const struct hinge_node *node, unsigned attribute,
                               enum scatter_reduction *reduction);

/* What scatter_row does for reductions other than none. Half types are computed in float and
 * rounded at every update. */
void scatter_reduce_row(enum scatter_reduction reduction, hinge_type type, void *to, int64_t to_at,
                        const void *updates, int64_t from_at, int64_t count);

/* Units [to_at, to_at + count) of to become those of updates from from_at on, reduced with what was
 * there. */
static inline void scatter_row(enum scatter_reduction reduction, hinge_type type, void *to,
                               int64_t to_at, const void *updates, int64_t from_at, int64_t count)
{
    if (reduction == SCATTER_NONE)
        op_move_run(type, to, to_at, updates, from_at, count);
    else if (reduction == SCATTER_ADD && type == HINGE_FLOAT && count == sizeof(float))
        *(float *)(void *)((char *)to + to_at) +=
            *(const float *)(const void *)((const char *)updates + from_at);
    else
        scatter_reduce_row(reduction, type, to, to_at, updates, from_at, count);
}

#endif
