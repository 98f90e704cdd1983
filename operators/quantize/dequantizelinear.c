/* DequantizeLinear-10, -13, -19, -21, -23, -24, -25: y = (x - zero point) * scale, per tensor, axis
 * or block, in float32, which is rounded to y's type. A scale and a zero point of one element each
 * fit whatever their ranks are. Zero points of int32, which the standard wants to be 0, are
 * subtracted like others, and so are those of float8 and float4. */
#include "operators/quantize/quantize.h"

enum { AXIS, BLOCK_SIZE, OUTPUT_DTYPE };
enum { X, SCALE, ZERO_POINT };

/* Each version's attributes begin with those of the one before. */
#define ATTRIBUTES_13                                                                              \
    {                                                                                              \
        .name = "axis", .type = HINGE_ATTR_INT, .i = 1                                             \
    }
#define ATTRIBUTES_21                                                                              \
    ATTRIBUTES_13,                                                                                 \
    {                                                                                              \
        .name = "block_size", .type = HINGE_ATTR_INT                                               \
    }
static const struct hinge_attribute_def attributes_13[] = {ATTRIBUTES_13, {.name = NULL}};
static const struct hinge_attribute_def attributes_21[] = {ATTRIBUTES_21, {.name = NULL}};
static const struct hinge_attribute_def attributes_23[] = {
    ATTRIBUTES_21, {.name = "output_dtype", .type = HINGE_ATTR_INT}, {.name = NULL}};

static struct quantize_attributes attributes_of(const struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    struct quantize_attributes attributes = {.has_axis = node->opset >= 13,
                                             .precision = HINGE_FLOAT};
    if (node->opset >= 13)
        attributes.axis = a[AXIS].i;
    if (node->opset >= 21)
        attributes.block_size = a[BLOCK_SIZE].i;
    return attributes;
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const int64_t wanted = node->opset >= 23 ? node->attributes[OUTPUT_DTYPE].i : 0;
    if (wanted != 0 && wanted != HINGE_FLOAT && wanted != HINGE_FLOAT16 && wanted != HINGE_BFLOAT16)
        return OP_FAIL(node, HINGE_BAD_MODEL, "output_dtype is %lld, no type of y",
                       (long long)wanted);
    if (!wanted && inputs[SCALE] == HINGE_FLOAT8E8M0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "the scale is float8e8m0, and no output_dtype given");
    outputs[0] = wanted ? (hinge_type_code)wanted : inputs[SCALE];
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

static hinge_status run(const struct hinge_node *node)
{
    const struct quantize_attributes attributes = attributes_of(node);
    return quantize_run_dequantize(node, &attributes);
}

#define ENTRY(first, last, scale, y, quantized, attribute_list, constraints)                       \
    {                                                                                              \
        .name = "DequantizeLinear", .flags = HINGE_OP_DEQUANTIZES, .since = (first),               \
        .until = (last),                                                                           \
        .signature = "(x: T1, x_scale: " scale ", x_zero_point?: T1) -> (y: " y                    \
                     "); T1: " quantized constraints,                                              \
        .attributes = (attribute_list), .types = types, .infer = infer, .prepare = prepare,        \
        .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})                                             \
    }

#define TYPES_19 "int8 uint8 int32 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz"
#define TYPES_21 TYPES_19 " int16 uint16 uint4 int4"
#define TYPES_23 TYPES_21 " float4e2m1"
#define FLOATS "float float16 bfloat16"

const struct hinge_op op_dequantizelinear[] = {
    ENTRY(10, 12, "float", "float", "int8 uint8 int32", NULL, ""),
    ENTRY(13, 18, "float", "float", "int8 uint8 int32", attributes_13, ""),
    ENTRY(19, 20, "T2", "T2", TYPES_19, attributes_13, "; T2: " FLOATS),
    ENTRY(21, 22, "T2", "T2", TYPES_21, attributes_21, "; T2: " FLOATS),
    ENTRY(23, 23, "T2", "T3", TYPES_23, attributes_23, "; T2: " FLOATS "; T3: " FLOATS),
    ENTRY(24, 24, "T2", "T3", TYPES_23, attributes_23, "; T2: " FLOATS " float8e8m0; T3: " FLOATS),
    ENTRY(25, 0, "T2", "T3", TYPES_23 " uint2 int2", attributes_23,
          "; T2: " FLOATS " float8e8m0; T3: " FLOATS),
    OP_END,
};
