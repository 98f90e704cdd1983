/* com.microsoft Gelu-1: x Phi(x), Phi the normal distribution; BiasGelu-1: the same of A + B;
 * FastGelu-1: the approximation x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 of X + bias;
 * QuickGelu-1: x / (1 + e^(-alpha x)). A bias is a list along the last dimension; of halves the sum
 * is not rounded. */
#include "operators/kernels/half.h"
#include "operators/op/activation.h"

#define PIECE 512 /* elements converted at a time */

static void gelu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_GELU;
}

/* With a bias it is no activation of X alone. */
static void fastgelu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    if (!op_input(node, 1))
        activation->kind = HINGE_ACT_GELU_TANH;
}

static void quickgelu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_SWISH;
    activation->alpha = node->attributes[0].f;
}

OP_ACTIVATION_RUN(gelu)
OP_ACTIVATION_RUN(quickgelu)

static hinge_status bias_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *bias = op_input(node, 1);
    if (bias && (x->rank < 1 || bias->rank != 1 || bias->dims[0] != x->dims[x->rank - 1]))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "the bias is not a list of as many values as the last dimension of input 0");
    return op_infer_same(node);
}

struct job {
    struct hinge_activation activation;
    const hinge_tensor *x, *bias;
    hinge_tensor *y;
};

static void span_f64(const struct job *job, int64_t at, int64_t of_bias, int64_t count)
{
    const double *x = (const double *)job->x->data + at;
    const double *bias = (const double *)job->bias->data + of_bias;
    double *y = (double *)job->y->data + at;
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] + bias[i];
    activation_f64(&job->activation, y, y, count);
}

static void span_f32(const struct job *job, int64_t at, int64_t of_bias, int64_t count)
{
    const float *x = (const float *)job->x->data + at;
    const float *bias = (const float *)job->bias->data + of_bias;
    float *y = (float *)job->y->data + at;
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] + bias[i];
    activation_f32(&job->activation, y, y, count);
}

static void span_half(const struct job *job, int64_t at, int64_t of_bias, int64_t count)
{
    const hinge_type type = job->x->type;
    float x[PIECE] = {0}, bias[PIECE] = {0};
    half_load(type, x, (const uint16_t *)job->x->data + at, count);
    half_load(type, bias, (const uint16_t *)job->bias->data + of_bias, count);
    for (int64_t i = 0; i < count; i++)
        x[i] += bias[i];
    activation_f32(&job->activation, x, x, count);
    half_store(type, (uint16_t *)job->y->data + at, x, count);
}

static void spans(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const int64_t width = job->bias->dims[0];
    for (int64_t i = begin, n; i < end; i += n) {
        const int64_t of_bias = i % width;
        n = width - of_bias < end - i ? width - of_bias : end - i;
        n = n < PIECE ? n : PIECE;
        if (job->x->type == HINGE_DOUBLE)
            span_f64(job, i, of_bias, n);
        else if (job->x->type == HINGE_FLOAT)
            span_f32(job, i, of_bias, n);
        else
            span_half(job, i, of_bias, n);
    }
}

static hinge_status run_biased(const struct hinge_node *node, enum hinge_activation_kind kind)
{
    struct job job = {{.kind = kind}, node->inputs[0], op_input(node, 1), node->outputs[0]};
    if (!job.bias)
        return op_activation_run(node, job.activation);
    node->host->parallel(node, hinge_count(job.x), OP_ACTIVATION_GRAIN, spans, &job);
    return HINGE_OK;
}

static hinge_status biasgelu_run(const struct hinge_node *node)
{
    return run_biased(node, HINGE_ACT_GELU);
}

static hinge_status fastgelu_run(const struct hinge_node *node)
{
    return run_biased(node, HINGE_ACT_GELU_TANH);
}

static const struct hinge_attribute_def quickgelu_attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1.702F},
    {.name = NULL},
};

const struct hinge_op op_microsoft_gelu[] = {
    {.name = "Gelu",
     .gradient = "gelu:",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     OP_ACTIVATION_ENTRY(gelu, "X", "Y")},
    {.name = "QuickGelu",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .attributes = quickgelu_attributes,
     OP_ACTIVATION_ENTRY(quickgelu, "X", "Y")},
    {.name = "BiasGelu",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(A: T, B: T) -> (C: T); T: " OP_TYPES_FLOAT,
     .flags = HINGE_OP_IN_PLACE,
     .infer = bias_infer,
     .kernels = HINGE_KERNELS(OP_FLOATING(biasgelu_run))},
    {.name = "FastGelu",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(X: T, bias?: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .flags = HINGE_OP_IN_PLACE,
     .infer = bias_infer,
     .activation = fastgelu_activation,
     .row = activation_f32,
     .derivative = activation_derivative_f32,
     .kernels = HINGE_KERNELS(OP_FLOATING(fastgelu_run))},
    OP_END,
};
