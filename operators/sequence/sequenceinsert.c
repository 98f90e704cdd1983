/* SequenceInsert-11: a sequence with a tensor more, in front of the one at position or, without
 * that input, at the end. Of n elements, position n is the end, and -n the beginning. */
#include "operators/op/values.h"

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *sequence = node->inputs[0];
    int64_t n = sequence->dims[0], position = n;
    hinge_status status =
        op_input(node, 2) ? op_input_position(node, 2, n, n + 1, &position) : HINGE_OK;
    if (status)
        return status;
    hinge_tensor *elements = node->host->extend(node, 0, 0, n + 1);
    if (!elements)
        return HINGE_NO_MEMORY;
    for (int64_t i = n; i > position && !status; i--)
        status = node->host->share(node, &elements[i], &elements[i - 1]);
    return status ? status : node->host->share(node, &elements[position], node->inputs[1]);
}

const struct hinge_op op_sequenceinsert[] = {
    {.name = "SequenceInsert",
     .since = 11,
     .signature = "(input_sequence: seq(T), tensor: T, position?: I) -> (output_sequence: seq(T)); "
                  "T: " OP_TYPES_ALL_IR3 " " OP_TYPES_MAPS "; I: int32 int64",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
