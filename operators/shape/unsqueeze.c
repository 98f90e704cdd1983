/* Unsqueeze-1, -11, -13, -21, -23, -24, -25: with dimensions of 1 put in so that they are the
 * output's axes. axes is an attribute up to opset 12, then an input. ExpandDims of com.microsoft
 * does it for one axis. */
#include "operators/op/copy.h"

static hinge_status insert(const struct hinge_node *node, struct op_list axes)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    int32_t rank = x->rank + (int32_t)axes.count, next = 0;
    if (rank > HINGE_MAX_RANK)
        return OP_FAIL(node, HINGE_LIMIT, "the output would have rank %d, more than %d", (int)rank,
                       HINGE_MAX_RANK);
    hinge_status status = op_list_axes(node, &axes, rank);
    if (status)
        return status;
    for (int32_t d = 0; d < rank; d++)
        dims[d] = 0;
    for (size_t i = 0; i < axes.count; i++)
        dims[axes.values[i]] = 1;
    for (int32_t d = 0; d < rank; d++)
        if (dims[d] == 0)
            dims[d] = x->dims[next++];
    return op_set_output(node, 0, x->type, rank, dims);
}

static hinge_status infer(const struct hinge_node *node)
{
    struct op_list axes;
    hinge_status status =
        node->opset < 13 ? op_list_attribute(node, 0, &axes) : op_list_input(node, 1, &axes);
    return status ? status : insert(node, axes);
}

static hinge_status infer_one(const struct hinge_node *node)
{
    struct op_list axes;
    hinge_status status = op_list_input(node, 1, &axes);
    if (status)
        return status;
    if (axes.count != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "axis has %d values, not one", (int)axes.count);
    return insert(node, axes);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "axes", .type = HINGE_ATTR_INTS, .required = true}, {.name = NULL}};

#define UNSQUEEZE                                                                                  \
    .name = "Unsqueeze", .gradient = "Like(dy, x)", .flags = HINGE_OP_VIEW, .infer = infer,        \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, op_run_view})

const struct hinge_op op_unsqueeze[] = {
    {UNSQUEEZE, .since = 1, .until = 12,
     .signature = "(data: T) -> (expanded: T); T: " OP_TYPES_ALL_IR3, .attributes = attributes},
    {UNSQUEEZE, .since = 13,
     .signature = "(data: T, axes: int64) -> (expanded: T); T: " OP_TYPES_ALL_IR13},
    {.name = "ExpandDims",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(X: T, axis: int32) -> (Y: T); T: " OP_TYPES_ALL_IR4,
     .flags = HINGE_OP_VIEW,
     .infer = infer_one,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, op_run_view})},
    OP_END,
};
