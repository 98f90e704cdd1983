/* QLinearConcat-1 of com.microsoft: inputs 2, 5, … with their scales and zero points side by side
 * along an axis, each brought to y's scale by a table. Source: docs/ContribOperators.md of ONNX
 * Runtime. */
#include <string.h>

#include "operators/microsoft/qlinear.h"
#include "operators/op/copy.h"

enum { Y_SCALE, Y_ZERO, INPUTS, SCALE = 1, ZERO, STRIDE };

/* Checks input number i, of three, against the first. */
static hinge_status check_input(const struct hinge_node *node, unsigned i, int32_t axis)
{
    const hinge_tensor *const *in = node->inputs + i, *first = node->inputs[INPUTS];
    if (!in[0] || !in[SCALE] || !in[ZERO] || in[0]->type != node->inputs[Y_ZERO]->type ||
        in[ZERO]->type != in[0]->type || in[SCALE]->type != HINGE_FLOAT)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "inputs %u to %u are not a tensor of y's type, its scale and zero point", i,
                       i + ZERO);
    bool same = in[0]->rank == first->rank;
    for (int32_t d = 0; same && d < first->rank; d++)
        same = d == axis || in[0]->dims[d] == first->dims[d];
    if (!same)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u differs from input 2 beyond the axis", i);
    return qlinear_check(node, i + SCALE, i + ZERO);
}

static hinge_status infer(const struct hinge_node *node)
{
    int32_t axis;
    if (node->n_inputs < INPUTS + STRIDE || (node->n_inputs - INPUTS) % STRIDE != 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%u inputs are not two and three for each tensor",
                       (unsigned)node->n_inputs);
    hinge_status status = qlinear_check(node, Y_SCALE, Y_ZERO);
    if (!status && !node->inputs[INPUTS])
        return OP_FAIL(node, HINGE_BAD_MODEL, "input 2 is left out");
    if (!status)
        status = op_axis(node, "axis", node->attributes[0].i, node->inputs[INPUTS]->rank, &axis);
    if (status)
        return status;
    hinge_tensor y = *node->inputs[INPUTS];
    y.dims[axis] = 0;
    for (unsigned i = INPUTS; i < node->n_inputs; i += STRIDE) {
        status = check_input(node, i, axis);
        if (status)
            return status;
        if (__builtin_add_overflow(y.dims[axis], node->inputs[i]->dims[axis], &y.dims[axis]))
            return OP_FAIL(node, HINGE_LIMIT, "the result is too large");
    }
    return op_set_dims(node, 0, y.rank, y.dims);
}

struct job {
    uint8_t table[256];
    const uint8_t *x;
    uint8_t *y;
    bool same;
    int64_t run, y_run; /* elements that lie side by side in x, and their distance in y */
};

static void runs(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    for (int64_t r = begin; r < end; r++) {
        const uint8_t *x = job->x + r * job->run;
        uint8_t *y = job->y + r * job->y_run;
        if (job->same)
            memcpy(y, x, (size_t)job->run);
        else
            qlinear_map(job->table, x, y, job->run);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    const struct qlinear to = qlinear_read(node, Y_SCALE, Y_ZERO);
    int32_t axis;
    int64_t at = 0;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, y->rank, &axis);
    if (status || hinge_count(y) == 0)
        return status;
    const int64_t outer = op_dims_count(y, 0, axis), inner = op_dims_count(y, axis + 1, y->rank);
    for (unsigned i = INPUTS; i < node->n_inputs; i += STRIDE) {
        const hinge_tensor *x = node->inputs[i];
        const struct qlinear from = qlinear_read(node, i + SCALE, i + ZERO);
        struct job job = {.x = x->data,
                          .y = (uint8_t *)y->data + at,
                          .run = x->dims[axis] * inner,
                          .y_run = y->dims[axis] * inner};
        qlinear_table(node, from, to, y->type, NULL, job.table);
        job.same = true;
        for (int k = 0; k < 256; k++)
            job.same = job.same && job.table[k] == k;
        node->host->parallel(node, outer, op_grain(32768, job.run), runs, &job);
        at += job.run;
    }
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .required = true}, {.name = NULL}};

const struct hinge_op op_qlinearconcat[] = {
    {.name = "QLinearConcat",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(Y_scale: float, Y_zero_point: T8, inputs*: TV) -> (Y: T8); T8: uint8 int8; "
                  "TV: uint8 int8 float",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_UINT8, run}, {HINGE_INT8, run})},
    OP_END,
};
