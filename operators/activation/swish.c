/* Swish-24: y = x / (1 + e^(-alpha x)). At an infinity it is the limit, where the standard's
 * function, step by step, multiplies it by 0. */
#include "operators/op/activation.h"

static void swish_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_SWISH;
    activation->alpha = node->attributes[0].f;
}

OP_ACTIVATION_RUN(swish)

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = NULL},
};

const struct hinge_op op_swish[] = {
    {.name = "Swish",
     .gradient = "s = Sigmoid(alpha * x); dy * (s + alpha * x * s * (1 - s))",
     .since = 24,
     .attributes = attributes,
     OP_ACTIVATION_ENTRY(swish, "X", "Y")},
    OP_END,
};
