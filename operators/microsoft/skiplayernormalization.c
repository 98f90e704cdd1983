/* com.microsoft SkipLayerNormalization-1: LayerNormalization over the last dimension of the sum of
 * input, skip and bias, which is output 3; SkipSimplifiedLayerNormalization-1: the same with
 * RMSNormalization, and without beta. Skip may lack the batch or have one of 1. Of halves, the sum
 * is rounded to their type before it is normalized. */
#include "operators/kernels/half.h"
#include "operators/norm/rows.h"

#define PIECE 512 /* elements converted at a time */

enum { INPUT, SKIP, GAMMA, BETA, BIAS };
enum { OUTPUT, MEAN, INVERSE, SUM };

struct parameters {
    const hinge_tensor *gamma, *beta, *bias;
    bool simplified;
};

static struct parameters parameters_of(const struct hinge_node *node, bool simplified)
{
    return (struct parameters){node->inputs[GAMMA], simplified ? NULL : op_input(node, BETA),
                               op_input(node, simplified ? BETA : BIAS), simplified};
}

/* Whether skip has input's dimensions, the last two of them, or 1 in place of the others. */
static bool skip_fits(const hinge_tensor *x, const hinge_tensor *skip)
{
    if (skip->rank < 2 || skip->rank > x->rank)
        return false;
    bool same = skip->rank == x->rank, ones = true;
    for (int32_t d = 0; d < skip->rank - 2; d++) {
        same = same && skip->dims[d] == x->dims[d];
        ones = ones && skip->dims[d] == 1;
    }
    return (same || ones) && skip->dims[skip->rank - 2] == x->dims[x->rank - 2] &&
           skip->dims[skip->rank - 1] == x->dims[x->rank - 1];
}

static hinge_status infer(const struct hinge_node *node, bool simplified)
{
    const hinge_tensor *x = node->inputs[INPUT];
    const struct parameters p = parameters_of(node, simplified);
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input has rank %d", (int)x->rank);
    if (!skip_fits(x, node->inputs[SKIP]))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "skip has not the dimensions of input");
    const int64_t width = x->dims[x->rank - 1];
    hinge_status status = rows_check_list(node, "gamma", p.gamma, width);
    if (!status && p.beta)
        status = rows_check_list(node, "beta", p.beta, width);
    if (!status && p.bias)
        status = rows_check_list(node, "bias", p.bias, width);
    if (!status)
        status = op_set_dims(node, SUM, x->rank, x->dims);
    hinge_tensor row = *x;
    row.dims[x->rank - 1] = 1;
    for (unsigned i = MEAN; i <= INVERSE && !status; i++)
        status = op_set_dims(node, i, row.rank, row.dims);
    return status ? status : op_infer_same(node);
}

static void add_f32(float *y, const float *a, const float *b, const float *bias, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = a[i] + b[i];
    for (int64_t i = 0; bias && i < count; i++)
        y[i] += bias[i];
}

static const void *elements(const hinge_tensor *t, int64_t at)
{
    return t ? (const char *)t->data + hinge_size(t->type, at) : NULL;
}

/* Row number set of the sum, to where rows reads it. */
static void add_row(const struct rows *rows, int64_t set)
{
    const struct parameters *p = rows->argument;
    const hinge_tensor *x = rows->node->inputs[INPUT], *skip = rows->node->inputs[SKIP];
    const int64_t width = rows->length, n_skips = hinge_count(skip) / width;
    const void *a = elements(x, set * width), *b = elements(skip, set % n_skips * width);
    void *sum = (char *)(uintptr_t)rows->x + hinge_size(x->type, set * width);
    if (x->type == HINGE_FLOAT) {
        add_f32(sum, a, b, elements(p->bias, 0), width);
        return;
    }
    float buffers[3][PIECE];
    for (int64_t i = 0; i < width; i += PIECE) {
        const int64_t n = width - i < PIECE ? width - i : PIECE;
        half_load(x->type, buffers[0], (const uint16_t *)a + i, n);
        half_load(x->type, buffers[1], (const uint16_t *)b + i, n);
        if (p->bias)
            half_load(x->type, buffers[2], elements(p->bias, i), n);
        add_f32(buffers[0], buffers[0], buffers[1], p->bias ? buffers[2] : NULL, n);
        half_store(x->type, (uint16_t *)sum + i, buffers[0], n);
    }
}

static struct rows rows_of(const struct hinge_node *node, const struct parameters *p)
{
    struct rows rows = rows_begin(node, (double)node->attributes[0].f);
    const hinge_tensor *sum = op_output(node, SUM);
    const int32_t axis = rows_from_axis(&rows, -1);
    rows_broadcast(&rows, &rows.scale, p->gamma, axis);
    if (p->beta)
        rows_broadcast(&rows, &rows.bias, p->beta, axis);
    if (p->simplified)
        rows.moment = ROWS_SQUARES;
    rows.x = sum ? sum->data : rows.y;
    rows.fill = rows.length > 0 ? add_row : NULL;
    rows.argument = p;
    rows.means = op_output(node, MEAN);
    rows.inverses = op_output(node, INVERSE);
    return rows;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch, bool simplified)
{
    const struct parameters p = parameters_of(node, simplified);
    const struct rows rows = rows_of(node, &p);
    return rows_scratch(&rows, scratch);
}

static hinge_status run(const struct hinge_node *node, bool simplified)
{
    const struct parameters p = parameters_of(node, simplified);
    struct rows rows = rows_of(node, &p);
    rows_run(&rows);
    return HINGE_OK;
}

static hinge_status skip_infer(const struct hinge_node *node)
{
    return infer(node, false);
}

static hinge_status skip_prepare(struct hinge_node *node, size_t *scratch)
{
    return prepare(node, scratch, false);
}

static hinge_status skip_run(const struct hinge_node *node)
{
    return run(node, false);
}

static hinge_status simplified_infer(const struct hinge_node *node)
{
    return infer(node, true);
}

static hinge_status simplified_prepare(struct hinge_node *node, size_t *scratch)
{
    return prepare(node, scratch, true);
}

static hinge_status simplified_run(const struct hinge_node *node)
{
    return run(node, true);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-12F},
    {.name = NULL},
};

#define ENTRY(onnx_name, parameters, hook)                                                         \
    {                                                                                              \
        .name = (onnx_name), .domain = "com.microsoft", .since = 1,                                \
        .until = OP_LATEST_OPSET_MICROSOFT,                                                        \
        .signature = "(input: T, skip: T, " parameters ", bias?: T) -> "                           \
                     "(output: T, mean?: float, inv_std_var?: float, input_skip_bias_sum?: T); "   \
                     "T: float float16 bfloat16",                                                  \
        .attributes = attributes, .infer = hook##_infer, .prepare = hook##_prepare,                \
        .kernels = HINGE_KERNELS({HINGE_FLOAT, hook##_run}, {HINGE_FLOAT16, hook##_run},           \
                                 {HINGE_BFLOAT16, hook##_run})                                     \
    }

const struct hinge_op op_skiplayernormalization[] = {
    ENTRY("SkipLayerNormalization", "gamma: T, beta?: T", skip),
    ENTRY("SkipSimplifiedLayerNormalization", "gamma: T", simplified),
    OP_END,
};
