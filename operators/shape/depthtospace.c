/* DepthToSpace-1, -11, -13: blocks of channels spread over height and width. In mode DCR the
 * channel is (block row, block column, output channel), in CRD (output channel, block row, block
 * column). */
#include "operators/op/copy.h"

#include <string.h>

enum { BLOCK_SIZE, MODE };

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t block = node->attributes[BLOCK_SIZE].i, height, width;
    if (x->rank != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the input has rank %d, not 4", (int)x->rank);
    if (block < 1 || block > INT32_MAX || x->dims[1] % (block * block))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld channels cannot be made blocks of %lld",
                       (long long)x->dims[1], (long long)block);
    if (!op_multiply(x->dims[2], block, &height) || !op_multiply(x->dims[3], block, &width))
        return OP_FAIL(node, HINGE_LIMIT, "the output is too large");
    const int64_t dims[] = {x->dims[0], x->dims[1] / (block * block), height, width};
    return op_set_output(node, 0, x->type, 4, dims);
}

static bool is_text(hinge_string s, const char *text)
{
    return s.size == strlen(text) && !memcmp(s.bytes, text, s.size);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    int64_t b = node->attributes[BLOCK_SIZE].i, from[4], to[4];
    bool crd = node->opset >= 11 && is_text(node->attributes[MODE].s, "CRD");
    if (node->opset >= 11 && !crd && !is_text(node->attributes[MODE].s, "DCR"))
        return OP_FAIL(node, HINGE_BAD_MODEL, "mode is neither DCR nor CRD");
    if (hinge_count(y) == 0)
        return HINGE_OK;
    op_strides(x, from);
    op_strides(y, to);
    int64_t n_channels = y->dims[1], channel = crd ? b * b * from[1] : from[1];
    int64_t row = crd ? b * from[1] : b * n_channels * from[1];
    int64_t column = crd ? from[1] : n_channels * from[1];
    struct copy copy = {
        .rank = 6,
        .size = op_element_size(x),
        .dims = {x->dims[0], n_channels, x->dims[2], b, x->dims[3], b},
        .to = {to[0], to[1], b * to[2], to[2], b * to[3], to[3]},
        .from = {from[0], channel, from[2], row, from[3], column},
    };
    op_move(node, &copy, y, 0, x, 0);
    return HINGE_OK;
}

#define BLOCK                                                                                      \
    {                                                                                              \
        .name = "blocksize", .type = HINGE_ATTR_INT, .required = true                              \
    }
static const struct hinge_attribute_def attributes_1[] = {BLOCK, {.name = NULL}};
static const struct hinge_attribute_def attributes_11[] = {
    BLOCK, {.name = "mode", .type = HINGE_ATTR_STRING, .s = "DCR"}, {.name = NULL}};

#define DEPTH_TO_SPACE                                                                             \
    .name = "DepthToSpace", .gradient = "move:", .flags = HINGE_OP_MOVES,                          \
    .signature = "(input: T) -> (output: T); T: " OP_TYPES_ALL_IR13, .infer = infer,               \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_depthtospace[] = {
    {DEPTH_TO_SPACE, .since = 1, .until = 10, .attributes = attributes_1},
    {DEPTH_TO_SPACE, .since = 11, .attributes = attributes_11},
    OP_END,
};
