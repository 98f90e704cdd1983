#include "operators/kernels/gemm.h"
#include "operators/nn/window.h"

static hinge_status read_window(const struct hinge_node *node, struct window *w)
{
    hinge_status status = window_read(node, node->inputs[0], NULL, w);
    return status ? status : window_slide(node, w, node->attributes[WINDOW_CEIL_MODE].i != 0);
}

hinge_status window_pool_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct window w;
    hinge_status status = read_window(node, &w);
    if (status)
        return status;
    int64_t dims[2 + WINDOW_MAX_AXES] = {x->dims[0], x->dims[1]};
    for (int32_t i = 0; i < w.n_axes; i++)
        dims[2 + i] = w.output[i];
    status = op_set_output(node, 0, x->type, x->rank, dims);
    return status ? status : op_set_output(node, 1, HINGE_INT64, x->rank, dims);
}

hinge_status window_pool(const struct hinge_node *node, struct pool_shape *shape)
{
    struct window w;
    *shape = (struct pool_shape){.count_pads = false};
    hinge_status status = read_window(node, &w);
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

static int64_t line_stride(const struct pool_shape *shape)
{
    const int64_t count = pool_line_count(shape);
    return count < 0 ? -1 : gemm_round_up(count, 16);
}

hinge_status window_pool_scratch(const struct hinge_node *node, size_t *size)
{
    struct pool_shape shape;
    hinge_status status = window_pool(node, &shape);
    if (status)
        return status;
    int64_t count = line_stride(&shape);
    if (count < 0 || __builtin_mul_overflow(count, (int64_t)node->n_threads * 4, &count))
        return OP_FAIL(node, HINGE_LIMIT, "the padded input is too large");
    *size = (size_t)count;
    return HINGE_OK;
}

void window_pool_run(const struct hinge_node *node, struct window_pool_job *job, hinge_task *task)
{
    const hinge_tensor *x = node->inputs[0];
    const struct pool_shape *s = &job->shape;
    job->x = x->data;
    job->y = node->outputs[0]->data;
    job->lines = node->scratch;
    job->x_count = s->input[0] * s->input[1] * s->input[2];
    job->y_count = s->output[0] * s->output[1] * s->output[2];
    job->line_count = line_stride(s);
    if (job->y_count == 0)
        return;
    const int64_t grain = 8192 / (job->x_count + 1) + 1;
    node->host->parallel(node, x->dims[0] * x->dims[1], grain, task, job);
}
