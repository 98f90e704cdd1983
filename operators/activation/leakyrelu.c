/* LeakyRelu-1, -6, -16: y = x where x >= 0, otherwise alpha x. */
#include "operators/op/activation.h"

static void leaky_relu_activation(const struct hinge_node *node,
                                  struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_LEAKY_RELU;
    activation->alpha = node->attributes[0].f;
}

OP_ACTIVATION_RUN(leaky_relu)

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 0.01F},
    {.name = NULL},
};

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 0.01F},
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_leakyrelu[] = {
    {.name = "LeakyRelu",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     .integers = "com.microsoft::QLinearLeakyRelu-1(a, y)",
     OP_ACTIVATION_ENTRY(leaky_relu, "X", "Y")},
    {.name = "LeakyRelu",
     .gradient = "Where(x < 0, dy * alpha, dy)",
     .since = 6,
     .attributes = attributes,
     .integers = "com.microsoft::QLinearLeakyRelu-1(a, y)",
     OP_ACTIVATION_ENTRY(leaky_relu, "X", "Y")},
    OP_END,
};
