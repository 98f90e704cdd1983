/* Softplus-1, -22: y = log(1 + e^x). */
#include "operators/op/activation.h"

static void softplus_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_SOFTPLUS;
}

OP_ACTIVATION_RUN(softplus)

const struct hinge_op op_softplus[] = {
    {.name = "Softplus",
     .gradient = "dy * Sigmoid(x)",
     .since = 1,
     OP_ACTIVATION_ENTRY(softplus, "X", "Y")},
    OP_END,
};
