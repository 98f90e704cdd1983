/* SequenceConstruct-11: the inputs as a sequence. */
#include "operators/op/values.h"

static hinge_status run(const struct hinge_node *node)
{
    hinge_tensor *elements;
    hinge_status status =
        op_elements(node, node->outputs[0], HINGE_SEQUENCE, node->n_inputs, &elements);
    for (uint32_t i = 0; i < node->n_inputs && !status; i++) {
        if (!node->inputs[i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is left out", (unsigned)i);
        status = node->host->share(node, &elements[i], node->inputs[i]);
    }
    return status;
}

const struct hinge_op op_sequenceconstruct[] = {
    {.name = "SequenceConstruct",
     .since = 11,
     .signature =
         "(inputs...: T) -> (output_sequence: seq(T)); T: " OP_TYPES_ALL_IR3 " " OP_TYPES_MAPS,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
