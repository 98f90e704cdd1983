#include "operators/nn/window.h"
#include "operators/op/copy.h"

enum { FIRST_CHANNEL, CHANNELS };

hinge_status window_part_infer(const struct hinge_node *node, unsigned attribute, unsigned into,
                               int32_t rank, const int64_t *dims)
{
    const struct hinge_attribute *a = node->attributes + attribute;
    const int64_t first = a[FIRST_CHANNEL].i, channels = a[CHANNELS].i, own = dims[rank - 1];
    const hinge_tensor *whole = op_input(node, into);
    int64_t wide[HINGE_MAX_RANK];
    if (first < 0 || channels < first || channels - first < own)
        return OP_FAIL(node, HINGE_BAD_VALUE, "%lld channels from %lld on do not fit %lld",
                       (long long)own, (long long)first, (long long)channels);
    for (int32_t d = 0; d < rank; d++)
        wide[d] = d == rank - 1 ? channels : dims[d];
    bool same = !whole || whole->rank == rank;
    for (int32_t d = 0; d < rank && same && whole; d++)
        same = whole->dims[d] == wide[d];
    if (!same)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u does not have the output's shape", into);
    return op_set_output(node, 0, HINGE_FLOAT, rank, wide);
}

float *window_part_begin(const struct hinge_node *node, unsigned attribute, unsigned into)
{
    const hinge_tensor *whole = op_input(node, into), *y = node->outputs[0];
    if (whole && whole->data != y->data)
        op_copy_bytes(node, y->data, whole->data, hinge_size(HINGE_FLOAT, hinge_count(y)));
    return (float *)y->data + node->attributes[attribute + FIRST_CHANNEL].i;
}
