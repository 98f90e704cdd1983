/* Shape-1, -13, -15, -19, -21, -23, -24, -25: the dimensions as a list, from start to before end
 * where these are given. */
#include "operators/op/op.h"

static int32_t clamp(int64_t position, int32_t rank)
{
    if (position < 0)
        position += rank;
    return (int32_t)(position < 0 ? 0 : position > rank ? rank : position);
}

static void range(const struct hinge_node *node, int32_t *start, int32_t *end)
{
    int32_t rank = node->inputs[0]->rank;
    bool whole = node->opset < 15;
    *start = whole ? 0 : clamp(node->attributes[0].i, rank);
    *end = whole || !node->attributes[1].present ? rank : clamp(node->attributes[1].i, rank);
}

static hinge_status infer(const struct hinge_node *node)
{
    int32_t start, end;
    range(node, &start, &end);
    int64_t count = end > start ? end - start : 0;
    return op_set_output(node, 0, HINGE_INT64, 1, &count);
}

static hinge_status run(const struct hinge_node *node)
{
    int64_t *dims = node->outputs[0]->data;
    int32_t start, end;
    range(node, &start, &end);
    for (int32_t d = start; d < end; d++)
        dims[d - start] = node->inputs[0]->dims[d];
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {{.name = "start", .type = HINGE_ATTR_INT},
                                                        {.name = "end", .type = HINGE_ATTR_INT},
                                                        {.name = NULL}};

#define SHAPE                                                                                      \
    .name = "Shape", .flags = HINGE_OP_SHAPE_ONLY, .infer = infer,                                 \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_shape[] = {
    {SHAPE, .since = 1, .until = 14,
     .signature = "(data: T) -> (shape: int64); T: " OP_TYPES_ALL_IR4},
    {SHAPE, .since = 15, .signature = "(data: T) -> (shape: int64); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes},
    OP_END,
};
