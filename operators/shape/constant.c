/* Constant-1, -9, -11, -12, -13, -19, -21, -23, -24, -25: the value of the one attribute that is
 * given. */
#include "operators/op/copy.h"

#include <string.h>

enum { VALUE, SPARSE, ONE_FLOAT, FLOATS, ONE_INT, INTS, ONE_STRING, STRINGS, N_VALUES };

/* The given value as a tensor over the attribute's own memory. */
static hinge_status given(const struct hinge_node *node, hinge_tensor *value)
{
    const struct hinge_attribute *chosen = NULL;
    unsigned n_known = node->opset < 11 ? 1 : node->opset < 12 ? 2 : N_VALUES, n_given = 0;
    unsigned which = 0;
    *value = (hinge_tensor){.rank = 0};
    for (unsigned i = 0; i < n_known; i++) {
        if (!node->attributes[i].present)
            continue;
        chosen = &node->attributes[i];
        which = i;
        n_given++;
    }
    if (n_given != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%u values are given, not one", n_given);
    const void *data = NULL;
    switch (which) {
    case ONE_FLOAT:
    case FLOATS: value->type = HINGE_FLOAT; break;
    case ONE_INT:
    case INTS: value->type = HINGE_INT64; break;
    case ONE_STRING:
    case STRINGS: value->type = HINGE_STRING; break;
    default: *value = *chosen->tensor; return HINGE_OK;
    }
    switch (which) {
    case ONE_FLOAT: data = &chosen->f; break;
    case ONE_INT: data = &chosen->i; break;
    case ONE_STRING: data = &chosen->s; break;
    case FLOATS: data = chosen->floats; break;
    case INTS: data = chosen->ints; break;
    default: data = chosen->strings; break;
    }
    if (which == FLOATS || which == INTS || which == STRINGS) {
        value->rank = 1;
        value->dims[0] = (int64_t)chosen->count;
    }
    value->data = (void *)(uintptr_t)data;
    return HINGE_OK;
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    hinge_tensor value;
    (void)inputs;
    hinge_status status = given(node, &value);
    if (!status)
        outputs[0] = value.type;
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    hinge_tensor value;
    hinge_status status = given(node, &value);
    return status ? status : op_set_dims(node, 0, value.rank, value.dims);
}

static hinge_status run(const struct hinge_node *node)
{
    hinge_tensor value;
    hinge_status status = given(node, &value);
    size_t size = status ? 0 : hinge_size(value.type, hinge_count(&value));
    if (size)
        op_copy_bytes(node, node->outputs[0]->data, value.data, size);
    return status;
}

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "value", .type = HINGE_ATTR_TENSOR, .required = true}, {.name = NULL}};
static const struct hinge_attribute_def attributes_11[] = {
    [VALUE] = {.name = "value", .type = HINGE_ATTR_TENSOR},
    [SPARSE] = {.name = "sparse_value", .type = HINGE_ATTR_SPARSE_TENSOR},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_12[] = {
    [VALUE] = {.name = "value", .type = HINGE_ATTR_TENSOR},
    [SPARSE] = {.name = "sparse_value", .type = HINGE_ATTR_SPARSE_TENSOR},
    [ONE_FLOAT] = {.name = "value_float", .type = HINGE_ATTR_FLOAT},
    [FLOATS] = {.name = "value_floats", .type = HINGE_ATTR_FLOATS},
    [ONE_INT] = {.name = "value_int", .type = HINGE_ATTR_INT},
    [INTS] = {.name = "value_ints", .type = HINGE_ATTR_INTS},
    [ONE_STRING] = {.name = "value_string", .type = HINGE_ATTR_STRING},
    [STRINGS] = {.name = "value_strings", .type = HINGE_ATTR_STRINGS},
    {.name = NULL}};

#define CONSTANT(listed)                                                                           \
    .name = "Constant", .signature = "() -> (output: T); T: " listed, .types = types,              \
    .infer = infer, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_constant[] = {
    {CONSTANT(OP_TYPES_ALL_IR3), .since = 1, .until = 10, .attributes = attributes_1},
    {CONSTANT(OP_TYPES_ALL_IR3), .since = 11, .until = 11, .attributes = attributes_11},
    {CONSTANT(OP_TYPES_ALL_IR13), .since = 12, .attributes = attributes_12},
    OP_END,
};
