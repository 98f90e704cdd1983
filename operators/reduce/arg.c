/* ArgMax-1, -11, -12, -13, ArgMin-1, -11, -12, -13: the index of the largest or smallest element
 * along an axis: the first such, or with select_last_index the last. NaN comes before all. */
#include "operators/kernels/extremum.h"
#include "operators/op/op.h"

#define GRAIN 16384 /* elements that are worth a thread */

enum { AXIS, KEEPDIMS, SELECT_LAST_INDEX };

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT},
    {.name = "keepdims", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "select_last_index", .type = HINGE_ATTR_INT},
    {.name = NULL}};

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    int32_t axis = 0, rank = 0;
    if (x->rank == 0)
        return op_set_output(node, 0, HINGE_INT64, 0, NULL);
    hinge_status status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &axis);
    if (status)
        return status;
    if (x->dims[axis] == 0)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d is 0: there is nothing to choose from",
                       (int)axis);
    for (int32_t d = 0; d < x->rank; d++)
        if (d != axis || node->attributes[KEEPDIMS].i)
            dims[rank++] = d == axis ? 1 : x->dims[d];
    return op_set_output(node, 0, HINGE_INT64, rank, dims);
}

struct job {
    struct extremum extremum;
    int64_t *y;
};

static void find(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    (void)thread;
    extremum_find(&job->extremum, begin, end, job->y + begin);
}

static hinge_status run(const struct hinge_node *node, bool smallest)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t n_results = hinge_count(node->outputs[0]);
    struct job job = {.extremum = {.type = x->type,
                                   .x = x->data,
                                   .count = 1,
                                   .inner = 1,
                                   .smallest = smallest,
                                   .last = node->attributes[SELECT_LAST_INDEX].i != 0},
                      .y = node->outputs[0]->data};
    if (x->rank > 0) {
        int32_t axis;
        hinge_status status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &axis);
        if (status)
            return status;
        job.extremum.count = x->dims[axis];
        for (int32_t d = axis + 1; d < x->rank; d++)
            job.extremum.inner *= x->dims[d];
    }
    node->host->parallel(node, n_results, op_grain(GRAIN, job.extremum.count), find, &job);
    return HINGE_OK;
}

static hinge_status arg_max(const struct hinge_node *node)
{
    return run(node, false);
}

static hinge_status arg_min(const struct hinge_node *node)
{
    return run(node, true);
}

#define TYPES(run)                                                                                 \
    {HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run},          \
        {HINGE_INT8, run}, {HINGE_INT16, run}, {HINGE_INT32, run}, {HINGE_INT64, run},             \
        {HINGE_UINT8, run}, {HINGE_UINT16, run}, {HINGE_UINT32, run},                              \
    {                                                                                              \
        HINGE_UINT64, run                                                                          \
    }
#define ENTRY(onnx_name, run)                                                                      \
    {                                                                                              \
        .name = (onnx_name), .since = 1,                                                           \
        .signature = "(data: T) -> (reduced: int64); T: " OP_TYPES_NUMBER,                         \
        .attributes = attributes, .infer = infer, .kernels = HINGE_KERNELS(TYPES(run))             \
    }

const struct hinge_op op_arg[] = {
    ENTRY("ArgMax", arg_max),
    ENTRY("ArgMin", arg_min),
    OP_END,
};
