/* Mish-18, -22: y = x tanh(log(1 + e^x)). */
#include "operators/op_activation.h"

static void mish_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_MISH;
}

OP_ACTIVATION_RUN(mish)

const struct hinge_op op_mish[] = {
    {.name = "Mish", .since = 18, OP_ACTIVATION_ENTRY(mish, "X", "Y")},
    OP_END,
};
