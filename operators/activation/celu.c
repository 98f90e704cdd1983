/* Celu-12, -28: y = x where x >= 0, otherwise alpha (e^(x / alpha) - 1). */
#include "operators/op/activation.h"

static void celu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_CELU;
    activation->alpha = node->attributes[0].f;
}

OP_ACTIVATION_RUN(celu)

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = NULL},
};

const struct hinge_op op_celu[] = {
    {.name = "Celu",
     .gradient = "Where(x < 0, dy * Exp(Min(x, 0) / alpha), dy)",
     .since = 12,
     .attributes = attributes,
     OP_ACTIVATION_ENTRY(celu, "X", "Y")},
    OP_END,
};
