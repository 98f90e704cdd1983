/* SequenceMap-17: a graph run for each element of the input sequences (which are of one length),
 * tensors being handed to it as they are; what it returns makes sequences. */
#include "operators/op/body.h"

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    hinge_type_code in[OP_BODY_MAX], out[OP_BODY_MAX];
    char text[OP_TEXT_SIZE];
    if (node->n_inputs > OP_BODY_MAX)
        return OP_FAIL(node, HINGE_LIMIT, "%u inputs, more than %d", (unsigned)node->n_inputs,
                       OP_BODY_MAX);
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        if (!inputs[i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is left out", (unsigned)i);
        in[i] = (inputs[i] & 0xff) == HINGE_SEQUENCE ? hinge_element_code(inputs[i]) : inputs[i];
    }
    hinge_status status = op_body_types(node, 0, "body", in, node->n_inputs, out, node->n_outputs);
    for (uint32_t i = 0; i < node->n_outputs && !status; i++) {
        if (hinge_is_container((hinge_type)(out[i] & 0xff)))
            return OP_FAIL(node, HINGE_BAD_MODEL, "output %u collects %s, which is no tensor",
                           (unsigned)i, op_type_text(out[i], text));
        outputs[i] = out[i] ? HINGE_SEQUENCE | out[i] << 8 : 0;
    }
    return status;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    *scratch = op_body_size(node, 0) + node->n_outputs * sizeof(hinge_tensor *);
    return HINGE_OK;
}

static hinge_status check_lengths(const struct hinge_node *node)
{
    int64_t n = node->inputs[0]->dims[0];
    for (uint32_t i = 1; i < node->n_inputs; i++)
        if (node->inputs[i]->type == HINGE_SEQUENCE && node->inputs[i]->dims[0] != n)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u has %lld elements, input 0 has %lld",
                           (unsigned)i, (long long)node->inputs[i]->dims[0], (long long)n);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    struct op_body body;
    hinge_tensor **elements =
        (hinge_tensor **)(void *)((char *)node->scratch + op_body_size(node, 0));
    int64_t n = node->inputs[0]->dims[0];
    hinge_status status = check_lengths(node);
    op_body_open(&body, node, 0, node->scratch);
    for (uint32_t k = 0; k < node->n_outputs && !status; k++)
        if (node->outputs[k])
            status = op_elements(node, node->outputs[k], HINGE_SEQUENCE, n, &elements[k]);
    for (int64_t i = 0; i < n && !status; i++) {
        for (uint32_t k = 0; k < node->n_inputs; k++)
            body.inputs[k] = node->inputs[k]->type == HINGE_SEQUENCE
                                 ? op_element(node->inputs[k], i)
                                 : node->inputs[k];
        status = op_body_call(node, &body, 0);
        for (uint32_t k = 0; k < node->n_outputs && !status; k++)
            if (node->outputs[k])
                status = node->host->share(node, &elements[k][i], &body.outputs[k]);
    }
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "body", .type = HINGE_ATTR_GRAPH, .required = true}, {.name = NULL}};

const struct hinge_op op_sequencemap[] = {
    {.name = "SequenceMap",
     .since = 17,
     .signature = "(input_sequence: seq(T), additional_inputs*: V) -> (out_sequence*: S); "
                  "T: " OP_TYPES_ALL_IR3 "; V: " OP_TYPES_ALL_IR3 " " OP_TYPES_SEQUENCE(
                      OP_TYPES_ALL_IR3) "; S: " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR3),
     .attributes = attributes,
     .types = types,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
