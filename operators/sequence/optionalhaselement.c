/* OptionalHasElement-15, -18: whether an optional holds something; from 18 on an input that is a
 * tensor or a sequence does, and one that is left out does not. */
#include "operators/op/values.h"

static hinge_status infer(const struct hinge_node *node)
{
    if (node->outputs[0])
        node->outputs[0]->rank = 0;
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = op_input(node, 0);
    *(uint8_t *)node->outputs[0]->data = x && (x->type != HINGE_OPTIONAL || x->dims[0] > 0);
    return HINGE_OK;
}

#define OPTIONALHASELEMENT                                                                         \
    .name = "OptionalHasElement", .infer = infer, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_optionalhaselement[] = {
    {OPTIONALHASELEMENT, .since = 15, .until = 17,
     .signature = "(input: O) -> (output: B); O: " OP_TYPES_OPTIONAL(OP_TYPES_ALL_IR3) "; B: bool"},
    {OPTIONALHASELEMENT, .since = 18,
     .signature = "(input?: O) -> (output: B); O: " OP_TYPES_OPTIONAL(
         OP_TYPES_ALL_IR3) " " OP_TYPES_ALL_IR3
                           " " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR3) "; B: bool"},
    OP_END,
};
