/* Exp-1, -6, -13: y = e^x. */
#include "operators/op/activation.h"

static void exp_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_EXP;
}

OP_ACTIVATION_RUN(exp)

static const struct hinge_attribute_def attributes_1[] = {
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_exp[] = {
    {.name = "Exp",
     .gradient = "dy * y",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     OP_ACTIVATION_ENTRY(exp, "input", "output")},
    {.name = "Exp", .gradient = "dy * y", .since = 6, OP_ACTIVATION_ENTRY(exp, "input", "output")},
    OP_END,
};
