#include "operators/op/op.h"

#include <string.h>

hinge_status op_set_dims(const struct hinge_node *node, unsigned output, int32_t rank,
                         const int64_t *dims)
{
    hinge_tensor *y = op_output(node, output);
    if (!y)
        return HINGE_OK;
    if (rank > HINGE_MAX_RANK)
        return OP_FAIL(node, HINGE_LIMIT, "output %u has rank %d, more than %d", output, (int)rank,
                       HINGE_MAX_RANK);
    y->rank = rank;
    for (int32_t i = 0; i < rank; i++)
        y->dims[i] = dims[i];
    return HINGE_OK;
}

hinge_status op_set_output(const struct hinge_node *node, unsigned output, hinge_type type,
                           int32_t rank, const int64_t *dims)
{
    if (op_output(node, output))
        node->outputs[output]->type = type;
    return op_set_dims(node, output, rank, dims);
}

hinge_status op_infer_same(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    return op_set_dims(node, 0, x->rank, x->dims);
}

hinge_status op_infer_broadcast(const struct hinge_node *node)
{
    int64_t dims[HINGE_MAX_RANK];
    int32_t rank = 0;
    for (unsigned i = 0; i < node->n_inputs; i++) {
        if (!node->inputs[i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is left out", i);
        if (node->inputs[i]->rank > rank)
            rank = node->inputs[i]->rank;
    }
    for (int32_t d = 0; d < rank; d++)
        dims[d] = 1;
    for (unsigned i = 0; i < node->n_inputs; i++) {
        const hinge_tensor *x = node->inputs[i];
        int64_t *tail = dims + rank - x->rank;
        for (int32_t d = 0; d < x->rank; d++) {
            if (x->dims[d] != tail[d] && x->dims[d] != 1 && tail[d] != 1)
                return OP_FAIL(node, HINGE_BAD_SHAPE,
                               "input %u cannot be broadcast: its dimension %d is %lld, not %lld",
                               i, (int)d, (long long)x->dims[d], (long long)tail[d]);
            if (tail[d] == 1)
                tail[d] = x->dims[d];
        }
    }
    return op_set_dims(node, 0, rank, dims);
}

hinge_status op_axis(const struct hinge_node *node, const char *what, int64_t axis, int32_t rank,
                     int32_t *normal)
{
    if (axis < -rank || axis >= rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s %lld is not in [-%d, %d)", what, (long long)axis,
                       (int)rank, (int)rank);
    *normal = (int32_t)(axis < 0 ? axis + rank : axis);
    return HINGE_OK;
}

hinge_status op_input_ints(const struct hinge_node *node, unsigned input, int64_t *values,
                           size_t max, size_t *count)
{
    const hinge_tensor *x = node->inputs[input];
    if (x->rank > 1 || (x->type != HINGE_INT64 && x->type != HINGE_INT32))
        return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is not a list of integers", input);
    int64_t n = hinge_count(x);
    if (n > (int64_t)max)
        return OP_FAIL(node, HINGE_LIMIT, "input %u has %lld elements, more than %zu", input,
                       (long long)n, max);
    if (!x->data && n)
        return HINGE_NEEDS_DATA;
    for (int64_t i = 0; i < n; i++)
        values[i] =
            x->type == HINGE_INT64 ? ((const int64_t *)x->data)[i] : ((const int32_t *)x->data)[i];
    *count = (size_t)n;
    return HINGE_OK;
}
