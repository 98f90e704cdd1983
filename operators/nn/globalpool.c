/* GlobalAveragePool-1, -22 and GlobalMaxPool-1, -22: any number of spatial dimensions. */
#include "operators/kernels/pool/pool.h"
#include "operators/op/op.h"

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

typedef void pool_all(hinge_type type, const void *x, int64_t count, void *y);

struct job {
    pool_all *pool;
    const hinge_tensor *x;
    hinge_tensor *y;
    int64_t pixels;
};

static void pool_channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const hinge_type type = job->x->type;
    const size_t size = hinge_size(type, 1), x_size = hinge_size(type, job->pixels);
    const char *x = job->x->data;
    char *y = job->y->data;
    for (int64_t i = begin; i < end; i++)
        job->pool(type, x + (size_t)i * x_size, job->pixels, y + (size_t)i * size);
}

static hinge_status run(const struct hinge_node *node, pool_all *pool)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {.pool = pool, .x = x, .y = node->outputs[0], .pixels = 1};
    for (int32_t i = 2; i < x->rank; i++)
        job.pixels *= x->dims[i];
    node->host->parallel(node, x->dims[0] * x->dims[1], op_grain(16384, job.pixels), pool_channels,
                         &job);
    return HINGE_OK;
}

static hinge_status mean_run(const struct hinge_node *node)
{
    return run(node, pool_mean_all);
}

static hinge_status max_run(const struct hinge_node *node)
{
    return run(node, pool_max_all);
}

static const char *mean_channels_last(const struct hinge_node *node)
{
    return node->inputs[0]->type == HINGE_FLOAT ? "GlobalAveragePoolChannelsLast" : NULL;
}

static const char *max_channels_last(const struct hinge_node *node)
{
    return node->inputs[0]->type == HINGE_FLOAT ? "GlobalMaxPoolChannelsLast" : NULL;
}

const struct hinge_op op_globalpool[] = {
    {.name = "GlobalAveragePool",
     .gradient = "n = CastLike(Size(x), dy) / CastLike(Size(y), dy); "
                 "Expand(dy / n, Shape(x))",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .infer = globalpool_infer,
     .channels_last = mean_channels_last,
     .integers = "com.microsoft::QLinearGlobalAveragePool-1(a, y)",
     .kernels = HINGE_KERNELS(OP_FLOATING(mean_run))},
    {.name = "GlobalMaxPool",
     .gradient = "s = Where(x == y, 1, 0); Expand(dy, Shape(x)) * s / SumTo(s, y)",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .infer = globalpool_infer,
     .channels_last = max_channels_last,
     .kernels = HINGE_KERNELS(OP_FLOATING(max_run))},
    OP_END,
};
