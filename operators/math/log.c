/* Log-1, -6, -13: y = the natural logarithm of x; NaN below 0, -Inf at 0. */
#include "operators/activation/activation_family.h"

static void log_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_LOG;
}

ACTIVATION_RUN(log)

static const struct hinge_attribute_def attributes_1[] = {
    ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_log[] = {
    {.name = "Log", .since = 1, .until = 5, .attributes = attributes_1, ACTIVATION_ENTRY(log)},
    {.name = "Log", .since = 6, ACTIVATION_ENTRY(log)},
    OP_END,
};
