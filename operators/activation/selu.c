/* Selu-1, -6, -22: y = gamma x where x > 0, otherwise gamma alpha (e^x - 1). Version 1 has defaults
 * with fewer digits. */
#include "operators/op/activation.h"

static void selu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_SELU;
    activation->alpha = node->attributes[0].f;
    activation->beta = node->attributes[1].f;
}

OP_ACTIVATION_RUN(selu)

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1.6732F},
    {.name = "gamma", .type = HINGE_ATTR_FLOAT, .f = 1.0507F},
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1.67326319217681884765625F},
    {.name = "gamma", .type = HINGE_ATTR_FLOAT, .f = 1.05070102214813232421875F},
    {.name = NULL},
};

const struct hinge_op op_selu[] = {
    {.name = "Selu",
     .gradient = "Where(x > 0, dy * gamma, dy * gamma * alpha * Exp(Min(x, 0)))",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     OP_ACTIVATION_ENTRY(selu, "X", "Y")},
    {.name = "Selu",
     .gradient = "Where(x > 0, dy * gamma, dy * gamma * alpha * Exp(Min(x, 0)))",
     .since = 6,
     .attributes = attributes,
     OP_ACTIVATION_ENTRY(selu, "X", "Y")},
    OP_END,
};
