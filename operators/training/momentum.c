/* ai.onnx.preview.training Momentum-1: one step along the gradient with standard or with Nesterov
 * momentum, in double. The state is the momentum. */
#include "operators/training/training.h"

#include <string.h>

#define N_STATES 1

enum { ALPHA, BETA, MODE, NORM_COEFFICIENT };

static bool is_mode(const struct hinge_node *node, const char *name)
{
    const hinge_string mode = node->attributes[MODE].s;
    return mode.size == strlen(name) && !memcmp(mode.bytes, name, mode.size);
}

static void step(const struct hinge_node *node, double *x, const double *gradient,
                 double *const *states, int64_t count)
{
    const struct hinge_attribute *a = node->attributes;
    const bool nesterov = is_mode(node, "nesterov");
    const double alpha = (double)a[ALPHA].f, norm = (double)a[NORM_COEFFICIENT].f;
    const double beta = training_count(node) > 0 ? (double)a[BETA].f : 1;
    const double rate = training_rate(node);
    double *v = states[0];
    for (int64_t i = 0; i < count; i++) {
        const double g = norm * x[i] + gradient[i];
        v[i] = alpha * v[i] + beta * g;
        x[i] -= rate * (nesterov ? g + alpha * v[i] : v[i]);
    }
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    return training_types(node, inputs, outputs, N_STATES);
}

static hinge_status infer(const struct hinge_node *node)
{
    if (!is_mode(node, "standard") && !is_mode(node, "nesterov"))
        return OP_FAIL(node, HINGE_BAD_MODEL, "mode is not standard or nesterov");
    return training_infer(node, N_STATES);
}

static hinge_status run(const struct hinge_node *node)
{
    return training_run(node, N_STATES, step);
}

static const struct hinge_attribute_def attributes[] = {
    [ALPHA] = {.name = "alpha", .type = HINGE_ATTR_FLOAT, .required = true},
    [BETA] = {.name = "beta", .type = HINGE_ATTR_FLOAT, .required = true},
    [MODE] = {.name = "mode", .type = HINGE_ATTR_STRING, .required = true},
    [NORM_COEFFICIENT] = {.name = "norm_coefficient", .type = HINGE_ATTR_FLOAT, .required = true},
    {.name = NULL}};

const struct hinge_op op_momentum[] = {
    {.name = "Momentum",
     .domain = "ai.onnx.preview.training",
     .since = 1,
     .signature = TRAINING_SIGNATURE,
     .attributes = attributes,
     .types = types,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
