/* ArgMax-1, -11, -12, -13, ArgMin-1, -11, -12, -13: the index of the largest or smallest element
 * along an axis: the first such, or with select_last_index the last. NaN comes before all. */
#include "operators/kernels/half.h"
#include "operators/op.h"

#define GRAIN 16384 /* elements that are worth a thread */

/* The input as outer × count × inner. */
struct job {
    const struct hinge_node *node;
    int64_t count, inner;
    bool smallest, last;
};

/* Whether v takes the place of the best so far. */
#define BETTER(v, best, job)                                                                       \
    ((job)->smallest ? (v) < (best) : (v) > (best)) || ((job)->last && (v) == (best)) ||           \
        ((v) != (v) && ((best) == (best) || (job)->last))

#define ARG(name, type, value, load)                                                               \
    static void name(void *argument, int64_t begin, int64_t end, unsigned thread)                  \
    {                                                                                              \
        (void)thread;                                                                              \
        const struct job *job = argument;                                                          \
        const int64_t inner = job->inner;                                                          \
        int64_t *y = job->node->outputs[0]->data;                                                  \
        for (int64_t c = begin; c < end; c++) {                                                    \
            const type *x = (const type *)job->node->inputs[0]->data +                             \
                            (c - c % inner) * job->count + c % inner;                              \
            value best = load(x[0]);                                                               \
            y[c] = 0;                                                                              \
            for (int64_t i = 1; i < job->count; i++) {                                             \
                const value v = load(x[i * inner]);                                                \
                if (BETTER(v, best, job)) {                                                        \
                    best = v;                                                                      \
                    y[c] = i;                                                                      \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

static float from_f16(uint16_t bits)
{
    float value;
    half_load(HINGE_FLOAT16, &value, &bits, 1);
    return value;
}

static float from_bf16(uint16_t bits)
{
    float value;
    half_load(HINGE_BFLOAT16, &value, &bits, 1);
    return value;
}

ARG(arg_f32, float, float, )
ARG(arg_f64, double, double, )
ARG(arg_f16, uint16_t, float, from_f16)
ARG(arg_bf16, uint16_t, float, from_bf16)
ARG(arg_i8, int8_t, int8_t, )
ARG(arg_i16, int16_t, int16_t, )
ARG(arg_i32, int32_t, int32_t, )
ARG(arg_i64, int64_t, int64_t, )
ARG(arg_u8, uint8_t, uint8_t, )
ARG(arg_u16, uint16_t, uint16_t, )
ARG(arg_u32, uint32_t, uint32_t, )
ARG(arg_u64, uint64_t, uint64_t, )

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

static hinge_task *task_of(hinge_type type)
{
    switch (type) {
    case HINGE_FLOAT: return arg_f32;
    case HINGE_DOUBLE: return arg_f64;
    case HINGE_FLOAT16: return arg_f16;
    case HINGE_BFLOAT16: return arg_bf16;
    case HINGE_INT8: return arg_i8;
    case HINGE_INT16: return arg_i16;
    case HINGE_INT32: return arg_i32;
    case HINGE_INT64: return arg_i64;
    case HINGE_UINT8: return arg_u8;
    case HINGE_UINT16: return arg_u16;
    case HINGE_UINT32: return arg_u32;
    default: return arg_u64;
    }
}

static hinge_status run(const struct hinge_node *node, bool smallest)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t n_results = hinge_count(node->outputs[0]);
    struct job job = {.node = node,
                      .count = 1,
                      .inner = 1,
                      .smallest = smallest,
                      .last = node->attributes[SELECT_LAST_INDEX].i != 0};
    if (x->rank > 0) {
        int32_t axis;
        hinge_status status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &axis);
        if (status)
            return status;
        job.count = x->dims[axis];
        for (int32_t d = axis + 1; d < x->rank; d++)
            job.inner *= x->dims[d];
    }
    const int64_t grain = job.count < GRAIN ? GRAIN / job.count : 1;
    if (n_results <= grain || node->n_threads == 1)
        task_of(x->type)(&job, 0, n_results, 0);
    else
        node->host->parallel(node, n_results, grain, task_of(x->type), &job);
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
