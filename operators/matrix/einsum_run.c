#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"
#include "operators/matrix/einsum_plan.h"

#include <string.h>

enum { RUN = 256 }; /* elements along the last index that are computed together */

static char *data_of(const struct hinge_node *node, const struct einsum_view *v)
{
    if (v->where == EINSUM_INPUT)
        return node->inputs[v->at]->data;
    return v->where == EINSUM_OUTPUT ? node->outputs[0]->data : (char *)node->scratch + v->at;
}

struct job {
    const struct einsum_step *step;
    hinge_type from_type, to_type;
    const char *x, *y;
    char *to;
    int64_t n_runs; /* along the last index of to */
};

/* The run that unit i is: its length, and where it begins in x, y and to. */
struct run {
    int64_t count, x, y, to;
};

static int32_t outer_rank(const struct einsum_step *step)
{
    return step->to.rank > 0 ? step->to.rank - 1 : 0;
}

static int64_t inner_extent(const struct einsum_step *step)
{
    return step->to.rank > 0 ? step->to.extents[step->to.rank - 1] : 1;
}

static struct run run_at(const struct job *job, int64_t unit)
{
    const struct einsum_step *s = job->step;
    const int32_t last = outer_rank(s);
    const int64_t first = unit % job->n_runs * RUN;
    struct run run = {.count = min_i64(RUN, inner_extent(s) - first), .to = first};
    if (s->to.rank > 0) {
        run.x = first * s->x.strides[last];
        run.y = first * s->y.strides[last];
    }
    unit /= job->n_runs;
    for (int32_t d = last; d-- > 0;) {
        const int64_t at = unit % s->to.extents[d];
        unit /= s->to.extents[d];
        run.x += at * s->x.strides[d];
        run.y += at * s->y.strides[d];
        run.to += at * s->to.strides[d];
    }
    return run;
}

#define EINSUM(name) name##_f32
#define EINSUM_ELEMENT float
#define EINSUM_TOTAL double
#include "operators/matrix/einsum_tmpl.c"

#define EINSUM(name) name##_f64
#define EINSUM_ELEMENT double
#define EINSUM_TOTAL double
#include "operators/matrix/einsum_tmpl.c"

#define EINSUM(name) name##_u32
#define EINSUM_ELEMENT uint32_t
#define EINSUM_TOTAL uint32_t
#include "operators/matrix/einsum_tmpl.c"

#define EINSUM(name) name##_u64
#define EINSUM_ELEMENT uint64_t
#define EINSUM_TOTAL uint64_t
#include "operators/matrix/einsum_tmpl.c"

