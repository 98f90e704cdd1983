/* ConstantOfShape-9, -20, -21, -23, -24, -25: a tensor of the dimensions in input 0, every element
 * the one in value (float 0 where that is left out). */
#include "operators/op/copy.h"

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const struct hinge_attribute *value = &node->attributes[0];
    (void)inputs;
    outputs[0] = value->present ? value->tensor->type : HINGE_FLOAT;
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const struct hinge_attribute *value = &node->attributes[0];
    int64_t dims[HINGE_MAX_RANK];
    size_t rank;
    if (value->present && hinge_count(value->tensor) != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "value has %lld elements, not one",
                       (long long)hinge_count(value->tensor));
    hinge_status status = op_input_ints(node, 0, dims, HINGE_MAX_RANK, &rank);
    for (size_t d = 0; d < rank && !status; d++)
        if (dims[d] < 0)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %zu is %lld", d, (long long)dims[d]);
    return status ? status : op_set_dims(node, 0, (int32_t)rank, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    static const float zero = 0;
    const struct hinge_attribute *value = &node->attributes[0];
    hinge_tensor *y = node->outputs[0];
    const void *element = value->present ? value->tensor->data : &zero;
    unsigned bits = hinge_type_bits(y->type);
    int64_t count = hinge_count(y);
    if (bits % 8 == 0) {
        op_fill(node, y->data, element, bits / 8, count);
        return HINGE_OK;
    }
    /* The same in every part of a byte, and zeros after the last element. */
    unsigned byte = *(const uint8_t *)element & ((1U << bits) - 1);
    for (unsigned filled = bits; filled < 8; filled *= 2)
        byte |= byte << filled;
    uint8_t *to = y->data, whole = (uint8_t)byte;
    int64_t n_in_byte = 8 / bits, rest = count % n_in_byte;
    op_fill(node, to, &whole, 1, count / n_in_byte);
    if (rest)
        to[count / n_in_byte] = (uint8_t)(byte & ((1U << (unsigned)rest * bits) - 1));
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "value", .type = HINGE_ATTR_TENSOR}, {.name = NULL}};

#define CONSTANT_TYPES                                                                             \
    OP_TYPES_NUMBER " bool float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz float8e8m0 "      \
                    "uint2 int2 uint4 int4 float4e2m1"

const struct hinge_op op_constantofshape[] = {
    {.name = "ConstantOfShape",
     .since = 9,
     .signature = "(input: T1) -> (output: T2); T1: int64; T2: " CONSTANT_TYPES,
     .attributes = attributes,
     .types = types,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
