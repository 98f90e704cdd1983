/* ai.hinge::ShuffleChannels-1, an operator that passes make: along an axis of C = groups x n, which
 * is 1 unless the attribute axis says so, y[m groups + i] = x[i n + m]; float32. */
#include "operators/op/op.h"

#include <string.h>

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "groups", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL},
};

enum { AXIS, GROUPS };

struct job {
    const float *x;
    float *y;
    int64_t groups, n, inner; /* elements behind the axis */
};

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t groups = node->attributes[GROUPS].i;
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &axis);
    if (status)
        return status;
    if (groups < 1 || x->dims[axis] % groups)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld channels are not %lld groups",
                       (long long)x->dims[axis], (long long)groups);
    return op_infer_same(node);
}

/* Where the compiler knows groups, whole vectors are shuffled. */
static inline __attribute__((always_inline)) void
interleave(const float *restrict x, float *restrict y, int64_t groups, int64_t n)
{
    for (int64_t m = 0; m < n; m++)
        for (int64_t i = 0; i < groups; i++)
            y[m * groups + i] = x[i * n + m];
}

static void shuffle_row(const float *x, float *y, int64_t groups, int64_t n)
{
    switch (groups) {
    case 2: interleave(x, y, 2, n); break;
    case 4: interleave(x, y, 4, n); break;
    default: interleave(x, y, groups, n);
    }
}

/* Lines of x along the axis, all that is behind it included. */
static void shuffle(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const int64_t count = job->groups * job->n * job->inner;
    for (int64_t line = begin; line < end; line++) {
        const float *x = job->x + line * count;
        float *y = job->y + line * count;
        if (job->inner == 1) {
            shuffle_row(x, y, job->groups, job->n);
            continue;
        }
        for (int64_t c = 0; c < job->groups * job->n; c++)
            memcpy(y + c * job->inner,
                   x + (c % job->groups * job->n + c / job->groups) * job->inner,
                   (size_t)job->inner * sizeof *y);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &axis);
    if (status || hinge_count(x) == 0)
        return status;
    const int64_t groups = node->attributes[GROUPS].i;
    struct job job = {x->data, node->outputs[0]->data, groups, x->dims[axis] / groups, 1};
    for (int32_t d = axis + 1; d < x->rank; d++)
        job.inner *= x->dims[d];
    const int64_t count = x->dims[axis] * job.inner;
    node->host->parallel(node, hinge_count(x) / count, op_grain(32768, count), shuffle, &job);
    return HINGE_OK;
}

const struct hinge_op op_shufflechannels[] = {
    {.name = "ShuffleChannels",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: float",
     .flags = HINGE_OP_MOVES,
     .attributes = attributes,
     .axis = "axis",
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
    OP_END,
};
