/* LayerNormalization-17: y = (x - mean) / sqrt(variance + epsilon) * Scale + B over the dimensions
 * from axis on. The first stage is computed in float or, of double, in double, whatever stash_type
 * says; it is the type of Mean and InvStdDev. Nothing is rounded to T but the result. */
#include "operators/norm/rows.h"

enum { LN_AXIS, LN_EPSILON, LN_STASH_TYPE };

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1},
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-5F},
    {.name = "stash_type", .type = HINGE_ATTR_INT, .i = HINGE_FLOAT},
    {.name = NULL},
};

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *bias = op_input(node, 2);
    int64_t dims[HINGE_MAX_RANK];
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[LN_AXIS].i, x->rank, &axis);
    if (!status)
        status = rows_check_broadcast(node, "Scale", node->inputs[1]);
    if (!status && bias)
        status = rows_check_broadcast(node, "B", bias);
    if (status)
        return status;
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = d < axis ? x->dims[d] : 1;
    for (unsigned i = 1; i < node->n_outputs && !status; i++)
        status = op_set_dims(node, i, x->rank, dims);
    return status ? status : op_infer_same(node);
}

static struct rows rows_of(const struct hinge_node *node)
{
    const hinge_tensor *bias = op_input(node, 2);
    struct rows rows = rows_begin(node, (double)node->attributes[LN_EPSILON].f);
    const int32_t axis = rows_from_axis(&rows, node->attributes[LN_AXIS].i);
    rows_broadcast(&rows, &rows.scale, node->inputs[1], axis);
    if (bias)
        rows_broadcast(&rows, &rows.bias, bias, axis);
    rows.means = op_output(node, 1);
    rows.inverses = op_output(node, 2);
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

const struct hinge_op op_layernormalization[] = {
    {.name = "LayerNormalization",
     .gradient = "layer_normalization:",
     .since = 17,
     .signature = "(X: T, Scale: T, B?: T) -> (Y: T, Mean?: U, InvStdDev?: U); "
                  "T: " OP_TYPES_FLOAT "; U@stash_type: float bfloat16",
     .flags = HINGE_OP_IN_PLACE,
     .attributes = attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS(OP_FLOATING(run))},
    OP_END,
};
