/* Elu-1, -6, -22: y = x where x >= 0, otherwise alpha (e^x - 1). */
#include "operators/op/activation.h"

static void elu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_ELU;
    activation->alpha = node->attributes[0].f;
}

OP_ACTIVATION_RUN(elu)

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = NULL},
};

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_elu[] = {
    {.name = "Elu",
     .gradient = "Where(x < 0, dy * alpha * Exp(Min(x, 0)), dy)",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     OP_ACTIVATION_ENTRY(elu, "X", "Y")},
    {.name = "Elu",
     .gradient = "Where(x < 0, dy * alpha * Exp(Min(x, 0)), dy)",
     .since = 6,
     .attributes = attributes,
     OP_ACTIVATION_ENTRY(elu, "X", "Y")},
    OP_END,
};
