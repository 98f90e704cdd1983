/* Optional-15: an optional that holds the input or, without one, nothing of the type that the
 * attribute tells. */
#include "operators/op/values.h"

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const struct hinge_attribute *type = &node->attributes[0];
    hinge_type_code given = node->n_inputs ? inputs[0] : 0;
    char text[2][OP_TEXT_SIZE];
    if (!given && !type->present)
        return OP_FAIL(node, HINGE_BAD_MODEL, "there is neither an input nor a type");
    if (given && type->present && *type->type_codes != given)
        return OP_FAIL(node, HINGE_BAD_MODEL, "the input is %s, the type says %s",
                       op_type_text(given, text[0]), op_type_text(*type->type_codes, text[1]));
    outputs[0] = HINGE_OPTIONAL | (given ? given : *type->type_codes) << 8;
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = op_input(node, 0);
    hinge_tensor *elements;
    hinge_status status = op_elements(node, node->outputs[0], HINGE_OPTIONAL, x != NULL, &elements);
    return status || !x ? status : node->host->share(node, elements, x);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "type", .type = HINGE_ATTR_TYPE_PROTO}, {.name = NULL}};

const struct hinge_op op_optional[] = {
    {.name = "Optional",
     .since = 15,
     .signature = "(input?: V) -> (output: O); V: " OP_TYPES_ALL_IR3 " " OP_TYPES_SEQUENCE(
         OP_TYPES_ALL_IR3) "; O: " OP_TYPES_OPTIONAL(OP_TYPES_ALL_IR3),
     .attributes = attributes,
     .types = types,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
