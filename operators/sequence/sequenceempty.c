/* SequenceEmpty-11: a sequence without elements, of tensors of the type that dtype tells. */
#include "operators/op/values.h"

static hinge_status run(const struct hinge_node *node)
{
    hinge_tensor *elements;
    return op_elements(node, node->outputs[0], HINGE_SEQUENCE, 0, &elements);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "dtype", .type = HINGE_ATTR_INT, .i = HINGE_FLOAT}, {.name = NULL}};

const struct hinge_op op_sequenceempty[] = {
    {.name = "SequenceEmpty",
     .since = 11,
     .signature = "() -> (output: seq(T)); T@dtype: " OP_TYPES_ALL_IR3,
     .attributes = attributes,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
