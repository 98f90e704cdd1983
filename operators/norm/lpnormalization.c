/* LpNormalization-1, -22: y = x / norm along axis, the norm being the sum of magnitudes (p = 1) or
 * the length (p = 2); 0 where the norm is 0. */
#include "operators/norm/rows.h"

#include <math.h>

enum { LP_AXIS, LP_P };

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1},
    {.name = "p", .type = HINGE_ATTR_INT, .i = 2},
    {.name = NULL},
};

static hinge_status infer(const struct hinge_node *node)
{
    const int64_t p = node->attributes[LP_P].i;
    int32_t axis;
    if (p != 1 && p != 2)
        return OP_FAIL(node, HINGE_BAD_VALUE, "p is %lld, not 1 or 2", (long long)p);
    hinge_status status =
        op_axis(node, "axis", node->attributes[LP_AXIS].i, node->inputs[0]->rank, &axis);
    return status ? status : op_infer_same(node);
}

static double sum_norm(double sum, double count, double epsilon)
{
    (void)count;
    (void)epsilon;
    return sum == 0 ? INFINITY : sum;
}

static double length_norm(double sum, double count, double epsilon)
{
    (void)count;
    (void)epsilon;
    return sum == 0 ? INFINITY : sqrt(sum);
}

static hinge_status run(const struct hinge_node *node)
{
    struct rows rows = rows_begin(node, 0);
    int32_t axis;
    hinge_status status =
        op_axis(node, "axis", node->attributes[LP_AXIS].i, node->inputs[0]->rank, &axis);
    if (status)
        return status;
    rows_reduce(&rows, UINT32_C(1) << axis);
    const bool magnitudes = node->attributes[LP_P].i == 1;
    rows.moment = magnitudes ? ROWS_MAGNITUDES : ROWS_SQUARES;
    rows.norm = magnitudes ? sum_norm : length_norm;
    rows_run(&rows);
    return HINGE_OK;
}

#define GRADIENT                                                                                   \
    "k = Shape(x); f = CastLike(axis, k); i = Range(f, f + CastLike(1, k), CastLike(1, k)); "      \
    "n = Where(p == 1, ReduceSum(Abs(x), i), Sqrt(ReduceSum(x * x, i))); "                         \
    "(dy - Where(p == 1, Sign(x), y) * ReduceSum(dy * y, i)) / n"

#define ENTRY(first, last, types, ...)                                                             \
    {                                                                                              \
        .name = "LpNormalization", .gradient = GRADIENT, .since = (first), .until = (last),        \
        .signature = "(input: T) -> (output: T); T: " types, .flags = HINGE_OP_IN_PLACE,           \
        .attributes = attributes, .infer = infer, .kernels = HINGE_KERNELS(__VA_ARGS__)            \
    }

const struct hinge_op op_lpnormalization[] = {
    ENTRY(1, 21, "float16 float double", {HINGE_FLOAT, run}, {HINGE_DOUBLE, run},
          {HINGE_FLOAT16, run}),
    ENTRY(22, 0, OP_TYPES_FLOAT, OP_FLOATING(run)),
    OP_END,
};
