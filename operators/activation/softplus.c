/* Softplus-1, -22: y = log(1 + e^x). */
#include "operators/activation/activation_family.h"

static void softplus_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_SOFTPLUS;
}

ACTIVATION_RUN(softplus)

const struct hinge_op op_softplus[] = {
    {.name = "Softplus", .since = 1, ACTIVATION_ENTRY(softplus)},
    OP_END,
};
