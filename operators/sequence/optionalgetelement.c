/* OptionalGetElement-15, -18: what an optional holds; from 18 on a tensor or a sequence is handed
 * on as it is. */
#include "operators/op/values.h"

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    (void)node;
    outputs[0] = (inputs[0] & 0xff) == HINGE_OPTIONAL ? hinge_element_code(inputs[0]) : inputs[0];
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    op_open_output(node, 0);
    if (!y || hinge_is_container(x->type))
        return HINGE_OK;
    y->rank = x->rank;
    for (int32_t d = 0; d < x->rank; d++)
        y->dims[d] = x->dims[d];
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    if (x->type != HINGE_OPTIONAL)
        return node->host->share(node, node->outputs[0], x);
    if (x->dims[0] == 0)
        return OP_FAIL(node, HINGE_BAD_VALUE, "the optional has no element");
    return node->host->share(node, node->outputs[0], op_element(x, 0));
}

static bool is_identity(const struct hinge_node *node)
{
    return node->inputs[0]->type != HINGE_OPTIONAL;
}

#define OPTIONALGETELEMENT                                                                         \
    .name = "OptionalGetElement", .types = types, .infer = infer, .is_identity = is_identity,      \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_optionalgetelement[] = {
    {OPTIONALGETELEMENT, .since = 15, .until = 17,
     .signature = "(input: O) -> (output: V); O: " OP_TYPES_OPTIONAL(
         OP_TYPES_ALL_IR3) "; V: " OP_TYPES_ALL_IR3 " " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR3)},
    {OPTIONALGETELEMENT, .since = 18,
     .signature = "(input: O) -> (output: V); O: " OP_TYPES_OPTIONAL(
         OP_TYPES_ALL_IR3) " " OP_TYPES_ALL_IR3
                           " " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR3) "; V: " OP_TYPES_ALL_IR3
                                                                   " " OP_TYPES_SEQUENCE(
                                                                       OP_TYPES_ALL_IR3)},
    OP_END,
};
