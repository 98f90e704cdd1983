/* Softsign-1, -22: y = x / (1 + |x|). */
#include "operators/op_activation.h"

static void softsign_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_SOFTSIGN;
}

OP_ACTIVATION_RUN(softsign)

const struct hinge_op op_softsign[] = {
    {.name = "Softsign", .since = 1, OP_ACTIVATION_ENTRY(softsign, "input", "output")},
    OP_END,
};
