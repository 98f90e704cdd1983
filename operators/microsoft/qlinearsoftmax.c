/* QLinearSoftmax-1 of com.microsoft: e^(x - max) of restored numbers along an axis, or, as Softmax
 * before opset 13, over all axes from it on, from a table in double. They are multiplied by the
 * whole part of the reciprocal of y's scale, as in ONNX Runtime: one, at a scale of 1/255 in
 * float32, is 254. Source: docs/ContribOperators.md of ONNX Runtime. */
#include <math.h>

#include "operators/kernels/integer.h"
#include "operators/microsoft/qlinear.h"
#include "operators/op/copy.h"

enum { X, X_SCALE, X_ZERO, Y_SCALE, Y_ZERO };
enum { AXIS, OPSET };
enum { N_SUMS = 4 };

struct job {
    double table[256]; /* e^(-scale i) */
    double steps;      /* of y in one */
    struct qlinear y;
    hinge_type type;
    const uint8_t *x;
    uint8_t *to;
    int64_t extent, inner; /* elements of a row, and between them */
};

static hinge_status infer(const struct hinge_node *node)
{
    int32_t axis;
    hinge_status status = qlinear_check(node, X_SCALE, X_ZERO);
    if (!status)
        status = qlinear_check(node, Y_SCALE, Y_ZERO);
    if (!status)
        status = op_axis(node, "axis", node->attributes[AXIS].i, node->inputs[X]->rank, &axis);
    return status ? status : op_infer_same(node);
}

static int32_t number_of(const struct job *job, uint8_t byte)
{
    return job->type == HINGE_INT8 ? (int8_t)byte : byte;
}

/* Of a row from x on, whose largest number and sum of powers are known, to bytes. */
static void quotients(const struct job *job, const uint8_t *x, uint8_t *y, int32_t most, double sum)
{
    float values[QUANTIZE_BLOCK];
    uint8_t bytes[QUANTIZE_BLOCK];
    for (int64_t i = 0; i < job->extent; i += QUANTIZE_BLOCK) {
        const int64_t n = min_i64(job->extent - i, QUANTIZE_BLOCK);
        for (int64_t k = 0; k < n; k++) {
            const double part = job->table[most - number_of(job, x[(i + k) * job->inner])] / sum;
            values[k] = (float)(part * job->steps);
        }
        qlinear_store(job->y, job->type, bytes, 0, values, n);
        for (int64_t k = 0; k < n; k++)
            y[(i + k) * job->inner] = bytes[k];
    }
}

static void rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    for (int64_t r = begin; r < end; r++) {
        const int64_t first = r / job->inner * job->extent * job->inner + r % job->inner;
        const uint8_t *x = job->x + first;
        int32_t most = number_of(job, x[0]);
        double sums[N_SUMS] = {0}; /* additions wait for each other */
        for (int64_t i = 0; i < job->extent; i++)
            most =
                number_of(job, x[i * job->inner]) > most ? number_of(job, x[i * job->inner]) : most;
        for (int64_t i = 0; i < job->extent; i++)
            sums[i % N_SUMS] += job->table[most - number_of(job, x[i * job->inner])];
        const double sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        quotients(job, x, job->to + first, most, sum);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[X];
    const struct qlinear from = qlinear_read(node, X_SCALE, X_ZERO);
    struct job job = {.y = qlinear_read(node, Y_SCALE, Y_ZERO),
                      .type = x->type,
                      .x = x->data,
                      .to = node->outputs[0]->data};
    const int64_t count = hinge_count(x);
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &axis);
    if (status || count == 0)
        return status;
    const bool flat = node->attributes[OPSET].i < 13;
    job.extent = op_dims_count(x, axis, flat ? x->rank : axis + 1);
    job.inner = flat ? 1 : op_dims_count(x, axis + 1, x->rank);
    job.steps = (double)floorf(1 / job.y.scale);
    job.y.scale = 1;
    for (int i = 0; i < 256; i++)
        job.table[i] = exp(-(double)from.scale * i);
    node->host->parallel(node, count / job.extent, op_grain(4096, job.extent), rows, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1},
    {.name = "opset", .type = HINGE_ATTR_INT, .required = true},
    {.name = NULL},
};

const struct hinge_op op_qlinearsoftmax[] = {
    {.name = "QLinearSoftmax",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(X: T, X_scale: float, x_zero_point?: T, y_scale: float, y_zero_point: T) -> "
                  "(Y: T); T: uint8 int8",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_UINT8, run}, {HINGE_INT8, run})},
    OP_END,
};
