/* STFT-17: the transforms of frames of a signal, weighted by a window; computed in double. A signal
 * of rank 2 is real. Without window and frame_length there is one frame, the signal. */
#include "operators/op/copy.h"
#include "operators/signal/fft.h"
#include "operators/signal/signal.h"

enum { SIGNAL, FRAME_STEP, WINDOW, FRAME_LENGTH };

struct frames {
    int64_t length, step, n_frames, n_results; /* of a frame; of a signal; of a frame */
    int parts;                                 /* of a number of the signal: 1 real, 2 complex */
};

/* For prepare and run. */
struct plan {
    struct frames f;
    const struct fft *fft;
    int64_t scratch_count; /* of a thread */
};

static hinge_status read_frames(const struct hinge_node *node, struct frames *f)
{
    const hinge_tensor *x = node->inputs[SIGNAL], *window = op_input(node, WINDOW);
    const bool onesided = node->attributes[0].i != 0;
    if (x->rank < 2 || x->rank > 3 || (x->rank == 3 && x->dims[2] != 1 && x->dims[2] != 2))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "the signal has not two dimensions, and a third one of 1 or 2");
    *f = (struct frames){.length = x->dims[1], .parts = x->rank == 3 ? (int)x->dims[2] : 1};
    if (onesided && f->parts == 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "onesided, but the signal is complex");
    if (window && window->rank != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the window has rank %d, not 1", (int)window->rank);
    f->length = window ? window->dims[0] : f->length;
    hinge_status status = signal_integer(node, FRAME_STEP, "frame_step", &f->step);
    if (!status)
        status = signal_integer(node, FRAME_LENGTH, "frame_length", &f->length);
    if (status)
        return status;
    if (f->step < 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "frame_step is %lld", (long long)f->step);
    if (f->length < 1 || f->length > FFT_MAX_LENGTH)
        return OP_FAIL(node, HINGE_BAD_VALUE, "the length of a frame is %lld, not in [1, %lld]",
                       (long long)f->length, (long long)FFT_MAX_LENGTH);
    if (window && window->dims[0] != f->length)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "frame_length is %lld, but the window has %lld elements",
                       (long long)f->length, (long long)window->dims[0]);
    if (f->length > x->dims[1])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "a frame of %lld is longer than the signal of %lld",
                       (long long)f->length, (long long)x->dims[1]);
    f->n_frames = (x->dims[1] - f->length) / f->step + 1;
    f->n_results = onesided ? f->length / 2 + 1 : f->length;
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    struct frames f;
    hinge_status status = read_frames(node, &f);
    if (status)
        return status;
    const int64_t dims[] = {node->inputs[SIGNAL]->dims[0], f.n_frames, f.n_results, 2};
    return op_set_dims(node, 0, 4, dims);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct plan *plan = node->host->alloc(node, sizeof *plan);
    if (!plan)
        return HINGE_NO_MEMORY;
    node->prepared = plan;
    hinge_status status = read_frames(node, &plan->f);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    void *tables = node->host->alloc(node, fft_size(plan->f.length));
    if (!tables)
        return HINGE_NO_MEMORY;
    plan->fft = fft_make(tables, plan->f.length);
    plan->scratch_count = 2 * plan->f.length + fft_work_count(plan->fft);
    *scratch = (size_t)plan->scratch_count * sizeof(double) * node->n_threads;
    return HINGE_OK;
}

struct job {
    const struct plan *plan;
    const hinge_tensor *x, *window;
    hinge_tensor *y;
    double *scratch;
};

static void transform_frames(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct frames *f = &job->plan->f;
    const hinge_type type = job->x->type;
    double *re = job->scratch + thread * job->plan->scratch_count, *im = re + f->length;
    for (int64_t frame = begin; frame < end; frame++) {
        const int64_t from = frame / f->n_frames * job->x->dims[1] + frame % f->n_frames * f->step;
        for (int64_t k = 0; k < f->length; k++) {
            const double weight = job->window ? signal_get(type, job->window->data, k) : 1;
            const int64_t i = (from + k) * f->parts;
            re[k] = signal_get(type, job->x->data, i) * weight;
            im[k] = f->parts == 2 ? signal_get(type, job->x->data, i + 1) * weight : 0;
        }
        fft_run(job->plan->fft, re, im, im + f->length);
        for (int64_t k = 0; k < f->n_results; k++) {
            signal_put(type, job->y->data, (frame * f->n_results + k) * 2, re[k]);
            signal_put(type, job->y->data, (frame * f->n_results + k) * 2 + 1, im[k]);
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const struct plan *plan = node->prepared;
    struct job job = {plan, node->inputs[SIGNAL], op_input(node, WINDOW), node->outputs[0],
                      node->scratch};
    if (hinge_count(job.y) != 0)
        node->host->parallel(node, job.x->dims[0] * plan->f.n_frames,
                             op_grain(2048, plan->f.length), transform_frames, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "onesided", .type = HINGE_ATTR_INT, .i = 1}, {.name = NULL}};

const struct hinge_op op_stft[] = {
    {.name = "STFT",
     .since = 17,
     .signature = "(signal: T1, frame_step: T2, window?: T1, frame_length?: T2) -> (output: T1); "
                  "T1: " OP_TYPES_FLOAT "; T2: int32 int64",
     .attributes = attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS(OP_FLOATING(run))},
    OP_END,
};
