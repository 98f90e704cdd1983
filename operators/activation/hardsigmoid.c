/* HardSigmoid-1, -6, -22: y = alpha x + beta, no less than 0 and no more than 1. */
#include "operators/op/activation.h"

static void hard_sigmoid_activation(const struct hinge_node *node,
                                    struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_HARD_SIGMOID;
    activation->alpha = node->attributes[0].f;
    activation->beta = node->attributes[1].f;
}

OP_ACTIVATION_RUN(hard_sigmoid)

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 0.2F},
    {.name = "beta", .type = HINGE_ATTR_FLOAT, .f = 0.5F},
    {.name = NULL},
};

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 0.2F},
    {.name = "beta", .type = HINGE_ATTR_FLOAT, .f = 0.5F},
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_hardsigmoid[] = {
    {.name = "HardSigmoid",
     .gradient = "Where(y > 0, Where(y < 1, dy * alpha, 0), 0)",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     OP_ACTIVATION_ENTRY(hard_sigmoid, "X", "Y")},
    {.name = "HardSigmoid",
     .gradient = "Where(y > 0, Where(y < 1, dy * alpha, 0), 0)",
     .since = 6,
     .attributes = attributes,
     OP_ACTIVATION_ENTRY(hard_sigmoid, "X", "Y")},
    OP_END,
};
