/* Mish-18, -22: y = x tanh(log(1 + e^x)). At -Inf it is the limit, 0, where the standard's
 * function, step by step, multiplies -Inf by 0. */
#include "operators/op/activation.h"

static void mish_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_MISH;
}

OP_ACTIVATION_RUN(mish)

const struct hinge_op op_mish[] = {
    {.name = "Mish",
     .gradient = "t = Tanh(Softplus(x)); dy * (t + x * (1 - t * t) * Sigmoid(x))",
     .since = 18,
     OP_ACTIVATION_ENTRY(mish, "X", "Y")},
    OP_END,
};
