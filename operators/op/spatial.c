#include "operators/op/spatial.h"

hinge_status op_spatial_entry(const struct hinge_node *node, unsigned attribute, const char *name,
                              int32_t count, int32_t i, int64_t otherwise, int64_t least,
                              int64_t *value)
{
    const struct hinge_attribute *a = &node->attributes[attribute];
    if (a->present && a->count != (size_t)count)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %zu values, not %d", name, a->count,
                       (int)count);
    *value = a->present ? a->ints[i] : otherwise;
    if (*value < least || *value > OP_SPATIAL_MAX)
        return OP_FAIL(node, HINGE_BAD_VALUE, "%s has the value %lld", name, (long long)*value);
    return HINGE_OK;
}
