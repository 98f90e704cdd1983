/* Relu-1, -6, -13, -14: y = 0 where x < 0, otherwise x: NaN passes through, and so does -0. */
#include "operators/op/activation.h"

static void relu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_RELU;
}

OP_ACTIVATION_RUN(relu)

#define RELU_INTEGER(name, type)                                                                   \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        const type *x = node->inputs[0]->data;                                                     \
        type *y = node->outputs[0]->data;                                                          \
        const int64_t count = hinge_count(node->inputs[0]);                                        \
        for (int64_t i = 0; i < count; i++)                                                        \
            y[i] = x[i] < 0 ? 0 : x[i];                                                            \
        return HINGE_OK;                                                                           \
    }

RELU_INTEGER(relu_i8, int8_t)
RELU_INTEGER(relu_i16, int16_t)
RELU_INTEGER(relu_i32, int32_t)
RELU_INTEGER(relu_i64, int64_t)

static const struct hinge_attribute_def attributes_1[] = {
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

const struct hinge_op op_relu[] = {
    {.name = "Relu",
     .gradient = "Where(x > 0, dy, 0)",
     .since = 1,
     .until = 5,
     .attributes = attributes_1,
     OP_ACTIVATION_ENTRY(relu, "X", "Y")},
    {.name = "Relu",
     .gradient = "Where(x > 0, dy, 0)",
     .since = 6,
     .until = 13,
     OP_ACTIVATION_ENTRY(relu, "X", "Y")},
    {.name = "Relu",
     .gradient = "Where(x > 0, dy, 0)",
     .since = 14,
     .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT " " OP_TYPES_SIGNED,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_same,
     .activation = relu_activation,
     .row = activation_f32,
     .derivative = activation_derivative_f32,
     .kernels =
         HINGE_KERNELS({HINGE_FLOAT, relu_run}, {HINGE_DOUBLE, relu_run}, {HINGE_FLOAT16, relu_run},
                       {HINGE_BFLOAT16, relu_run}, {HINGE_INT8, relu_i8}, {HINGE_INT16, relu_i16},
                       {HINGE_INT32, relu_i32}, {HINGE_INT64, relu_i64})},
    OP_END,
};
