/*
 * What operators that are given indices as a tensor share: reading them, and saying which one is
 * out of range before anything is touched.
 *
 * The tensor may be memory of who called hinge_run, and written to during the run. Then results are
 * any, but nothing else is read or written than would be otherwise: what is used is read once, and
 * is in range where it is used.
 */
#ifndef OPERATORS_OP_INDEX_H
#define OPERATORS_OP_INDEX_H

#include "operators/op/op.h"

/* Fails with index and position where one of the values of input, which is int32 or int64, is not
 * in [-limit, limit). */
hinge_status op_index_range(const struct hinge_node *node, unsigned input, int64_t limit);

/* The same for indices whose last dimension is tuples, entry k of each being in [-limits[k],
 * limits[k]). */
hinge_status op_index_tuples(const struct hinge_node *node, unsigned input, const int64_t *limits);

/* Value i of a tensor of int32 or int64; volatile, so that the compiler does not read it again. */
static inline int64_t op_index_raw(const hinge_tensor *indices, int64_t i)
{
    return indices->type == HINGE_INT64 ? ((const volatile int64_t *)indices->data)[i]
                                        : ((const volatile int32_t *)indices->data)[i];
}

/* An index that op_index_range let pass, counted from the front; 0 where it has changed since. */
static inline int64_t op_index_within(int64_t index, int64_t limit)
{
    index = index < 0 ? index + limit : index;
    return (uint64_t)index < (uint64_t)limit ? index : 0;
}

/* Value i of such indices. */
static inline int64_t op_index(const hinge_tensor *indices, int64_t i, int64_t limit)
{
    return op_index_within(op_index_raw(indices, i), limit);
}

/* The same of a count or length that was found to be in [0, limit]. */
static inline int64_t op_index_count(const hinge_tensor *counts, int64_t i, int64_t limit)
{
    const int64_t count = op_index_raw(counts, i);
    return count < 0 ? 0 : count < limit ? count : limit;
}

#endif
