/* Exp-1, -6, -13: y = e^x. */
#include "operators/activation/activation_family.h"

static void exp_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_EXP;
}

ACTIVATION_RUN(exp)

static const struct hinge_attribute_def attributes_1[] = {
    ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_exp[] = {
    {.name = "Exp", .since = 1, .until = 5, .attributes = attributes_1, ACTIVATION_ENTRY(exp)},
    {.name = "Exp", .since = 6, ACTIVATION_ENTRY(exp)},
    OP_END,
};
