/* GroupNormalization-18, -21: y = (x - mean) / sqrt(variance + epsilon) * scale + bias, mean and
 * variance being those of a group of channels of one item of the batch. Version 18 has a scale and
 * a bias for each group, version 21 for each channel. Computed in float or, of double, in double,
 * whatever stash_type says; only the result is rounded. */
#include "operators/norm/rows.h"

enum { GN_EPSILON, GN_GROUPS, GN_STASH_TYPE };

static const struct hinge_attribute_def attributes_18[] = {
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-5F},
    {.name = "num_groups", .type = HINGE_ATTR_INT, .required = true},
    {.name = NULL},
};
static const struct hinge_attribute_def attributes_21[] = {
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-5F},
    {.name = "num_groups", .type = HINGE_ATTR_INT, .required = true},
    {.name = "stash_type", .type = HINGE_ATTR_INT, .i = HINGE_FLOAT},
    {.name = NULL},
};

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t groups = node->attributes[GN_GROUPS].i;
    hinge_status status = HINGE_OK;
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input 0 has no channels");
    if (groups < 1 || x->dims[1] % groups != 0)
        return OP_FAIL(node, HINGE_BAD_VALUE, "%lld channels do not make %lld groups",
                       (long long)x->dims[1], (long long)groups);
    const int64_t count = node->opset < 21 ? groups : x->dims[1];
    if (node->opset >= 21)
        status = rows_check_stash_type(node, GN_STASH_TYPE);
    if (!status)
        status = rows_check_list(node, "scale", node->inputs[1], count);
    if (!status)
        status = rows_check_list(node, "bias", node->inputs[2], count);
    return status ? status : op_infer_same(node);
}

static struct rows rows_of(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t groups = node->attributes[GN_GROUPS].i, channels = x->dims[1] / groups;
    const int64_t pixels = op_dims_count(x, 2, x->rank);
    struct rows rows = rows_begin(node, (double)node->attributes[GN_EPSILON].f);
    rows_contiguous(&rows, x->dims[0] * groups, channels * pixels);
    rows_list(&rows.scale, node->inputs[1]);
    rows_list(&rows.bias, node->inputs[2]);
    if (node->opset >= 21 && pixels == 1 && channels > 0) {
        rows_list_each(&rows.scale, node->inputs[1], channels);
        rows_list_each(&rows.bias, node->inputs[2], channels);
    } else if (node->opset >= 21) {
        rows.run = pixels;
    }
    return rows;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    const struct rows rows = rows_of(node);
    return rows_scratch(&rows, scratch);
}

static hinge_status run(const struct hinge_node *node)
{
    struct rows rows = rows_of(node);
    rows_run(&rows);
    return HINGE_OK;
}

#define ENTRY(first, last, list)                                                                   \
    {                                                                                              \
        .name = "GroupNormalization", .gradient = "group_normalization:", .since = (first),        \
        .until = (last), .signature = "(X: T, scale: T, bias: T) -> (Y: T); T: " OP_TYPES_FLOAT,   \
        .flags = HINGE_OP_IN_PLACE, .attributes = (list), .infer = infer, .prepare = prepare,      \
        .kernels = HINGE_KERNELS(OP_FLOATING(run))                                                 \
    }

const struct hinge_op op_groupnormalization[] = {
    ENTRY(18, 20, attributes_18),
    ENTRY(21, 0, attributes_21),
    OP_END,
};
