/* RMSNormalization-23: y = x / sqrt(mean of squares + epsilon) * scale over the dimensions from
 * axis on. Computed in float or, where x or y is double, in double, whatever stash_type says; only
 * the result is rounded, to the type of scale. SimplifiedLayerNormalization-1, which models of ONNX
 * Runtime have in the standard's domain, is the same operator, with 1 / the root as output 1. */
#include "operators/norm/rows.h"

enum { RMS_AXIS, RMS_EPSILON, RMS_STASH_TYPE };

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1},
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-5F},
    {.name = "stash_type", .type = HINGE_ATTR_INT, .i = HINGE_FLOAT},
    {.name = NULL},
};

static hinge_status infer(const struct hinge_node *node)
{
    int32_t axis;
    hinge_status status = rows_check_stash_type(node, RMS_STASH_TYPE);
    if (!status)
        status = op_axis(node, "axis", node->attributes[RMS_AXIS].i, node->inputs[0]->rank, &axis);
    if (!status)
        status = rows_check_broadcast(node, "scale", node->inputs[1]);
    hinge_tensor roots = *node->inputs[0];
    for (int32_t d = status ? roots.rank : axis; d < roots.rank; d++)
        roots.dims[d] = 1;
    if (!status)
        status = op_set_dims(node, 1, roots.rank, roots.dims);
    return status ? status : op_infer_same(node);
}

static struct rows rows_of(const struct hinge_node *node)
{
    struct rows rows = rows_begin(node, (double)node->attributes[RMS_EPSILON].f);
    const int32_t axis = rows_from_axis(&rows, node->attributes[RMS_AXIS].i);
    rows_broadcast(&rows, &rows.scale, node->inputs[1], axis);
    rows.moment = ROWS_SQUARES;
    rows.inverses = op_output(node, 1);
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

/* i: the axes that are normalized; v: x in the type of y. */
#define BY                                                                                         \
    "k = Shape(x); f = CastLike(Where(axis < 0, axis + CastLike(Size(k), dy), axis), k); "         \
    "i = Range(f, Size(k), CastLike(1, k)); v = CastLike(x, dy); "                                 \
    "n = 1 / Sqrt(ReduceMean(v * v, i) + epsilon); "
#define GRADIENT                                                                                   \
    BY "t = dy * b; CastLike(n * (t - v * n * ReduceMean(t * v * n, i)), x) | " BY                 \
       "SumTo(dy * v * n, b)"

#define ENTRY(onnx_name, version, more)                                                            \
    {                                                                                              \
        .name = (onnx_name), .gradient = GRADIENT, .since = (version),                             \
        .signature = "(X: T, scale: V) -> (Y: V" more "); "                                        \
                     "T: " OP_TYPES_FLOAT "; V: " OP_TYPES_FLOAT,                                  \
        .flags = HINGE_OP_IN_PLACE, .attributes = attributes, .infer = infer, .prepare = prepare,  \
        .kernels = HINGE_KERNELS(OP_FLOATING(run))                                                 \
    }

const struct hinge_op op_rmsnormalization[] = {
    ENTRY("RMSNormalization", 23, ""),
    ENTRY("SimplifiedLayerNormalization", 1, ", inv_std_var?: float"),
    OP_END,
};
