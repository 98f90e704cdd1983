#include "operators/nn/window.h"

static hinge_status read_window(const struct hinge_node *node, const hinge_tensor *x,
                                struct window *w)
{
    hinge_status status = window_read(node, x, NULL, w);
    return status ? status : window_slide(node, w, node->attributes[WINDOW_CEIL_MODE].i != 0);
}

hinge_status window_pool_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct window w;
    hinge_status status = read_window(node, x, &w);
    if (status)
        return status;
    int64_t dims[2 + WINDOW_MAX_AXES] = {x->dims[0], x->dims[1]};
    for (int32_t i = 0; i < w.n_axes; i++)
        dims[2 + i] = w.output[i];
    status = op_set_output(node, 0, x->type, x->rank, dims);
    return status ? status : op_set_output(node, 1, HINGE_INT64, x->rank, dims);
}

hinge_status window_pool(const struct hinge_node *node, const hinge_tensor *x,
                         struct pool_shape *shape)
{
    struct window w;
    *shape = (struct pool_shape){.count_pads = false};
    hinge_status status = read_window(node, x, &w);
    if (status)
        return status;
    window_extend(&w);
    for (int d = 0; d < WINDOW_MAX_AXES; d++) {
        shape->input[d] = w.input[d];
        shape->output[d] = w.output[d];
        shape->kernel[d] = w.kernel[d];
        shape->stride[d] = w.stride[d];
        shape->dilation[d] = w.dilation[d];
        shape->pad[d] = w.pad_begin[d];
        shape->pad_end[d] = w.pad_end[d];
    }
    return HINGE_OK;
}

hinge_status window_pool_prepare(struct hinge_node *node, size_t *size)
{
    struct pool_shape shape;
    hinge_status status = window_pool(node, node->inputs[0], &shape);
    if (status)
        return status;
    int64_t bytes = pool_line_size(node->inputs[0]->type, &shape);
    if (bytes < 0 || __builtin_mul_overflow(bytes, (int64_t)node->n_threads, &bytes))
        return OP_FAIL(node, HINGE_LIMIT, "the padded input is too large");
    *size = (size_t)bytes;
    return HINGE_OK;
}

struct job {
    struct pool_shape shape;
    pool_channel *pool;
    hinge_type type;
    const char *x;
    char *y, *lines;
    size_t x_size, y_size, line_size; /* bytes of a channel, and of a thread's line */
};

static void pool_channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    for (int64_t i = begin; i < end; i++)
        job->pool(job->type, &job->shape, job->x + (size_t)i * job->x_size,
                  job->y + (size_t)i * job->y_size, job->lines + thread * job->line_size);
}

hinge_status window_pool_run(const struct hinge_node *node, const struct pool_shape *shape,
                             pool_channel *pool)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t x_count = shape->input[0] * shape->input[1] * shape->input[2];
    const int64_t y_count = shape->output[0] * shape->output[1] * shape->output[2];
    struct job job = {.shape = *shape,
                      .pool = pool,
                      .type = x->type,
                      .x = x->data,
                      .y = node->outputs[0]->data,
                      .lines = node->scratch,
                      .x_size = hinge_size(x->type, x_count),
                      .y_size = hinge_size(x->type, y_count),
                      .line_size = (size_t)pool_line_size(x->type, shape)};
    if (y_count > 0)
        node->host->parallel(node, x->dims[0] * x->dims[1], op_grain(8192, x_count), pool_channels,
                             &job);
    return HINGE_OK;
}
