/* SequenceErase-11: a sequence without the tensor at position or, without that input, without its
 * last one. */
#include "operators/op/values.h"

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *sequence = node->inputs[0];
    int64_t n = sequence->dims[0], position = n - 1;
    hinge_tensor *elements;
    hinge_status status = HINGE_OK;
    if (op_input(node, 1))
        status = op_input_position(node, 1, n, n, &position);
    else if (n == 0)
        return OP_FAIL(node, HINGE_BAD_VALUE, "the sequence has no element to erase");
    if (!status)
        status = op_elements(node, node->outputs[0], HINGE_SEQUENCE, n - 1, &elements);
    for (int64_t i = 0; i < n - 1 && !status; i++)
        status = node->host->share(node, &elements[i], op_element(sequence, i + (i >= position)));
    return status;
}

const struct hinge_op op_sequenceerase[] = {
    {.name = "SequenceErase",
     .since = 11,
     .signature = "(input_sequence: seq(T), position?: I) -> (output_sequence: seq(T)); "
                  "T: " OP_TYPES_ALL_IR3 " " OP_TYPES_MAPS "; I: int32 int64",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
