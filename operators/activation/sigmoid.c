/* Sigmoid-1, -6, -13: y = 1 / (1 + e^-x). */
#include "operators/op/activation.h"

static void sigmoid_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_SIGMOID;
}

OP_ACTIVATION_RUN(sigmoid)

static const struct hinge_attribute_def attributes_1[] = {
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_sigmoid[] = {
    {.name = "Sigmoid",
     .gradient = "dy * y * (1 - y)",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     .integers = "com.microsoft::QLinearSigmoid-1(a, y)",
     OP_ACTIVATION_ENTRY(sigmoid, "X", "Y")},
    {.name = "Sigmoid",
     .gradient = "dy * y * (1 - y)",
     .since = 6,
     .integers = "com.microsoft::QLinearSigmoid-1(a, y)",
     OP_ACTIVATION_ENTRY(sigmoid, "X", "Y")},
    OP_END,
};
