/* Affine-1, ParametricSoftplus-1, ScaledTanh-1, experimental operators until opset 9: alpha x +
 * beta, alpha log(1 + e^(beta x)), alpha tanh(beta x); computed in double. */
#include "operators/kernels/convert.h"
#include "operators/op/op.h"

#include <math.h>

enum { ALPHA, BETA };
enum { BLOCK = 256, GRAIN = 8192 };

struct job {
    const hinge_tensor *x;
    hinge_tensor *y;
    double alpha, beta;
};

typedef double scaled_function(const struct job *job, double x);

static inline double affine(const struct job *job, double x)
{
    return job->alpha * x + job->beta;
}

static inline double softplus(const struct job *job, double x)
{
    const double u = job->beta * x;
    return job->alpha * ((u > 0 ? u : 0) + log1p(exp(-fabs(u))));
}

static inline double scaled_tanh(const struct job *job, double x)
{
    return job->alpha * tanh(job->beta * x);
}

static inline void apply(const struct job *job, scaled_function *f, int64_t begin, int64_t end)
{
    double values[BLOCK];
    const hinge_type type = job->x->type;
    for (int64_t i = begin; i < end; i += BLOCK) {
        const int64_t n = end - i < BLOCK ? end - i : BLOCK;
        convert_to_double(type, values, (const char *)job->x->data + hinge_size(type, i), n);
        for (int64_t k = 0; k < n; k++)
            values[k] = f(job, values[k]);
        convert_from_double(type, (char *)job->y->data + hinge_size(type, i), values, n);
    }
}

static void affine_part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    apply(argument, affine, begin, end);
}

static void softplus_part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    apply(argument, softplus, begin, end);
}

static void tanh_part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    apply(argument, scaled_tanh, begin, end);
}

static hinge_status run(const struct hinge_node *node, hinge_task *part)
{
    struct job job = {node->inputs[0], node->outputs[0], (double)node->attributes[ALPHA].f,
                      (double)node->attributes[BETA].f};
    node->host->parallel(node, hinge_count(job.x), GRAIN, part, &job);
    return HINGE_OK;
}

static hinge_status run_affine(const struct hinge_node *node)
{
    return run(node, affine_part);
}

static hinge_status run_softplus(const struct hinge_node *node)
{
    return run(node, softplus_part);
}

static hinge_status run_tanh(const struct hinge_node *node)
{
    return run(node, tanh_part);
}

static const struct hinge_attribute_def attributes_affine[] = {
    [ALPHA] = {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    [BETA] = {.name = "beta", .type = HINGE_ATTR_FLOAT},
    {.name = NULL}};

static const struct hinge_attribute_def attributes[] = {
    [ALPHA] = {.name = "alpha", .type = HINGE_ATTR_FLOAT, .required = true},
    [BETA] = {.name = "beta", .type = HINGE_ATTR_FLOAT, .required = true},
    {.name = NULL}};

#define SCALED(onnx_name, x, y, declared, kernel)                                                  \
    {                                                                                              \
        .name = (onnx_name), .since = 1, .until = 9, .attributes = (declared),                     \
        .signature = "(" x ": T) -> (" y ": T); T: float16 float double",                          \
        .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,                 \
        .kernels =                                                                                 \
            HINGE_KERNELS({HINGE_FLOAT, kernel}, {HINGE_DOUBLE, kernel}, {HINGE_FLOAT16, kernel})  \
    }

const struct hinge_op op_scaledfunctions[] = {
    SCALED("Affine", "X", "Y", attributes_affine, run_affine),
    SCALED("ParametricSoftplus", "X", "Y", attributes, run_softplus),
    SCALED("ScaledTanh", "input", "output", attributes, run_tanh),
    OP_END,
};
