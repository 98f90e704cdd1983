/* Squeeze-1, -11, -13, -21, -23, -24, -25: without the dimensions of 1 that axes name, or without
 * all of them where it is left out. axes is an attribute up to opset 12, then an input. */
#include "operators/op/copy.h"

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct op_list axes;
    hinge_status status =
        node->opset < 13 ? op_list_attribute(node, 0, &axes) : op_list_input(node, 1, &axes);
    if (!status)
        status = op_list_axes(node, &axes, x->rank);
    if (status)
        return status;
    bool drop[HINGE_MAX_RANK] = {false};
    for (int32_t d = 0; d < x->rank && !axes.present; d++)
        drop[d] = x->dims[d] == 1;
    for (size_t i = 0; i < axes.count; i++) {
        int64_t axis = axes.values[i];
        if (x->dims[axis] != 1)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %lld is %lld, not 1", (long long)axis,
                           (long long)x->dims[axis]);
        drop[axis] = true;
    }
    int64_t dims[HINGE_MAX_RANK];
    int32_t rank = 0;
    for (int32_t d = 0; d < x->rank; d++)
        if (!drop[d])
            dims[rank++] = x->dims[d];
    return op_set_output(node, 0, x->type, rank, dims);
}

static const struct hinge_attribute_def attributes[] = {{.name = "axes", .type = HINGE_ATTR_INTS},
                                                        {.name = NULL}};

#define SQUEEZE                                                                                    \
    .name = "Squeeze", .gradient = "Like(dy, x)", .flags = HINGE_OP_VIEW, .infer = infer,          \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, op_run_view})

const struct hinge_op op_squeeze[] = {
    {SQUEEZE, .since = 1, .until = 12,
     .signature = "(data: T) -> (squeezed: T); T: " OP_TYPES_ALL_IR3, .attributes = attributes},
    {SQUEEZE, .since = 13,
     .signature = "(data: T, axes?: int64) -> (squeezed: T); T: " OP_TYPES_ALL_IR13},
    OP_END,
};
