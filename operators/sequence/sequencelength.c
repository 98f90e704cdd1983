/* SequenceLength-11: how many elements a sequence has. */
#include "operators/op/values.h"

static hinge_status infer(const struct hinge_node *node)
{
    if (node->outputs[0])
        node->outputs[0]->rank = 0;
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    *(int64_t *)node->outputs[0]->data = node->inputs[0]->dims[0];
    return HINGE_OK;
}

const struct hinge_op op_sequencelength[] = {
    {.name = "SequenceLength",
     .since = 11,
     .signature = "(input_sequence: seq(T)) -> (length: I); T: " OP_TYPES_ALL_IR3 " " OP_TYPES_MAPS
                  "; I: int64",
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
