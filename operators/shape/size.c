/* Size-1, -13, -19, -21, -23, -24, -25: the number of elements. */
#include "operators/op/op.h"

static hinge_status infer(const struct hinge_node *node)
{
    return op_set_output(node, 0, HINGE_INT64, 0, NULL);
}

static hinge_status run(const struct hinge_node *node)
{
    int64_t *count = node->outputs[0]->data;
    *count = hinge_count(node->inputs[0]);
    return HINGE_OK;
}

const struct hinge_op op_size[] = {
    {.name = "Size",
     .since = 1,
     .signature = "(data: T) -> (size: int64); T: " OP_TYPES_ALL_IR13,
     .flags = HINGE_OP_SHAPE_ONLY,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
