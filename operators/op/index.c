#include "operators/op/index.h"

/* n_limits divides how many indices there are. */
static hinge_status check(const struct hinge_node *node, const hinge_tensor *indices,
                          const int64_t *limits, int64_t n_limits)
{
    const int64_t count = hinge_count(indices);
    for (int64_t i = 0; i < count; i += n_limits)
        for (int64_t k = 0; k < n_limits; k++) {
            const int64_t index = op_index_raw(indices, i + k), limit = limits[k];
            if (index < -limit || index >= limit)
                return OP_FAIL(
                    node, HINGE_BAD_VALUE, "index %lld at position %lld is not in [-%lld, %lld)",
                    (long long)index, (long long)(i + k), (long long)limit, (long long)limit);
        }
    return HINGE_OK;
}

/* Branches only where one is out of range; a sum that wraps around is beyond twice the limit. */
#define OUTSIDE(name, type)                                                                        \
    static bool name(const type *indices, int64_t count, int64_t limit)                            \
    {                                                                                              \
        const uint64_t below = (uint64_t)limit, range = 2 * below;                                 \
        bool outside = false;                                                                      \
        for (int64_t i = 0; i < count; i++)                                                        \
            outside |= (uint64_t)indices[i] + below >= range;                                      \
        return outside;                                                                            \
    }

OUTSIDE(outside_32, int32_t)
OUTSIDE(outside_64, int64_t)

hinge_status op_index_range(const struct hinge_node *node, unsigned input, int64_t limit)
{
    const hinge_tensor *indices = node->inputs[input];
    const int64_t count = hinge_count(indices);
    const bool outside = indices->type == HINGE_INT64 ? outside_64(indices->data, count, limit)
                                                      : outside_32(indices->data, count, limit);
    return outside ? check(node, indices, &limit, 1) : HINGE_OK;
}

hinge_status op_index_tuples(const struct hinge_node *node, unsigned input, const int64_t *limits)
{
    const hinge_tensor *indices = node->inputs[input];
    return check(node, indices, limits, indices->dims[indices->rank - 1]);
}
