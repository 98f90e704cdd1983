/*
 * ai.onnx.preview.training Gradient-1: the derivatives of the sum of y's elements by each of xs, as
 * large as they are. What they are computed by is for the pass expand-gradients, which puts nodes
 * in this one's place; here is said what the node has to look like. Behind the inputs of the
 * standard, the values at which is differentiated, the loader appends what the attributes name: xs,
 * zs and y.
 *
 * Deviation: bfloat16 is allowed too.
 */
#include "operators/op/values.h"

enum { XS, ZS, Y };

static const struct hinge_attribute_def attributes[] = {
    [XS] = {.name = "xs", .type = HINGE_ATTR_STRINGS, .required = true},
    [ZS] = {.name = "zs", .type = HINGE_ATTR_STRINGS},
    [Y] = {.name = "y", .type = HINGE_ATTR_STRING, .required = true},
    {.name = NULL},
};

static bool is_floating(hinge_type_code code)
{
    return code == HINGE_FLOAT || code == HINGE_DOUBLE || code == HINGE_FLOAT16 ||
           code == HINGE_BFLOAT16;
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const size_t n_xs = node->attributes[XS].count, n_zs = node->attributes[ZS].count;
    const size_t n = n_xs + n_zs;
    char text[2][OP_TEXT_SIZE];
    if (n_xs == 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "xs names nothing");
    if (node->n_inputs < n + 1 || node->n_inputs - (n + 1) != n)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "xs and zs name %zu tensors, but there are %lld "
                       "inputs",
                       n, (long long)node->n_inputs - (long long)(n + 1));
    if (node->n_outputs > n_xs)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%u outputs, but xs names %zu tensors",
                       (unsigned)node->n_outputs, n_xs);
    if (!is_floating(inputs[2 * n]))
        return OP_FAIL(node, HINGE_BAD_MODEL, "y is of type %s, which has no derivative",
                       op_type_text(inputs[2 * n], text[0]));
    for (size_t i = 0; i < n; i++)
        if (!inputs[i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %zu is left out", i);
        else if (inputs[i] != inputs[n + i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %zu is of type %s, what it stands for %s",
                           i, op_type_text(inputs[i], text[0]),
                           op_type_text(inputs[n + i], text[1]));
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] && !is_floating(inputs[i]))
            return OP_FAIL(node, HINGE_BAD_MODEL,
                           "x %u is of type %s, by which nothing is "
                           "differentiated",
                           (unsigned)i, op_type_text(inputs[i], text[0]));
        else
            outputs[i] = inputs[i];
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    hinge_status status = HINGE_OK;
    for (uint32_t i = 0; i < node->n_outputs && !status; i++)
        status = op_set_dims(node, i, node->inputs[i]->rank, node->inputs[i]->dims);
    return status;
}

static hinge_status run(const struct hinge_node *node)
{
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i])
            return OP_FAIL(node, HINGE_UNSUPPORTED,
                           "it is the pass expand-gradients that computes it");
    return HINGE_OK;
}

const struct hinge_op op_gradient[] = {
    {.name = "Gradient",
     .domain = "ai.onnx.preview.training",
     .since = 1,
     .signature = "(Inputs*: T1) -> (Outputs*: T2); T1: " OP_TYPES_ALL_IR4 "; T2: " OP_TYPES_FLOAT,
     .attributes = attributes,
     .types = types,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
