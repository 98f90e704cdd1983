/* BitCast-26: the bits of each element taken for another type of the same width. As bool, bits
 * other than those of false and true become true, for nothing else may be in a bool. */
#include "operators/op/copy.h"

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *y = node->outputs[0];
    const unsigned from = hinge_type_bits(x->type), to = hinge_type_bits(y->type);
    if (from != to)
        return OP_FAIL(node, HINGE_BAD_MODEL, "elements of %u bits cannot be taken for %u bits",
                       from, to);
    return op_infer_same(node);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    const int64_t count = hinge_count(x);
    op_copy_bytes(node, y->data, x->data, hinge_size(x->type, count));
    if (y->type == HINGE_BOOL && x->type != HINGE_BOOL)
        for (int64_t i = 0; i < count; i++)
            ((uint8_t *)y->data)[i] = ((const uint8_t *)x->data)[i] != 0;
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "to", .type = HINGE_ATTR_INT, .required = true}, {.name = NULL}};

#define BIT_TYPES                                                                                  \
    OP_TYPES_NUMBER " bool complex64 complex128 float8e4m3fn float8e4m3fnuz float8e5m2 "           \
                    "float8e5m2fnuz float8e8m0 uint2 int2 uint4 int4 float4e2m1"

const struct hinge_op op_bitcast[] = {
    {.name = "BitCast",
     .since = 26,
     .signature = "(input: T1) -> (output: T2); T1: " BIT_TYPES "; T2@to: " BIT_TYPES,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
