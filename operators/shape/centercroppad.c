/* CenterCropPad-18: the middle of the input along some axes, or the input in the middle of zeros
 * (empty strings); where what is cut off or added is odd, one more at the end. */
#include "operators/op/copy.h"

static hinge_status read_target(const struct hinge_node *node, int64_t *dims)
{
    const hinge_tensor *x = node->inputs[0];
    struct op_list axes, shape;
    hinge_status status = op_list_attribute(node, 0, &axes);
    if (!status)
        status = op_list_axes(node, &axes, x->rank);
    if (!status)
        status = op_list_input(node, 1, &shape);
    if (status)
        return status;
    if (shape.count != (axes.present ? axes.count : (size_t)x->rank))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "shape has %zu dimensions for %zu axes", shape.count,
                       axes.present ? axes.count : (size_t)x->rank);
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d];
    for (size_t i = 0; i < shape.count; i++) {
        if (shape.values[i] < 0)
            return OP_FAIL(node, HINGE_BAD_VALUE, "dimension %zu of shape is %lld", i,
                           (long long)shape.values[i]);
        dims[axes.present ? axes.values[i] : (int64_t)i] = shape.values[i];
    }
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    int64_t dims[HINGE_MAX_RANK];
    hinge_status status = read_target(node, dims);
    return status ? status : op_set_dims(node, 0, node->inputs[0]->rank, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    struct copy copy = {.rank = x->rank, .size = op_element_size(x)};
    int64_t from = 0, to = 0;
    memset(y->data, 0, hinge_size(y->type, hinge_count(y)));
    if (hinge_count(x) == 0 || hinge_count(y) == 0)
        return HINGE_OK;
    op_strides(x, copy.from);
    op_strides(y, copy.to);
    for (int32_t d = 0; d < x->rank; d++) {
        const int64_t more = y->dims[d] - x->dims[d];
        copy.dims[d] = more < 0 ? y->dims[d] : x->dims[d];
        from += more < 0 ? -more / 2 * copy.from[d] : 0;
        to += more > 0 ? more / 2 * copy.to[d] : 0;
    }
    op_move(node, &copy, y, to, x, from);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {{.name = "axes", .type = HINGE_ATTR_INTS},
                                                        {.name = NULL}};

const struct hinge_op op_centercroppad[] = {
    {.name = "CenterCropPad",
     .gradient = "move:",
     .since = 18,
     .signature = "(input_data: T, shape: Tind) -> (output_data: T); T: " OP_TYPES_ALL_IR13
                  "; Tind: int32 int64",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
