/* Tanh-1, -6, -13: y = tanh x. */
#include "operators/activation/activation_family.h"

static void tanh_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_TANH;
}

ACTIVATION_RUN(tanh)

static const struct hinge_attribute_def attributes_1[] = {
    ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_tanh[] = {
    {.name = "Tanh", .since = 1, .until = 5, .attributes = attributes_1, ACTIVATION_ENTRY(tanh)},
    {.name = "Tanh", .since = 6, ACTIVATION_ENTRY(tanh)},
    OP_END,
};
