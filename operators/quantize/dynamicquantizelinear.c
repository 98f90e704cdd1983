/* DynamicQuantizeLinear-11. NaN does not count for the range and becomes 0; where x is empty or has
 * but zeros, the scale is 1. */
#include "operators/quantize/dynamic.h"

static hinge_status infer(const struct hinge_node *node)
{
    hinge_status status = op_infer_same(node);
    if (!status)
        status = op_set_dims(node, 1, 0, NULL);
    return status ? status : op_set_dims(node, 2, 0, NULL);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    *scratch = dynamic_scratch(hinge_count(node->inputs[0]));
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    float scale;
    uint8_t zero_point;
    dynamic_quantize(node, x->data, hinge_count(x), node->scratch,
                     node->outputs[0] ? node->outputs[0]->data : NULL, &scale, &zero_point);
    if (op_output(node, 1))
        *(float *)node->outputs[1]->data = scale;
    if (op_output(node, 2))
        *(uint8_t *)node->outputs[2]->data = zero_point;
    return HINGE_OK;
}

const struct hinge_op op_dynamicquantizelinear[] = {
    {.name = "DynamicQuantizeLinear",
     .since = 11,
     .signature = "(x: T1) -> (y: uint8, y_scale: float, y_zero_point: uint8); T1: float",
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
    OP_END,
};
