/* Softsign-1, -22: y = x / (1 + |x|). At the infinities it is the limits, 1 and -1, where the
 * standard's function, step by step, divides Inf by Inf. */
#include "operators/op/activation.h"

static void softsign_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_SOFTSIGN;
}

OP_ACTIVATION_RUN(softsign)

const struct hinge_op op_softsign[] = {
    {.name = "Softsign",
     .gradient = "n = Abs(x) + 1; dy / (n * n)",
     .since = 1,
     OP_ACTIVATION_ENTRY(softsign, "input", "output")},
    OP_END,
};
