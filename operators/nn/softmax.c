/* Softmax-1, -11, -13, LogSoftmax-1, -11, -13. Before opset 13 everything from axis on is one row
 * (axis 1 unless given), from then on the elements along axis are (the last one). A row that holds
 * NaN or +infinity, or nothing but -infinity, becomes NaN. */
#include "operators/kernels/softmax.h"

#include "operators/kernels/half.h"
#include "operators/op/op.h"

#define GRAIN 8192 /* elements that are worth a thread */

/* The input as outer × count × inner, softmax running over count. */
struct job {
    const struct hinge_node *node;
    int64_t count, inner;
    bool logarithm;
};

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = 1}, {.name = NULL}};
static const struct hinge_attribute_def attributes_13[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1}, {.name = NULL}};

static hinge_status infer(const struct hinge_node *node)
{
    int32_t axis;
    const hinge_tensor *x = node->inputs[0];
    /* A scalar is a row of one; so is an axis at the end of all, before opset 13. */
    const int64_t given = node->attributes[0].i;
    const bool end = node->opset < 13 && given == x->rank;
    if (x->rank > 0 && !end) {
        hinge_status status = op_axis(node, "axis", given, x->rank, &axis);
        if (status)
            return status;
    }
    return op_infer_same(node);
}

static void split(const struct hinge_node *node, int64_t *count, int64_t *inner)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t axis = node->attributes[0].i;
    if (axis < 0)
        axis += x->rank;
    *count = *inner = 1;
    if (x->rank == 0)
        return;
    for (int32_t d = (int32_t)axis; d < x->rank; d++) {
        if (d == axis || node->opset < 13)
            *count *= x->dims[d];
        else
            *inner *= x->dims[d];
    }
}

/* The parts are columns; adjoining ones of a block go together. */
static void part_f32(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const float *x = job->node->inputs[0]->data;
    float *y = job->node->outputs[0]->data;
    for (int64_t c = begin, n; c < end; c += n) {
        const int64_t within = c % job->inner;
        const int64_t offset = (c - within) * job->count + within;
        n = job->inner - within < end - c ? job->inner - within : end - c;
        if (job->inner == 1)
            softmax_row_f32(y + offset, x + offset, job->count, job->logarithm);
        else
            softmax_columns_f32(y + offset, x + offset, job->count, job->inner, n, job->logarithm);
    }
}

static void part_f64(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const double *x = job->node->inputs[0]->data;
    double *y = job->node->outputs[0]->data;
    for (int64_t c = begin; c < end; c++) {
        const int64_t offset = (c - c % job->inner) * job->count + c % job->inner;
        softmax_column_f64(y + offset, x + offset, job->count, job->inner, job->logarithm);
    }
}

/* Half types: a column at a time through a row of float in the thread's scratch memory. */
static void part_half(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const hinge_type type = job->node->inputs[0]->type;
    const uint16_t *x = job->node->inputs[0]->data;
    uint16_t *y = job->node->outputs[0]->data;
    float *row = (float *)job->node->scratch + (int64_t)thread * job->count;
    for (int64_t c = begin; c < end; c++) {
        const int64_t offset = (c - c % job->inner) * job->count + c % job->inner;
        for (int64_t i = 0; i < job->count; i++)
            half_load(type, row + i, x + offset + i * job->inner, 1);
        softmax_row_f32(row, row, job->count, job->logarithm);
        for (int64_t i = 0; i < job->count; i++)
            half_store(type, y + offset + i * job->inner, row + i, 1);
    }
}

static hinge_status prepare(struct hinge_node *node, size_t *size)
{
    int64_t count, inner;
    split(node, &count, &inner);
    const size_t row = (size_t)count * sizeof(float);
    *size = 0;
    if (!half_is(node->inputs[0]->type))
        return HINGE_OK;
    if (row > SIZE_MAX / 2 / node->n_threads)
        return OP_FAIL(node, HINGE_LIMIT, "a row of %lld elements is too long", (long long)count);
    *size = row * node->n_threads;
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node, hinge_task *task, bool logarithm)
{
    struct job job = {.node = node, .logarithm = logarithm};
    const int64_t total = hinge_count(node->inputs[0]);
    if (total == 0)
        return HINGE_OK;
    split(node, &job.count, &job.inner);
    const int64_t n_columns = total / job.count;
    const int64_t grain = job.count < GRAIN ? GRAIN / job.count : 1;
    if (n_columns <= grain || node->n_threads == 1)
        task(&job, 0, n_columns, 0);
    else
        node->host->parallel(node, n_columns, grain, task, &job);
    return HINGE_OK;
}

static hinge_status softmax_f32(const struct hinge_node *node)
{
    return run(node, part_f32, false);
}

static hinge_status softmax_f64(const struct hinge_node *node)
{
    return run(node, part_f64, false);
}

static hinge_status softmax_half(const struct hinge_node *node)
{
    return run(node, part_half, false);
}

static hinge_status log_softmax_f32(const struct hinge_node *node)
{
    return run(node, part_f32, true);
}

static hinge_status log_softmax_f64(const struct hinge_node *node)
{
    return run(node, part_f64, true);
}

static hinge_status log_softmax_half(const struct hinge_node *node)
{
    return run(node, part_half, true);
}

#define ENTRY(onnx_name, first, last, kernel, declared, rule, form)                                \
    {                                                                                              \
        .name = (onnx_name), .gradient = (rule), .since = (first), .until = (last),                \
        .signature = "(input: T) -> (output: T); T: " OP_TYPES_FLOAT, .flags = HINGE_OP_IN_PLACE,  \
        .attributes = (declared), .infer = infer, .prepare = prepare, .integers = (form),          \
        .kernels = HINGE_KERNELS({HINGE_FLOAT, kernel##_f32}, {HINGE_DOUBLE, kernel##_f64},        \
                                 {HINGE_FLOAT16, kernel##_half}, {HINGE_BFLOAT16, kernel##_half})  \
    }

#define INTEGERS "com.microsoft::QLinearSoftmax-1(a, y)"

const struct hinge_op op_softmax[] = {
    ENTRY("Softmax", 1, 12, softmax, attributes_1, "softmax:", INTEGERS),
    ENTRY("Softmax", 13, 0, softmax, attributes_13, "softmax:", INTEGERS),
    ENTRY("LogSoftmax", 1, 12, log_softmax, attributes_1, "log_softmax:", NULL),
    ENTRY("LogSoftmax", 13, 0, log_softmax, attributes_13, "log_softmax:", NULL),
    OP_END,
};
