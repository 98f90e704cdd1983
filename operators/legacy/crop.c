/* Crop-1, an experimental operator until opset 9: an image (N, C, H, W) without border's left, top,
 * right and bottom; with scale so many rows and columns from left and top on. */
#include "operators/op/copy.h"

enum { BORDER, SCALE };

/* How many of extent are left behind first, given that last are taken off or so many are wanted. */
static hinge_status crop_extent(const struct hinge_node *node, const char *what, int64_t extent,
                                int64_t first, int64_t last, const int64_t *wanted, int64_t *left)
{
    if (first < 0 || last < 0 || first > extent || last > extent - first)
        return OP_FAIL(node, HINGE_BAD_VALUE, "borders of %lld and %lld of %lld %s",
                       (long long)first, (long long)last, (long long)extent, what);
    *left = extent - first - last;
    if (!wanted)
        return HINGE_OK;
    if (*wanted < 0 || *wanted > extent - first)
        return OP_FAIL(node, HINGE_BAD_VALUE, "scale of %lld behind %lld of %lld %s",
                       (long long)*wanted, (long long)first, (long long)extent, what);
    *left = *wanted;
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const struct hinge_attribute *border = &node->attributes[BORDER];
    const struct hinge_attribute *scale = &node->attributes[SCALE];
    if (x->rank != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the input has rank %d, not 4", (int)x->rank);
    if (border->count != 4 || (scale->count != 0 && scale->count != 2))
        return OP_FAIL(node, HINGE_BAD_VALUE, "border has %zu numbers, not 4, or scale %zu, not 2",
                       border->count, scale->count);
    const int64_t *wanted = scale->count ? scale->ints : NULL;
    int64_t dims[4] = {x->dims[0], x->dims[1]};
    hinge_status status =
        crop_extent(node, "rows", x->dims[2], border->ints[1], border->ints[3], wanted, &dims[2]);
    if (!status)
        status = crop_extent(node, "columns", x->dims[3], border->ints[0], border->ints[2],
                             wanted ? wanted + 1 : NULL, &dims[3]);
    return status ? status : op_set_dims(node, 0, 4, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    const int64_t *border = node->attributes[BORDER].ints;
    struct copy copy = {.rank = 4, .size = op_element_size(x)};
    if (hinge_count(y) == 0)
        return HINGE_OK;
    op_strides(x, copy.from);
    op_strides(y, copy.to);
    memcpy(copy.dims, y->dims, 4 * sizeof *copy.dims);
    op_move(node, &copy, y, 0, x, border[1] * copy.from[2] + border[0] * copy.from[3]);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [BORDER] = {.name = "border", .type = HINGE_ATTR_INTS, .required = true},
    [SCALE] = {.name = "scale", .type = HINGE_ATTR_INTS},
    {.name = NULL}};

const struct hinge_op op_crop[] = {
    {.name = "Crop",
     .since = 1,
     .until = 9,
     .signature = "(input: T) -> (output: T); T: float16 float double",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
