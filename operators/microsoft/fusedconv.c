/* com.microsoft FusedConv-1: an activation of Conv, to which Z is added before. */
#include "operators/microsoft/fused_activation.h"
#include "operators/nn/conv_node.h"

enum { ACTIVATION = CONV_N_ATTRIBUTES, PARAMETERS };
enum { Z = 3 };

static const struct hinge_attribute_def attributes[] = {
    CONV_ATTRIBUTES,
    {.name = "activation", .type = HINGE_ATTR_STRING, .s = ""},
    {.name = "activation_params", .type = HINGE_ATTR_FLOATS},
    {.name = NULL},
};

static hinge_status activation_of(const struct hinge_node *node,
                                  struct hinge_activation *activation)
{
    const struct hinge_attribute *parameters = &node->attributes[PARAMETERS];
    return fused_activation(node, node->attributes[ACTIVATION].s, parameters->floats,
                            parameters->count, activation);
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *z = op_input(node, Z), *y = node->outputs[0];
    struct hinge_activation activation;
    hinge_status status = activation_of(node, &activation);
    if (!status)
        status = conv_node_infer(node);
    if (status || !z || !y)
        return status;
    bool same = z->rank == y->rank;
    for (int32_t d = 0; same && d < z->rank; d++)
        same = z->dims[d] == y->dims[d];
    return same ? HINGE_OK
                : OP_FAIL(node, HINGE_BAD_SHAPE, "Z has not the dimensions of the output");
}

static hinge_status prepare(struct hinge_node *node, size_t *size)
{
    return conv_node_prepare(node, op_input(node, Z), size);
}

static hinge_status run(const struct hinge_node *node)
{
    struct hinge_activation activation;
    hinge_status status = activation_of(node, &activation);
    return status ? status : conv_node_run(node, op_input(node, Z), &activation);
}

const struct hinge_op op_fusedconv[] = {
    {.name = "FusedConv",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(X: T, W: T, B?: T, Z?: T) -> (Y: T); T: float16 float double",
     .attributes = attributes,
     .init = conv_node_init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run})},
    OP_END,
};
