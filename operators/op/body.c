#include "operators/op/body.h"

hinge_status op_body_types(const struct hinge_node *node, unsigned attribute, const char *name,
                           const hinge_type_code *inputs, uint32_t n_inputs,
                           hinge_type_code outputs[OP_BODY_MAX], uint32_t n_least)
{
    uint32_t has = node->attributes[attribute].graph.n_inputs;
    uint32_t n_outputs = node->attributes[attribute].graph.n_outputs;
    if (has != n_inputs)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %u inputs, not %u", name, (unsigned)has,
                       (unsigned)n_inputs);
    if (n_outputs < n_least)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %u outputs, fewer than %u", name,
                       (unsigned)n_outputs, (unsigned)n_least);
    if (n_outputs > OP_BODY_MAX)
        return OP_FAIL(node, HINGE_LIMIT, "%s has %u outputs, more than %d", name,
                       (unsigned)n_outputs, OP_BODY_MAX);
    for (uint32_t i = 0; i < n_outputs; i++)
        outputs[i] = 0;
    return node->host->graph_types(node, attribute, inputs, n_inputs, outputs, n_outputs);
}

size_t op_body_size(const struct hinge_node *node, unsigned attribute)
{
    const struct hinge_attribute *graph = &node->attributes[attribute];
    return op_round_up(2 * graph->graph.n_outputs * sizeof(hinge_tensor) +
                       graph->graph.n_inputs * sizeof(hinge_tensor *));
}

void op_body_open(struct op_body *body, const struct hinge_node *node, unsigned attribute,
                  void *memory)
{
    const struct hinge_attribute *graph = &node->attributes[attribute];
    body->attribute = attribute;
    body->n_inputs = graph->graph.n_inputs;
    body->n_outputs = graph->graph.n_outputs;
    body->outputs = memory;
    body->earlier = body->outputs + body->n_outputs;
    body->inputs = (const hinge_tensor **)(void *)(body->earlier + body->n_outputs);
}

hinge_status op_body_call(const struct hinge_node *node, struct op_body *body, uint32_t flags)
{
    hinge_tensor *outputs = body->earlier;
    body->earlier = body->outputs;
    body->outputs = outputs;
    return node->host->call_with(node, body->attribute, flags, body->inputs, body->n_inputs,
                                 outputs, body->n_outputs);
}

static const hinge_tensor *declared(const hinge_tensor *list, uint32_t n, uint32_t i)
{
    return list && i < n ? &list[i] : NULL;
}

const hinge_tensor *op_body_declared_input(const struct hinge_node *node, unsigned attribute,
                                           uint32_t input)
{
    const struct hinge_attribute *graph = &node->attributes[attribute];
    return declared(graph->graph.inputs, graph->graph.n_inputs, input);
}

const hinge_tensor *op_body_declared_output(const struct hinge_node *node, unsigned attribute,
                                            uint32_t output)
{
    const struct hinge_attribute *graph = &node->attributes[attribute];
    return declared(graph->graph.outputs, graph->graph.n_outputs, output);
}
