/* What operators that are given indices as a tensor share: reading them, and saying which one is
 * out of range before anything is touched. */
#ifndef OPERATORS_OP_INDEX_H
#define OPERATORS_OP_INDEX_H

#include "operators/op.h"

/* Fails with index and position where one of the values of input, which is int32 or int64, is not
 * in [-limit, limit). */
hinge_status op_index_range(const struct hinge_node *node, unsigned input, int64_t limit);

/* The same for indices whose last dimension is tuples, entry k of each being in [-limits[k],
 * limits[k]). */
hinge_status op_index_tuples(const struct hinge_node *node, unsigned input, const int64_t *limits);

static inline int64_t op_index_raw(const hinge_tensor *indices, int64_t i)
{
    return indices->type == HINGE_INT64 ? ((const int64_t *)indices->data)[i]
                                        : ((const int32_t *)indices->data)[i];
}

/* Value i of indices that op_index_range let pass, counted from the front. */
static inline int64_t op_index(const hinge_tensor *indices, int64_t i, int64_t limit)
{
    int64_t index = op_index_raw(indices, i);
    return index < 0 ? index + limit : index;
}

#endif
