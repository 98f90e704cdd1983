/* ai.onnx.preview.training Adam-1: one step of Adam (Kingma and Ba, "Adam: a method for stochastic
 * optimization", ICLR 2015), in double. The states are the averaged gradient and its averaged
 * square. */
#include "operators/training/training.h"

#include <math.h>

#define N_STATES 2

enum { ALPHA, BETA, EPSILON, NORM_COEFFICIENT, NORM_COEFFICIENT_POST };

/* With what the averages lack after few updates made up for. */
static double adjusted_rate(const struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    const double rate = training_rate(node), t = (double)training_count(node);
    return t > 0 ? rate * sqrt(1 - pow((double)a[BETA].f, t)) / (1 - pow((double)a[ALPHA].f, t))
                 : rate;
}

static void step(const struct hinge_node *node, double *x, const double *gradient,
                 double *const *states, int64_t count)
{
    const struct hinge_attribute *a = node->attributes;
    const double alpha = (double)a[ALPHA].f, beta = (double)a[BETA].f;
    const double norm = (double)a[NORM_COEFFICIENT].f, epsilon = (double)a[EPSILON].f;
    const double rate = adjusted_rate(node), post = 1 - (double)a[NORM_COEFFICIENT_POST].f;
    double *v = states[0], *h = states[1];
    for (int64_t i = 0; i < count; i++) {
        const double g = norm * x[i] + gradient[i];
        v[i] = alpha * v[i] + (1 - alpha) * g;
        h[i] = beta * h[i] + (1 - beta) * (g * g);
        x[i] = post * (x[i] - rate * (v[i] / (sqrt(h[i]) + epsilon)));
    }
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    return training_types(node, inputs, outputs, N_STATES);
}

static hinge_status infer(const struct hinge_node *node)
{
    return training_infer(node, N_STATES);
}

static hinge_status run(const struct hinge_node *node)
{
    return training_run(node, N_STATES, step);
}

static const struct hinge_attribute_def attributes[] = {
    [ALPHA] = {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 0.9F},
    [BETA] = {.name = "beta", .type = HINGE_ATTR_FLOAT, .f = 0.999F},
    [EPSILON] = {.name = "epsilon", .type = HINGE_ATTR_FLOAT},
    [NORM_COEFFICIENT] = {.name = "norm_coefficient", .type = HINGE_ATTR_FLOAT},
    [NORM_COEFFICIENT_POST] = {.name = "norm_coefficient_post", .type = HINGE_ATTR_FLOAT},
    {.name = NULL}};

const struct hinge_op op_adam[] = {
    {.name = "Adam",
     .domain = "ai.onnx.preview.training",
     .since = 1,
     .signature = TRAINING_SIGNATURE,
     .attributes = attributes,
     .types = types,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
