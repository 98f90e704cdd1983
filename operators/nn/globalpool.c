/* GlobalAveragePool-1, -22 and GlobalMaxPool-1, -22: any number of spatial dimensions. */
#include "operators/kernels/pool.h"
#include "operators/op.h"

static hinge_status globalpool_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input 0 has rank %d, not 2 or more", (int)x->rank);
    for (int32_t i = 0; i < x->rank; i++)
        dims[i] = i < 2 ? x->dims[i] : 1;
    return op_set_output(node, 0, x->type, x->rank, dims);
}

struct job {
    const void *x;
    void *y;
    int64_t pixels;
};

static hinge_status run(const struct hinge_node *node, hinge_task *task)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {.x = x->data, .y = node->outputs[0]->data, .pixels = 1};
    for (int32_t i = 2; i < x->rank; i++)
        job.pixels *= x->dims[i];
    node->host->parallel(node, x->dims[0] * x->dims[1], 16384 / (job.pixels + 1) + 1, task, &job);
    return HINGE_OK;
}

static void means_f32(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const float *x = job->x;
    float *y = job->y;
    for (int64_t i = begin; i < end; i++)
        y[i] = pool_sum_all(x + i * job->pixels, job->pixels) / (float)job->pixels;
}

static void maxima_f32(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const float *x = job->x;
    float *y = job->y;
    for (int64_t i = begin; i < end; i++)
        y[i] = pool_max_all(x + i * job->pixels, job->pixels);
}

static void means_f64(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const double *x = job->x;
    double *y = job->y;
    for (int64_t i = begin; i < end; i++) {
        double sum = 0;
        for (int64_t p = 0; p < job->pixels; p++)
            sum += x[i * job->pixels + p];
        y[i] = sum / (double)job->pixels;
    }
}

static hinge_status mean_f32(const struct hinge_node *node)
{
    return run(node, means_f32);
}

static hinge_status mean_f64(const struct hinge_node *node)
{
    return run(node, means_f64);
}

static hinge_status max_f32(const struct hinge_node *node)
{
    return run(node, maxima_f32);
}

const struct hinge_op op_globalpool[] = {
    {.name = "GlobalAveragePool",
     .since = 1,
     .inputs = {1, 1},
     .outputs = {1, 1},
     .infer = globalpool_infer,
     .kernels = {{HINGE_FLOAT, mean_f32}, {HINGE_DOUBLE, mean_f64}}},
    {.name = "GlobalMaxPool",
     .since = 1,
     .inputs = {1, 1},
     .outputs = {1, 1},
     .infer = globalpool_infer,
     .kernels = {{HINGE_FLOAT, max_f32}}},
    OP_END,
};
