/* SequenceInsert-11: a sequence with a tensor more, in front of the one at position or, without
 * that input, at the end. Of n elements, position n is the end, and -n the beginning. */
#include "operators/op_values.h"

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *sequence = node->inputs[0];
    int64_t n = sequence->dims[0], position = n;
    hinge_tensor *elements;
    hinge_status status =
        op_input(node, 2) ? op_input_position(node, 2, n, n + 1, &position) : HINGE_OK;
    if (!status)
        status = op_elements(node, node->outputs[0], HINGE_SEQUENCE, n + 1, &elements);
    for (int64_t i = 0; i <= n && !status; i++) {
        const hinge_tensor *from =
            i == position ? node->inputs[1] : op_element(sequence, i - (i > position));
        status = node->host->share(node, &elements[i], from);
    }
    return status;
}

const struct hinge_op op_sequenceinsert[] = {
    {.name = "SequenceInsert",
     .since = 11,
     .signature = "(input_sequence: seq(T), tensor: T, position?: I) -> (output_sequence: seq(T)); "
                  "T: " OP_TYPES_ALL_IR3 "; I: int32 int64",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
