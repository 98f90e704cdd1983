/* QuantizeLinear-1 and DequantizeLinear-1 of com.microsoft: as the standard's, with scales that are
 * one number, or, where axis is given, one for each place along it. Source:
 * docs/ContribOperators.md of ONNX Runtime. */
#include "operators/quantize/quantize.h"

enum { AXIS };
enum { X, SCALE, ZERO_POINT };

static struct quantize_attributes attributes_of(const struct hinge_node *node)
{
    return (struct quantize_attributes){.axis = node->attributes[AXIS].i,
                                        .has_axis = node->attributes[AXIS].present,
                                        .precision = HINGE_FLOAT};
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const hinge_type_code given = node->n_inputs > ZERO_POINT ? inputs[ZERO_POINT] : 0;
    outputs[0] = given ? given : HINGE_UINT8;
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const struct quantize_attributes attributes = attributes_of(node);
    return quantize_infer(node, &attributes);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    const struct quantize_attributes attributes = attributes_of(node);
    return quantize_prepare(node, &attributes, scratch);
}

static hinge_status quantize(const struct hinge_node *node)
{
    const struct quantize_attributes attributes = attributes_of(node);
    return quantize_run_linear(node, &attributes);
}

static hinge_status dequantize(const struct hinge_node *node)
{
    const struct quantize_attributes attributes = attributes_of(node);
    return quantize_run_dequantize(node, &attributes);
}

static const struct hinge_attribute_def attribute_list[] = {
    {.name = "axis", .type = HINGE_ATTR_INT}, {.name = NULL}};

const struct hinge_op op_microsoft_quantizelinear[] = {
    {.name = "QuantizeLinear",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(x: T1, y_scale: T1, y_zero_point?: T2) -> (y: T2); T1: float16 float; "
                  "T2: int8 uint8 int16 uint16 int4 uint4",
     .flags = HINGE_OP_QUANTIZES,
     .attributes = attribute_list,
     .types = types,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, quantize})},
    {.name = "DequantizeLinear",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(x: T1, x_scale: T2, x_zero_point?: T1) -> (y: T2); "
                  "T1: int8 uint8 int16 uint16 int32 int4 uint4; T2: float16 float",
     .flags = HINGE_OP_DEQUANTIZES,
     .attributes = attribute_list,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, dequantize})},
    OP_END,
};
