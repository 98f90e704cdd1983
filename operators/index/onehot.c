/* OneHot-9, -11: values[1] at each index along a new axis of depth, values[0] elsewhere; nowhere
 * values[1] for an index outside of [-depth, depth). */
#include "operators/kernels/half.h"
#include "operators/op/copy.h"

#include <string.h>

/* Indices and depth may be of any of these types; a fraction is cut off. */
#define INDEX_TYPES "float16 float double " OP_TYPES_SIGNED " " OP_TYPES_UNSIGNED

static int64_t whole(double x)
{
    return x >= -0x1p62 && x <= 0x1p62 ? (int64_t)x : INT64_MAX;
}

static int64_t number(const hinge_tensor *x, int64_t i)
{
    const void *data = x->data;
    switch (x->type) {
    case HINGE_FLOAT16: {
        float value;
        half_load(HINGE_FLOAT16, &value, (const uint16_t *)data + i, 1);
        return whole((double)value);
    }
    case HINGE_FLOAT: return whole((double)((const float *)data)[i]);
    case HINGE_DOUBLE: return whole(((const double *)data)[i]);
    case HINGE_INT8: return ((const int8_t *)data)[i];
    case HINGE_INT16: return ((const int16_t *)data)[i];
    case HINGE_INT32: return ((const int32_t *)data)[i];
    case HINGE_UINT8: return ((const uint8_t *)data)[i];
    case HINGE_UINT16: return ((const uint16_t *)data)[i];
    case HINGE_UINT32: return ((const uint32_t *)data)[i];
    case HINGE_UINT64: {
        uint64_t value = ((const uint64_t *)data)[i];
        return value > INT64_MAX ? INT64_MAX : (int64_t)value;
    }
    default: return ((const int64_t *)data)[i];
    }
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *indices = node->inputs[0], *depth = node->inputs[1],
                       *values = node->inputs[2];
    int64_t dims[HINGE_MAX_RANK + 1]; /* op_set_output refuses the one too many */
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, indices->rank + 1, &axis);
    if (status)
        return status;
    if (hinge_count(depth) != 1 || hinge_count(values) != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "depth is not one number, or values are not two");
    if (!depth->data)
        return HINGE_NEEDS_DATA;
    int64_t n = number(depth, 0);
    if (n < 0)
        return OP_FAIL(node, HINGE_BAD_VALUE, "depth is %lld", (long long)n);
    for (int32_t d = 0; d <= indices->rank; d++)
        dims[d] = d < axis ? indices->dims[d] : d == axis ? n : indices->dims[d - 1];
    return op_set_output(node, 0, values->type, indices->rank + 1, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *indices = node->inputs[0], *values = node->inputs[2];
    hinge_tensor *y = node->outputs[0];
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, y->rank, &axis);
    if (status || hinge_count(y) == 0)
        return status;
    size_t size = op_element_size(y);
    int64_t depth = y->dims[axis], inner = op_dims_count(y, axis + 1, y->rank);
    int64_t count = hinge_count(indices);
    const char *on = (const char *)values->data + size;
    char *to = y->data;
    op_fill(node, to, values->data, size, hinge_count(y));
    for (int64_t i = 0; i < count; i++) {
        int64_t index = number(indices, i);
        if (index < -depth || index >= depth)
            continue;
        index = index < 0 ? index + depth : index;
        memcpy(to + (size_t)((i / inner * depth + index) * inner + i % inner) * size, on, size);
    }
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1}, {.name = NULL}};

const struct hinge_op op_onehot[] = {
    {.name = "OneHot",
     .since = 9,
     .signature = "(indices: T1, depth: T2, values: T3) -> (output: T3); T3: " OP_TYPES_ALL_IR3
                  "; T1: " INDEX_TYPES "; T2: " INDEX_TYPES,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
