/* ReverseSequence-10: along time_axis the first sequence_lens[b] slices of each entry b of
 * batch_axis in reverse order, the others as they are. */
#include "operators/op/copy.h"
#include "operators/op/index.h"

/* Bytes that are worth a thread of their own. */
#define GRAIN_SIZE ((int64_t)64 << 10)

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *lens = node->inputs[1];
    int64_t batch_axis = node->attributes[0].i, time_axis = node->attributes[1].i;
    if (batch_axis < 0 || batch_axis > 1 || time_axis != 1 - batch_axis)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "batch_axis is %lld and time_axis %lld, not 0 and 1 or the other way round",
                       (long long)batch_axis, (long long)time_axis);
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the input has rank %d, less than 2", (int)x->rank);
    if (lens->rank != 1 || lens->dims[0] != x->dims[batch_axis])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "sequence_lens is no list of %lld",
                       (long long)x->dims[batch_axis]);
    return op_infer_same(node);
}

struct job {
    const hinge_tensor *x;
    hinge_tensor *y;
    const hinge_tensor *lens;
    int64_t n_steps, size; /* size: units of a slice */
    bool time_first;
};

/* Slices [begin, end) of all, in the order in which they lie. */
static void reverse(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    int64_t n_inner = job->x->dims[1];
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        int64_t outer = i / n_inner, inner = i % n_inner;
        int64_t step = job->time_first ? outer : inner,
                length = op_index_count(job->lens, job->time_first ? inner : outer, job->n_steps);
        int64_t from = step < length ? length - 1 - step : step;
        int64_t at = job->time_first ? from * n_inner + inner : outer * n_inner + from;
        op_move_run(job->y->type, job->y->data, i * job->size, job->x->data, at * job->size,
                    job->size);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {.x = x,
                      .y = node->outputs[0],
                      .lens = node->inputs[1],
                      .n_steps = x->dims[node->attributes[1].i],
                      .size = op_dims_count(x, 2, x->rank) * (int64_t)op_element_size(x),
                      .time_first = node->attributes[1].i == 0};
    for (int64_t b = 0; b < job.lens->dims[0]; b++) {
        const int64_t length = op_index_raw(job.lens, b);
        if (length < 0 || length > job.n_steps)
            return OP_FAIL(node, HINGE_BAD_VALUE,
                           "entry %lld of sequence_lens is %lld, not in "
                           "[0, %lld]",
                           (long long)b, (long long)length, (long long)job.n_steps);
    }
    if (job.size && hinge_count(x))
        op_move_parallel(node, job.y, x->dims[0] * x->dims[1], op_grain(GRAIN_SIZE, job.size),
                         reverse, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "batch_axis", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "time_axis", .type = HINGE_ATTR_INT, .i = 0},
    {.name = NULL}};

const struct hinge_op op_reversesequence[] = {
    {.name = "ReverseSequence",
     .gradient = "move:",
     .since = 10,
     .signature = "(input: T, sequence_lens: int64) -> (Y: T); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
