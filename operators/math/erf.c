/* Erf-9, -13: y = the error function. */
#include "operators/op_activation.h"

static void erf_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_ERF;
}

OP_ACTIVATION_RUN(erf)

const struct hinge_op op_erf[] = {
    {.name = "Erf", .since = 9, OP_ACTIVATION_ENTRY(erf, "input", "output")},
    OP_END,
};
