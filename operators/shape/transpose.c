/* Transpose-1, -13, -21, -23, -24, -25: output dimension d is input dimension perm[d]; without perm
 * all dimensions in reverse. */
#include "operators/op/copy.h"

static hinge_status permutation(const struct hinge_node *node, int32_t *perm)
{
    int32_t rank = node->inputs[0]->rank;
    struct op_list list;
    hinge_status status = op_list_attribute(node, 0, &list);
    if (!status && list.present && list.count != (size_t)rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "perm has %zu entries for an input of rank %d",
                       list.count, (int)rank);
    if (!status)
        status = op_list_axes(node, &list, rank);
    for (int32_t d = 0; d < rank && !status; d++)
        perm[d] = list.present ? (int32_t)list.values[d] : rank - 1 - d;
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int32_t perm[HINGE_MAX_RANK];
    int64_t dims[HINGE_MAX_RANK];
    hinge_status status = permutation(node, perm);
    if (status)
        return status;
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[perm[d]];
    return op_set_output(node, 0, x->type, x->rank, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    int32_t perm[HINGE_MAX_RANK];
    int64_t strides[HINGE_MAX_RANK];
    hinge_status status = permutation(node, perm);
    if (status || hinge_count(y) == 0)
        return status;
    struct copy copy = {.rank = y->rank, .size = op_element_size(x)};
    op_strides(x, strides);
    op_strides(y, copy.to);
    for (int32_t d = 0; d < y->rank; d++) {
        copy.dims[d] = y->dims[d];
        copy.from[d] = strides[perm[d]];
    }
    op_move(node, &copy, y, 0, x, 0);
    return HINGE_OK;
}

static bool is_identity(const struct hinge_node *node)
{
    const struct hinge_attribute *perm = &node->attributes[0];
    for (size_t d = 0; d < perm->count; d++)
        if (perm->ints[d] != (int64_t)d)
            return false;
    return perm->present;
}

static const struct hinge_attribute_def attributes[] = {{.name = "perm", .type = HINGE_ATTR_INTS},
                                                        {.name = NULL}};

const struct hinge_op op_transpose[] = {
    {.name = "Transpose",
     .gradient = "transpose:",
     .since = 1,
     .signature = "(data: T) -> (transposed: T); T: " OP_TYPES_ALL_IR13,
     .flags = HINGE_OP_MOVES,
     .attributes = attributes,
     .infer = infer,
     .is_identity = is_identity,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
