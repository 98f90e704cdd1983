/* MeanVarianceNormalization-9, -13: y = (x - mean) / (standard deviation + 1e-9) over axes, which
 * are 0, 2, 3 unless given. */
#include "operators/norm/rows.h"

#include <math.h>

static const struct hinge_attribute_def attributes[] = {{.name = "axes", .type = HINGE_ATTR_INTS},
                                                        {.name = NULL}};

static hinge_status axes_of(const struct hinge_node *node, uint32_t *mask)
{
    static const int64_t usual[] = {0, 2, 3};
    const struct hinge_attribute *axes = &node->attributes[0];
    const int64_t *values = axes->present ? axes->ints : usual;
    const size_t count = axes->present ? axes->count : 3;
    *mask = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t axis;
        hinge_status status = op_axis(node, "axis", values[i], node->inputs[0]->rank, &axis);
        if (status)
            return status;
        if (*mask >> axis & 1)
            return OP_FAIL(node, HINGE_BAD_MODEL, "axis %d is listed twice", (int)axis);
        *mask |= UINT32_C(1) << axis;
    }
    /* As a reduction without axes, which is one over all. */
    if (count == 0)
        *mask = (UINT32_C(1) << node->inputs[0]->rank) - 1;
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    uint32_t mask;
    hinge_status status = axes_of(node, &mask);
    return status ? status : op_infer_same(node);
}

static double deviation(double sum, double count, double epsilon)
{
    return sqrt(sum / count) + epsilon;
}

static hinge_status run(const struct hinge_node *node)
{
    struct rows rows = rows_begin(node, 1e-9);
    uint32_t mask;
    hinge_status status = axes_of(node, &mask);
    if (status)
        return status;
    rows_reduce(&rows, mask);
    rows.norm = deviation;
    rows_run(&rows);
    return HINGE_OK;
}

#define ENTRY(first, last, types, ...)                                                             \
    {                                                                                              \
        .name = "MeanVarianceNormalization", .since = (first), .until = (last),                    \
        .signature = "(X: T) -> (Y: T); T: " types, .flags = HINGE_OP_IN_PLACE,                    \
        .attributes = attributes, .infer = infer, .kernels = HINGE_KERNELS(__VA_ARGS__)            \
    }

const struct hinge_op op_meanvariancenormalization[] = {
    ENTRY(9, 12, "float16 float double", {HINGE_FLOAT, run}, {HINGE_DOUBLE, run},
          {HINGE_FLOAT16, run}),
    ENTRY(13, 0, OP_TYPES_FLOAT, OP_FLOATING(run)),
    OP_END,
};
