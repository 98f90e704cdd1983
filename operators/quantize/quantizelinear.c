/* QuantizeLinear-10, -13, -19, -21, -23, -24, -25: y = saturate(round(x / scale) + zero point), per
 * tensor, axis or block. The quotient is computed in the precision asked for, otherwise in the
 * scale's type: by an int32 scale it is that of real numbers. NaN becomes the least value. A scale
 * and a zero point of one element each fit whatever their ranks are. saturate is for float8 alone.
 */
#include "operators/quantize/quantize.h"

enum { AXIS, SATURATE, BLOCK_SIZE, OUTPUT_DTYPE, PRECISION };
enum { X, SCALE, ZERO_POINT };

/* Each version's attributes begin with those of the one before. */
#define ATTRIBUTES_13                                                                              \
    {                                                                                              \
        .name = "axis", .type = HINGE_ATTR_INT, .i = 1                                             \
    }
#define ATTRIBUTES_19                                                                              \
    ATTRIBUTES_13,                                                                                 \
    {                                                                                              \
        .name = "saturate", .type = HINGE_ATTR_INT, .i = 1                                         \
    }
#define ATTRIBUTES_21                                                                              \
    ATTRIBUTES_19, {.name = "block_size", .type = HINGE_ATTR_INT},                                 \
    {                                                                                              \
        .name = "output_dtype", .type = HINGE_ATTR_INT                                             \
    }
static const struct hinge_attribute_def attributes_13[] = {ATTRIBUTES_13, {.name = NULL}};
static const struct hinge_attribute_def attributes_19[] = {ATTRIBUTES_19, {.name = NULL}};
static const struct hinge_attribute_def attributes_21[] = {ATTRIBUTES_21, {.name = NULL}};
static const struct hinge_attribute_def attributes_23[] = {
    ATTRIBUTES_21, {.name = "precision", .type = HINGE_ATTR_INT}, {.name = NULL}};

static struct quantize_attributes attributes_of(const struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    struct quantize_attributes attributes = {.has_axis = node->opset >= 13};
    if (node->opset >= 13)
        attributes.axis = a[AXIS].i;
    if (node->opset >= 19)
        attributes.no_saturate = a[SATURATE].i == 0;
    if (node->opset >= 21)
        attributes.block_size = a[BLOCK_SIZE].i;
    if (node->opset >= 23)
        attributes.precision = (hinge_type)a[PRECISION].i;
    return attributes;
}

/* Whether y may be of the type where no zero point says it. */
static bool is_quantized(int64_t type, uint32_t opset)
{
    switch (type) {
    case HINGE_INT8:
    case HINGE_UINT8: return true;
    case HINGE_FLOAT4E2M1: return opset >= 23;
    case HINGE_INT2:
    case HINGE_UINT2: return opset >= 25;
    default:
        return type == HINGE_INT16 || type == HINGE_UINT16 || type == HINGE_INT4 ||
               type == HINGE_UINT4 || (type >= HINGE_FLOAT8E4M3FN && type <= HINGE_FLOAT8E5M2FNUZ);
    }
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const int64_t wanted = node->opset >= 21 ? node->attributes[OUTPUT_DTYPE].i : 0;
    const hinge_type_code given = node->n_inputs > ZERO_POINT ? inputs[ZERO_POINT] : 0;
    if (given && wanted && wanted != (int64_t)given)
        return OP_FAIL(node, HINGE_BAD_MODEL, "output_dtype %lld is not the zero point's type",
                       (long long)wanted);
    if (!given && wanted && !is_quantized(wanted, node->opset))
        return OP_FAIL(node, HINGE_BAD_MODEL, "output_dtype is %lld, no type of y",
                       (long long)wanted);
    outputs[0] = given ? given : wanted ? (hinge_type_code)wanted : HINGE_UINT8;
    return HINGE_OK;
}

static hinge_status init(struct hinge_node *node)
{
    const int64_t precision = node->opset >= 23 ? node->attributes[PRECISION].i : 0;
    if (precision != 0 && precision != HINGE_FLOAT && precision != HINGE_FLOAT16 &&
        precision != HINGE_BFLOAT16)
        return OP_FAIL(node, HINGE_BAD_MODEL, "precision is %lld, no type of division",
                       (long long)precision);
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
    return quantize_run_linear(node, &attributes);
}

#define ENTRY(first, last, inputs, quantized, attribute_list, constraints)                         \
    {                                                                                              \
        .name = "QuantizeLinear", .flags = HINGE_OP_QUANTIZES, .since = (first), .until = (last),  \
        .signature = "(x: T1, y_scale: " inputs ", y_zero_point?: T3) -> (y: T3); " constraints    \
                     "; T3: " quantized,                                                           \
        .attributes = (attribute_list), .types = types, .init = init, .infer = infer,              \
        .prepare = prepare, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})                         \
    }

#define NUMBERS "float float16 bfloat16 int32"
#define TYPES_19 "int8 uint8 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz"
#define TYPES_21 TYPES_19 " int16 uint16 uint4 int4"
#define TYPES_23 TYPES_21 " float4e2m1"

const struct hinge_op op_quantizelinear[] = {
    ENTRY(10, 12, "float", "int8 uint8", NULL, "T1: float int32"),
    ENTRY(13, 18, "float", "int8 uint8", attributes_13, "T1: float int32"),
    ENTRY(19, 20, "T1", TYPES_19, attributes_19, "T1: " NUMBERS),
    ENTRY(21, 22, "T1", TYPES_21, attributes_21, "T1: " NUMBERS),
    ENTRY(23, 23, "T2", TYPES_23, attributes_23, "T1: " NUMBERS "; T2: " NUMBERS),
    ENTRY(24, 24, "T2", TYPES_23, attributes_23, "T1: " NUMBERS "; T2: " NUMBERS " float8e8m0"),
    ENTRY(25, 0, "T2", TYPES_23 " uint2 int2", attributes_23,
          "T1: " NUMBERS "; T2: " NUMBERS " float8e8m0"),
    OP_END,
};
