/* If-1, -11, -13, -16, -19, -21, -23, -24, -25: what one of two graphs returns. Only that one is
 * run; the two may return different shapes. */
#include "operators/op/body.h"

enum { ELSE_BRANCH, THEN_BRANCH };

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    hinge_type_code otherwise[OP_BODY_MAX], then[OP_BODY_MAX];
    char text[2][OP_TEXT_SIZE];
    (void)inputs;
    uint32_t n_then = node->attributes[THEN_BRANCH].graph.n_outputs;
    uint32_t n_else = node->attributes[ELSE_BRANCH].graph.n_outputs;
    if (n_then != n_else)
        return OP_FAIL(node, HINGE_BAD_MODEL, "then_branch has %u outputs, else_branch %u",
                       (unsigned)n_then, (unsigned)n_else);
    hinge_status status =
        op_body_types(node, THEN_BRANCH, "then_branch", NULL, 0, then, node->n_outputs);
    if (!status)
        status =
            op_body_types(node, ELSE_BRANCH, "else_branch", NULL, 0, otherwise, node->n_outputs);
    for (uint32_t i = 0; i < node->n_outputs && !status; i++) {
        if (then[i] && otherwise[i] && then[i] != otherwise[i])
            return OP_FAIL(node, HINGE_BAD_MODEL,
                           "output %u is %s of then_branch, %s of else_branch", (unsigned)i,
                           op_type_text(then[i], text[0]), op_type_text(otherwise[i], text[1]));
        outputs[i] = then[i] ? then[i] : otherwise[i];
    }
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    for (uint32_t i = 0; i < node->n_outputs; i++)
        op_open_output(node, i);
    return HINGE_OK;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    *scratch = op_body_size(node, THEN_BRANCH); /* as many outputs as the other */
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *condition = node->inputs[0];
    struct op_body body;
    char text[OP_TEXT_SIZE];
    if (hinge_count(condition) != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "cond has the shape %s, not one element",
                       op_dims_text(condition, text));
    op_body_open(&body, node, *(const uint8_t *)condition->data ? THEN_BRANCH : ELSE_BRANCH,
                 node->scratch);
    hinge_status status = op_body_call(node, &body, HINGE_CALL_LAST);
    for (uint32_t i = 0; i < node->n_outputs && !status; i++)
        if (node->outputs[i])
            status = node->host->share(node, node->outputs[i], &body.outputs[i]);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [ELSE_BRANCH] = {.name = "else_branch", .type = HINGE_ATTR_GRAPH, .required = true},
    [THEN_BRANCH] = {.name = "then_branch", .type = HINGE_ATTR_GRAPH, .required = true},
    {.name = NULL}};

#define IF                                                                                         \
    .name = "If", .attributes = attributes, .types = types, .infer = infer, .prepare = prepare,    \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_if[] = {
    {IF, .since = 1, .until = 12,
     .signature = "(cond: B) -> (outputs*: V); B: bool; V: " OP_TYPES_ALL_IR3},
    {IF, .since = 13, .until = 15,
     .signature = "(cond: B) -> (outputs*: V); B: bool; V: " OP_TYPES_ALL_IR3
                  " " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR3)},
    {IF, .since = 16,
     .signature =
         "(cond: B) -> (outputs*: V); B: bool; V: " OP_TYPES_ALL_IR13
         " " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR13) " " OP_TYPES_OPTIONAL(OP_TYPES_ALL_IR13)},
    OP_END,
};
