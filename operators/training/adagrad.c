/* ai.onnx.preview.training Adagrad-1: one step of ADAGRAD (Duchi, Hazan and Singer, "Adaptive
 * subgradient methods for online learning and stochastic optimization", JMLR 12, 2011), in double.
 * The state is the accumulated squared gradient. */
#include "operators/training/training.h"

#include <math.h>

#define N_STATES 1

enum { DECAY_FACTOR, EPSILON, NORM_COEFFICIENT };

static void step(const struct hinge_node *node, double *x, const double *gradient,
                 double *const *states, int64_t count)
{
    const struct hinge_attribute *a = node->attributes;
    const double norm = (double)a[NORM_COEFFICIENT].f, epsilon = (double)a[EPSILON].f;
    const double rate =
        training_rate(node) / (1 + (double)training_count(node) * (double)a[DECAY_FACTOR].f);
    double *h = states[0];
    for (int64_t i = 0; i < count; i++) {
        const double g = norm * x[i] + gradient[i];
        h[i] += g * g;
        x[i] -= rate * g / (sqrt(h[i]) + epsilon);
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
    [DECAY_FACTOR] = {.name = "decay_factor", .type = HINGE_ATTR_FLOAT},
    [EPSILON] = {.name = "epsilon", .type = HINGE_ATTR_FLOAT},
    [NORM_COEFFICIENT] = {.name = "norm_coefficient", .type = HINGE_ATTR_FLOAT},
    {.name = NULL}};

const struct hinge_op op_adagrad[] = {
    {.name = "Adagrad",
     .domain = "ai.onnx.preview.training",
     .since = 1,
     .signature = TRAINING_SIGNATURE,
     .attributes = attributes,
     .types = types,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
