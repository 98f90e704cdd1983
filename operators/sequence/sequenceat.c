/* SequenceAt-11: the tensor (or map) at position of a sequence. */
#include "operators/op/values.h"

static hinge_status infer(const struct hinge_node *node)
{
    op_open_output(node, 0);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *sequence = node->inputs[0];
    int64_t n = sequence->dims[0], position;
    hinge_status status = op_input_position(node, 1, n, n, &position);
    return status ? status
                  : node->host->share(node, node->outputs[0], op_element(sequence, position));
}

const struct hinge_op op_sequenceat[] = {
    {.name = "SequenceAt",
     .since = 11,
     .signature = "(input_sequence: seq(T), position: I) -> (tensor: T); T: " OP_TYPES_ALL_IR3
                  " " OP_TYPES_MAPS "; I: int32 int64",
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
