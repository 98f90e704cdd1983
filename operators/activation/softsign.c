/* Softsign-1, -22: y = x / (1 + |x|). */
#include "operators/activation/activation_family.h"

static void softsign_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_SOFTSIGN;
}

ACTIVATION_RUN(softsign)

const struct hinge_op op_softsign[] = {
    {.name = "Softsign", .since = 1, ACTIVATION_ENTRY(softsign)},
    OP_END,
};
