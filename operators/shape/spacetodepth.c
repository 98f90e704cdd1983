/* SpaceToDepth-1, -13: blocks of height and width stacked as channels (block row, block column,
 * input channel). */
#include "operators/op/copy.h"

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t block = node->attributes[0].i, n_channels;
    if (x->rank != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the input has rank %d, not 4", (int)x->rank);
    if (block < 1 || block > INT32_MAX || x->dims[2] % block || x->dims[3] % block)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lldx%lld cannot be cut into blocks of %lld",
                       (long long)x->dims[2], (long long)x->dims[3], (long long)block);
    if (!op_multiply(x->dims[1], block * block, &n_channels))
        return OP_FAIL(node, HINGE_LIMIT, "the output is too large");
    const int64_t dims[] = {x->dims[0], n_channels, x->dims[2] / block, x->dims[3] / block};
    return op_set_output(node, 0, x->type, 4, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    int64_t b = node->attributes[0].i, from[4], to[4];
    if (hinge_count(y) == 0)
        return HINGE_OK;
    op_strides(x, from);
    op_strides(y, to);
    struct copy copy = {
        .rank = 6,
        .size = op_element_size(x),
        .dims = {x->dims[0], b, b, x->dims[1], y->dims[2], y->dims[3]},
        .to = {to[0], b * x->dims[1] * to[1], x->dims[1] * to[1], to[1], to[2], to[3]},
        .from = {from[0], from[2], from[3], from[1], b * from[2], b * from[3]},
    };
    op_move(node, &copy, y, 0, x, 0);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "blocksize", .type = HINGE_ATTR_INT, .required = true}, {.name = NULL}};

const struct hinge_op op_spacetodepth[] = {
    {.name = "SpaceToDepth",
     .gradient = "move:",
     .since = 1,
     .signature = "(input: T) -> (output: T); T: " OP_TYPES_ALL_IR13,
     .flags = HINGE_OP_MOVES,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
