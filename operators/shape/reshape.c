/* Reshape-1, -5, -13, -14, -19, -21, -23, -24, -25: the same elements under the shape of input
 * 1 (up to opset 4 an attribute), where -1 stands for what is left over and 0 (without allowzero)
 * for input 0's own dimension. */
#include "operators/op/copy.h"

/* The dimension that -1 stands for. */
static hinge_status left_over(const struct hinge_node *node, int64_t count, const int64_t *dims,
                              int32_t rank, int64_t *dim)
{
    int64_t others = 1;
    bool fits = true;
    for (int32_t d = 0; d < rank; d++)
        if (dims[d] != -1)
            fits = fits && op_multiply(others, dims[d], &others);
    if (!fits || others == 0 || count % others)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "%lld elements cannot be divided among the given dimensions",
                       (long long)count);
    *dim = count / others;
    return HINGE_OK;
}

static hinge_status wanted_dims(const struct hinge_node *node, int64_t *dims, size_t *n)
{
    struct op_list list;
    if (node->opset >= 5)
        return op_input_ints(node, 1, dims, HINGE_MAX_RANK, n);
    hinge_status status = op_list_attribute(node, 0, &list);
    if (!status && list.count > HINGE_MAX_RANK)
        return OP_FAIL(node, HINGE_LIMIT, "a shape of %zu dimensions", list.count);
    *n = list.count;
    for (size_t d = 0; d < list.count && !status; d++)
        dims[d] = list.values[d];
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    bool allow_zero = node->opset >= 14 && node->attributes[0].i;
    int64_t dims[HINGE_MAX_RANK], count = hinge_count(x), total = 1;
    size_t n;
    hinge_status status = wanted_dims(node, dims, &n);
    if (status)
        return status;
    int32_t rank = (int32_t)n, open = -1;
    for (int32_t d = 0; d < rank; d++) {
        if (dims[d] < -1)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d is %lld", (int)d,
                           (long long)dims[d]);
        if (dims[d] == -1 && open >= 0)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimensions %d and %d are both -1", (int)open,
                           (int)d);
        if (dims[d] == -1)
            open = d;
        if (dims[d] != 0 || allow_zero)
            continue;
        if (d >= x->rank)
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "dimension %d is to be copied from an input of rank %d", (int)d,
                           (int)x->rank);
        dims[d] = x->dims[d];
    }
    if (open >= 0 && (status = left_over(node, count, dims, rank, &dims[open])))
        return status;
    bool fits = true;
    for (int32_t d = 0; d < rank; d++)
        fits = fits && op_multiply(total, dims[d], &total);
    if (!fits || total != count)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld elements do not fit the given dimensions",
                       (long long)count);
    return op_set_output(node, 0, x->type, rank, dims);
}

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "shape", .type = HINGE_ATTR_INTS},
    {.name = "consumed_inputs", .type = HINGE_ATTR_INTS},
    {.name = NULL}};
static const struct hinge_attribute_def attributes[] = {
    {.name = "allowzero", .type = HINGE_ATTR_INT}, {.name = NULL}};

#define RESHAPE                                                                                    \
    .name = "Reshape", .gradient = "Like(dy, x)", .flags = HINGE_OP_VIEW, .infer = infer,          \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, op_run_view})

const struct hinge_op op_reshape[] = {
    {RESHAPE, .since = 1, .until = 4,
     .signature = "(data: T) -> (reshaped: T); T: " OP_TYPES_ALL_IR4, .attributes = attributes_1},
    {RESHAPE, .since = 5, .until = 13,
     .signature = "(data: T, shape: int64) -> (reshaped: T); T: " OP_TYPES_ALL_IR4},
    {RESHAPE, .since = 14,
     .signature = "(data: T, shape: int64) -> (reshaped: T); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes},
    OP_END,
};
