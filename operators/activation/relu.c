/* Relu-6, -13, -14: y = max(x, 0). NaN passes through; -0 becomes +0. */
#include "operators/op.h"

static hinge_status relu_f32(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data;
    float *y = node->outputs[0]->data;
    int64_t count = hinge_count(node->inputs[0]);
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] <= 0 ? 0 : x[i];
    return HINGE_OK;
}

static void relu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_RELU;
}

const struct hinge_op op_relu[] = {
    {.name = "Relu",
     .since = 6,
     .inputs = {1, 1},
     .outputs = {1, 1},
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_same,
     .activation = relu_activation,
     .kernels = {{HINGE_FLOAT, relu_f32}}},
    OP_END,
};
