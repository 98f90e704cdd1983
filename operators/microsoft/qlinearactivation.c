/* QLinearSigmoid-1 and QLinearLeakyRelu-1 of com.microsoft: a table of what becomes of the 256
 * numbers, computed in double, is made in every run. Source: docs/ContribOperators.md of ONNX
 * Runtime. */
#include <math.h>

#include "operators/microsoft/qlinear.h"

enum { X, X_SCALE, X_ZERO, Y_SCALE, Y_ZERO };
enum { GRAIN = 32768 };

struct job {
    uint8_t table[256];
    const uint8_t *x;
    uint8_t *y;
};

static hinge_status infer(const struct hinge_node *node)
{
    hinge_status status = qlinear_check(node, X_SCALE, X_ZERO);
    if (!status)
        status = qlinear_check(node, Y_SCALE, Y_ZERO);
    return status ? status : op_infer_same(node);
}

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    qlinear_map(job->table, job->x + begin, job->y + begin, end - begin);
}

static hinge_status run(const struct hinge_node *node, qlinear_function *f)
{
    struct job job = {.x = node->inputs[X]->data, .y = node->outputs[0]->data};
    qlinear_table(node, qlinear_read(node, X_SCALE, X_ZERO), qlinear_read(node, Y_SCALE, Y_ZERO),
                  node->inputs[X]->type, f, job.table);
    node->host->parallel(node, hinge_count(node->inputs[X]), GRAIN, part, &job);
    return HINGE_OK;
}

static double sigmoid(const struct hinge_node *node, double x)
{
    (void)node;
    return 1 / (1 + exp(-x));
}

static double leaky(const struct hinge_node *node, double x)
{
    return x >= 0 ? x : (double)node->attributes[0].f * x;
}

static hinge_status run_sigmoid(const struct hinge_node *node)
{
    return run(node, sigmoid);
}

static hinge_status run_leaky(const struct hinge_node *node)
{
    return run(node, leaky);
}

static const struct hinge_attribute_def leaky_attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 0.01F}, {.name = NULL}};

#define ENTRY(operator, kernel, attribute_list)                                                    \
    {                                                                                              \
        .name = (operator), .domain = "com.microsoft", .since = 1,                                 \
        .until = OP_LATEST_OPSET_MICROSOFT,                                                        \
        .signature = "(X: T, X_scale: float, X_zero_point?: T, Y_scale: float, "                   \
                     "Y_zero_point?: T) -> (Y: T); T: uint8 int8",                                 \
        .flags = HINGE_OP_IN_PLACE, .attributes = (attribute_list), .infer = infer,                \
        .kernels = HINGE_KERNELS({HINGE_UINT8, kernel}, {HINGE_INT8, kernel})                      \
    }

const struct hinge_op op_qlinearactivation[] = {
    ENTRY("QLinearSigmoid", run_sigmoid, NULL),
    ENTRY("QLinearLeakyRelu", run_leaky, leaky_attributes),
    OP_END,
};