#define OF_TYPE(name, type)                                                                        \
    ((type) == HINGE_FLOAT    ? name##_f32                                                         \
     : (type) == HINGE_DOUBLE ? name##_f64                                                         \
     : (type) == HINGE_INT32  ? name##_u32                                                         \
                              : name##_u64)

/* Elements of one type to another: of a half and float, or of integers. */
static void convert(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const char *from = job->x + hinge_size(job->from_type, begin);
    char *to = job->to + hinge_size(job->to_type, begin);
    int64_t whole[RUN];
    (void)thread;
    if (half_is(job->from_type)) {
        half_load(job->from_type, (float *)(void *)to, (const uint16_t *)(const void *)from,
                  end - begin);
        return;
    }
    if (half_is(job->to_type)) {
        half_store(job->to_type, (uint16_t *)(void *)to, (const float *)(const void *)from,
                   end - begin);
        return;
    }
    for (int64_t i = 0; i < end - begin; i += RUN) {
        const int64_t n = min_i64(RUN, end - begin - i);
        convert_to_int(job->from_type, whole, from + hinge_size(job->from_type, i), n);
        convert_from_int(job->to_type, false, to + hinge_size(job->to_type, i), whole, n);
    }
}

static void copy_step(const struct hinge_node *node, const struct einsum_plan *plan,
                      const struct einsum_step *step)
{
    const int64_t size = (int64_t)hinge_size(plan->type, 1);
    struct copy copy = {.rank = step->to.rank, .size = (size_t)size};
    for (int32_t d = 0; d < step->to.rank; d++) {
        copy.dims[d] = step->to.extents[d];
        copy.to[d] = step->to.strides[d] * size;
        copy.from[d] = step->x.strides[d] * size;
    }
    op_copy(node, &copy, data_of(node, &step->to), data_of(node, &step->x));
}

static void by_runs(const struct hinge_node *node, const struct einsum_step *step, struct job *job,
                    int64_t work_each, hinge_task *task)
{
    job->y = data_of(node, &step->y);
    job->n_runs = ceil_div(inner_extent(step), RUN);
    const int64_t n_outer = einsum_count(step->to.extents, 0, outer_rank(step));
    node->host->parallel(node, n_outer * job->n_runs,
                         op_grain(16384, min_i64(RUN, inner_extent(step)) * work_each), task, job);
}

/* Where each matrix of the batch begins. */
static void set_offsets(const struct einsum_step *step, int64_t batch, int64_t *x, int64_t *y)
{
    int64_t at[EINSUM_MAX_RANK] = {0}, x_at = 0, y_at = 0;
    for (int64_t i = 0; i < batch; i++) {
        x[i] = x_at;
        y[i] = y_at;
        for (int32_t d = step->n_batch; d-- > 0;) {
            x_at += step->x.strides[d];
            y_at += step->y.strides[d];
            if (++at[d] < step->x.extents[d])
                break;
            x_at -= at[d] * step->x.strides[d];
            y_at -= at[d] * step->y.strides[d];
            at[d] = 0;
        }
    }
}

static void multiply_matrices(const struct hinge_node *node, const struct einsum_plan *plan,
                              const struct einsum_step *step)
{
    struct gemm_call call = einsum_call(node, plan, step);
    call.a = data_of(node, &step->x);
    call.b = data_of(node, &step->y);
    call.c = data_of(node, &step->to);
    call.scratch = (char *)node->scratch + plan->gemm_at;
    if (step->n_batch > 0) {
        int64_t *offsets = (int64_t *)(void *)((char *)node->scratch + step->offsets_at);
        set_offsets(step, call.batch, offsets, offsets + call.batch);
        call.a_offsets = offsets;
        call.b_offsets = offsets + call.batch;
    }
    gemm_run(&call);
}

static void run_step(const struct hinge_node *node, const struct einsum_plan *plan,
                     const struct einsum_step *step)
{
    const hinge_type type = node->inputs[0]->type;
    struct job job = {.step = step, .from_type = type, .to_type = plan->type};
    job.x = data_of(node, &step->x);
    job.to = data_of(node, &step->to);
    switch (step->kind) {
    case EINSUM_CONVERT:
        node->host->parallel(node, hinge_count(node->inputs[step->x.at]), 16384, convert, &job);
        break;
    case EINSUM_STORE:
        job.from_type = plan->type;
        job.to_type = type;
        job.to = node->outputs[0]->data;
        node->host->parallel(node, hinge_count(node->outputs[0]), 16384, convert, &job);
        break;
    case EINSUM_SUM:
        if (step->x.rank == step->to.rank)
            copy_step(node, plan, step);
        else
            by_runs(node, step, &job, einsum_count(step->x.extents, step->to.rank, step->x.rank),
                    OF_TYPE(sum, plan->type));
        break;
    case EINSUM_MULTIPLY: by_runs(node, step, &job, 1, OF_TYPE(multiply, plan->type)); break;
    default: multiply_matrices(node, plan, step);
    }
}

hinge_status einsum_run(const struct hinge_node *node)
{
    const struct einsum_plan *plan = node->prepared;
    hinge_tensor *y = node->outputs[0];
    if (plan->zero)
        memset(y->data, 0, hinge_size(y->type, hinge_count(y)));
    for (int32_t i = 0; i < plan->n_steps; i++)
        run_step(node, plan, &plan->steps[i]);
    return HINGE_OK;
}
