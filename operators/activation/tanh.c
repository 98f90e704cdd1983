/* Tanh-1, -6, -13: y = tanh x. */
#include "operators/op/activation.h"

static void tanh_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_TANH;
}

OP_ACTIVATION_RUN(tanh)

static const struct hinge_attribute_def attributes_1[] = {
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_tanh[] = {
    {.name = "Tanh",
     .gradient = "dy * (1 - y * y)",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     OP_ACTIVATION_ENTRY(tanh, "input", "output")},
    {.name = "Tanh",
     .gradient = "dy * (1 - y * y)",
     .since = 6,
     OP_ACTIVATION_ENTRY(tanh, "input", "output")},
    OP_END,
};
