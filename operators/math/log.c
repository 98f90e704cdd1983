/* Log-1, -6, -13: y = the natural logarithm of x; NaN below 0, -Inf at 0. */
#include "operators/op/activation.h"

static void log_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_LOG;
}

OP_ACTIVATION_RUN(log)

static const struct hinge_attribute_def attributes_1[] = {
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_log[] = {
    {.name = "Log",
     .gradient = "dy / x",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     OP_ACTIVATION_ENTRY(log, "input", "output")},
    {.name = "Log", .gradient = "dy / x", .since = 6, OP_ACTIVATION_ENTRY(log, "input", "output")},
    OP_END,
};
