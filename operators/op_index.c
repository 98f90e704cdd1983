#include "operators/op_index.h"

static hinge_status check(const struct hinge_node *node, const hinge_tensor *indices,
                          const int64_t *limits, int64_t n_limits)
{
    int64_t count = hinge_count(indices);
    for (int64_t i = 0; i < count; i++) {
        int64_t index = op_index_raw(indices, i), limit = limits[i % n_limits];
        if (index < -limit || index >= limit)
            return OP_FAIL(node, HINGE_BAD_VALUE,
                           "index %lld at position %lld is not in [-%lld, %lld)", (long long)index,
                           (long long)i, (long long)limit, (long long)limit);
    }
    return HINGE_OK;
}

hinge_status op_index_range(const struct hinge_node *node, unsigned input, int64_t limit)
{
    return check(node, node->inputs[input], &limit, 1);
}

hinge_status op_index_tuples(const struct hinge_node *node, unsigned input, const int64_t *limits)
{
    const hinge_tensor *indices = node->inputs[input];
    return check(node, indices, limits, indices->dims[indices->rank - 1]);
}
