/* ThresholdedRelu-10, -22: y = x where x > alpha, otherwise 0, of NaN too, as in the standard's
 * function. */
#include "operators/op/activation.h"

static void thresholded_relu_activation(const struct hinge_node *node,
                                        struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_THRESHOLDED_RELU;
    activation->alpha = node->attributes[0].f;
}

OP_ACTIVATION_RUN(thresholded_relu)

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = NULL},
};

const struct hinge_op op_thresholdedrelu[] = {
    {.name = "ThresholdedRelu",
     .gradient = "Where(x > alpha, dy, 0)",
     .since = 10,
     .attributes = attributes,
     OP_ACTIVATION_ENTRY(thresholded_relu, "X", "Y")},
    OP_END,
};
