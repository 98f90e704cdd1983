/* Erf-9, -13: y = the error function. */
#include "operators/activation/activation_family.h"

static void erf_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_ERF;
}

ACTIVATION_RUN(erf)

const struct hinge_op op_erf[] = {
    {.name = "Erf", .since = 9, ACTIVATION_ENTRY(erf)},
    OP_END,
};
