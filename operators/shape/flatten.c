/* Flatten-1, -9, -11, -13, -21, -23, -24, -25: a matrix of the dimensions before axis and those
 * from it on. */
#include "operators/op/copy.h"

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t axis = node->attributes[0].i;
    if (axis < -x->rank || axis > x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "axis %lld is not in [-%d, %d]", (long long)axis,
                       (int)x->rank, (int)x->rank);
    int32_t split = (int32_t)(axis < 0 ? axis + x->rank : axis);
    int64_t dims[2] = {op_dims_count(x, 0, split), op_dims_count(x, split, x->rank)};
    return op_set_output(node, 0, x->type, 2, dims);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = 1}, {.name = NULL}};

const struct hinge_op op_flatten[] = {
    {.name = "Flatten",
     .gradient = "Like(dy, x)",
     .since = 1,
     .signature = "(input: T) -> (output: T); T: " OP_TYPES_ALL_IR13,
     .flags = HINGE_OP_VIEW,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, op_run_view})},
    OP_END,
};
