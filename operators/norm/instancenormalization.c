/* InstanceNormalization-1, -6, -22: y = (x - mean) / sqrt(variance + epsilon) * scale + B, mean and
 * variance being those of one channel of one item of the batch. */
#include "operators/norm/rows.h"

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-5F},
    {.name = "consumed_inputs", .type = HINGE_ATTR_INTS},
    {.name = NULL},
};
static const struct hinge_attribute_def attributes[] = {
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-5F},
    {.name = NULL},
};

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input 0 has no channels");
    hinge_status status = rows_check_list(node, "scale", node->inputs[1], x->dims[1]);
    if (!status)
        status = rows_check_list(node, "B", node->inputs[2], x->dims[1]);
    return status ? status : op_infer_same(node);
}

static struct rows rows_of(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct rows rows = rows_begin(node, (double)node->attributes[0].f);
    rows_contiguous(&rows, x->dims[0] * x->dims[1], op_dims_count(x, 2, x->rank));
    rows_list(&rows.scale, node->inputs[1]);
    rows_list(&rows.bias, node->inputs[2]);
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

#define ENTRY(first, last, types, list, ...)                                                       \
    {                                                                                              \
        .name = "InstanceNormalization", .gradient = "group_normalization:", .since = (first),     \
        .until = (last), .signature = "(input: T, scale: T, B: T) -> (output: T); T: " types,      \
        .flags = HINGE_OP_IN_PLACE, .attributes = (list), .infer = infer, .prepare = prepare,      \
        .kernels = HINGE_KERNELS(__VA_ARGS__)                                                      \
    }
#define KERNELS                                                                                    \
    {HINGE_FLOAT, run}, {HINGE_DOUBLE, run},                                                       \
    {                                                                                              \
        HINGE_FLOAT16, run                                                                         \
    }

const struct hinge_op op_instancenormalization[] = {
    ENTRY(1, 5, "float16 float double", attributes_1, KERNELS),
    ENTRY(6, 21, "float16 float double", attributes, KERNELS),
    ENTRY(22, 0, OP_TYPES_FLOAT, attributes, OP_FLOATING(run)),
    OP_END,
};
