/* AveragePool-1, -7, -10, -11, -19, -22: 1 to 3 spatial dimensions. A window that lies in the
 * padding alone gives NaN (0 / 0) where padding does not count. */
#include "operators/kernels/pool.h"
#include "operators/nn/window.h"

enum { COUNT_INCLUDE_PAD = WINDOW_CEIL_MODE + 1 };

static const struct hinge_attribute_def attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "ceil_mode", .type = HINGE_ATTR_INT},
    {.name = "count_include_pad", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

static void mean_channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct window_pool_job *job = argument;
    for (int64_t i = begin; i < end; i++)
        pool_mean(&job->shape, job->x + i * job->x_count, job->y + i * job->y_count,
                  job->lines + thread * job->line_count);
}

static hinge_status averagepool_f32(const struct hinge_node *node)
{
    struct window_pool_job job;
    hinge_status status = window_pool(node, &job.shape);
    job.shape.count_pads = node->attributes[COUNT_INCLUDE_PAD].i != 0;
    if (!status)
        window_pool_run(node, &job, mean_channels);
    return status;
}

const struct hinge_op op_averagepool[] = {
    {.name = "AveragePool",
     .since = 1,
     .inputs = {1, 1},
     .outputs = {1, 1},
     .attributes = attributes,
     .infer = window_pool_infer,
     .scratch = window_pool_scratch,
     .kernels = {{HINGE_FLOAT, averagepool_f32}}},
    OP_END,
};
