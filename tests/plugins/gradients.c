/* Operators over double that say what their derivatives are, or nothing, or what does not fit. */
#include <hinge/plugin.h>

/* y = scale a^3 + b, of one shape. */
static hinge_status cube(const struct hinge_node *node)
{
    const double *a = node->inputs[0]->data, *b = node->inputs[1]->data;
    double *y = node->outputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->outputs[0]); i++)
        y[i] = (double)node->attributes[0].f * a[i] * a[i] * a[i] + b[i];
    return HINGE_OK;
}

static hinge_status copy(const struct hinge_node *node)
{
    const double *x = node->inputs[0]->data;
    double *y = node->outputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->outputs[0]); i++)
        y[i] = x[i];
    return HINGE_OK;
}

static hinge_status negate(const struct hinge_node *node)
{
    const double *x = node->inputs[0]->data;
    double *y = node->outputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->outputs[0]); i++)
        y[i] = -x[i];
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "scale", .type = HINGE_ATTR_FLOAT, .f = 2}, {.name = NULL}};

#define OF_X .since = 1, .signature = "(X: T) -> (Y: T); T: double"
#define TEST .domain = "test.plugins"

static const struct hinge_op ops[] = {
    {.name = "Cube",
     TEST,
     .since = 1,
     .attributes = attributes,
     .signature = "(A: T, B: T) -> (Y: T); T: double",
     .gradient = "s = scale * a; 3 * dy * s * a | dy",
     .kernels = HINGE_KERNELS({HINGE_DOUBLE, cube})},
    {.name = "Constantly",
     TEST,
     OF_X,
     .gradient = "flat:",
     .kernels = HINGE_KERNELS({HINGE_DOUBLE, copy})},
    {.name = "Total",
     TEST,
     OF_X,
     .gradient = "sum:",
     .kernels = HINGE_KERNELS({HINGE_DOUBLE, copy})},
    {.name = "Convolved",
     TEST,
     OF_X,
     .gradient = "conv:",
     .kernels = HINGE_KERNELS({HINGE_DOUBLE, copy})},
    {.name = "Silent", TEST, OF_X, .kernels = HINGE_KERNELS({HINGE_DOUBLE, copy})},
    /* The standard's, of whose derivative the built-in plugin tells. */
    {.name = "Neg", OF_X, .kernels = HINGE_KERNELS({HINGE_DOUBLE, negate})},
    {.name = "Elu", OF_X, .kernels = HINGE_KERNELS({HINGE_DOUBLE, copy})},
    {.name = NULL}};

HINGE_PLUGIN("gradients", "1", 0, ops);
