/* DFT-17, -20: forward or inverse, one-sided either way, of a signal that is cut or padded with
 * zeros to dft_length; computed in double. */
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"
#include "operators/signal/fft.h"
#include "operators/signal/signal.h"

#include <string.h>

enum { INVERSE, ONESIDED, AXIS /* until opset 19 */ };

struct transform {
    bool inverse, onesided;
    int32_t axis;
    int64_t length, n_given, n_results; /* along the axis; n_given of the input's are used */
    int64_t n_lines, inner;             /* numbers behind the axis */
    int parts_in, parts_out;            /* of a number: 1 real, 2 complex */
};

/* For prepare and run. */
struct plan {
    struct transform t;
    const struct fft *fft;
    int64_t scratch_count; /* of a thread */
};

static hinge_status read_axis(const struct hinge_node *node, int32_t rank, int32_t *axis)
{
    int64_t given = node->opset < 20 ? node->attributes[AXIS].i : -2;
    if (node->opset >= 20) {
        hinge_status status = signal_integer(node, 2, "axis", &given);
        if (status)
            return status;
    }
    hinge_status status = op_axis(node, "axis", given, rank, axis);
    if (!status && *axis == rank - 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "axis %lld is that of real and imaginary parts",
                       (long long)given);
    return status;
}

static hinge_status read_transform(const struct hinge_node *node, struct transform *t)
{
    const hinge_tensor *x = node->inputs[0];
    *t = (struct transform){.inverse = node->attributes[INVERSE].i != 0,
                            .onesided = node->attributes[ONESIDED].i != 0};
    const int64_t parts = x->rank > 0 ? x->dims[x->rank - 1] : 0;
    if (x->rank < 2 || (parts != 1 && parts != 2))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "the input's last dimension, behind others, is not 1 or 2");
    hinge_status status = read_axis(node, x->rank, &t->axis);
    if (status)
        return status;
    if (t->onesided && parts != (t->inverse ? 2 : 1))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "onesided, but the input is %s",
                       t->inverse ? "real" : "complex");
    const int64_t extent = x->dims[t->axis];
    t->parts_in = (int)parts;
    t->parts_out = t->inverse && t->onesided ? 1 : 2;
    t->length = t->inverse && t->onesided && extent < FFT_MAX_LENGTH ? 2 * (extent - 1) : extent;
    status = signal_integer(node, 1, "dft_length", &t->length);
    if (status)
        return status;
    if (t->length < 1 || t->length > FFT_MAX_LENGTH)
        return OP_FAIL(node, HINGE_BAD_VALUE,
                       "the length of the transform is %lld, not in [1, %lld]",
                       (long long)t->length, (long long)FFT_MAX_LENGTH);
    const int64_t half = t->length / 2 + 1;
    t->n_results = t->onesided && !t->inverse ? half : t->length;
    t->n_given = min_i64(extent, t->onesided && t->inverse ? half : t->length);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    struct transform t;
    hinge_status status = read_transform(node, &t);
    if (status)
        return status;
    memcpy(dims, x->dims, sizeof dims);
    dims[t.axis] = t.n_results;
    dims[x->rank - 1] = t.parts_out;
    return op_set_dims(node, 0, x->rank, dims);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    const hinge_tensor *x = node->inputs[0];
    struct plan *plan = node->host->alloc(node, sizeof *plan);
    if (!plan)
        return HINGE_NO_MEMORY;
    node->prepared = plan;
    hinge_status status = read_transform(node, &plan->t);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    plan->t.inner = op_dims_count(x, plan->t.axis + 1, x->rank - 1);
    plan->t.n_lines = op_dims_count(x, 0, plan->t.axis) * plan->t.inner;
    void *tables = node->host->alloc(node, fft_size(plan->t.length));
    if (!tables)
        return HINGE_NO_MEMORY;
    plan->fft = fft_make(tables, plan->t.length);
    plan->scratch_count = 2 * plan->t.length + fft_work_count(plan->fft);
    *scratch = (size_t)plan->scratch_count * sizeof(double) * node->n_threads;
    return HINGE_OK;
}

struct job {
    const struct plan *plan;
    const hinge_tensor *x;
    hinge_tensor *y;
    double *scratch;
};

/* The line from number at on, padded; of a half spectrum the other half too. */
static void load(const struct job *job, int64_t at, double *re, double *im)
{
    const struct transform *t = &job->plan->t;
    const hinge_type type = job->x->type;
    for (int64_t k = 0; k < t->n_given; k++) {
        const int64_t i = (at + k * t->inner) * t->parts_in;
        re[k] = signal_get(type, job->x->data, i);
        im[k] = t->parts_in == 2 ? signal_get(type, job->x->data, i + 1) : 0;
    }
    memset(re + t->n_given, 0, (size_t)(t->length - t->n_given) * sizeof *re);
    memset(im + t->n_given, 0, (size_t)(t->length - t->n_given) * sizeof *im);
    if (t->parts_out == 2)
        return;
    im[0] = 0;
    for (int64_t k = 1; k <= t->length / 2; k++) {
        re[t->length - k] = re[k];
        im[t->length - k] = 2 * k == t->length ? 0 : -im[k];
    }
}

static void lines(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct transform *t = &job->plan->t;
    double *re = job->scratch + thread * job->plan->scratch_count, *im = re + t->length;
    const double scale = t->inverse ? (double)t->length : 1;
    for (int64_t line = begin; line < end; line++) {
        const int64_t outer = line / t->inner, inner = line % t->inner;
        load(job, outer * job->x->dims[t->axis] * t->inner + inner, re, im);
        fft_run(job->plan->fft, t->inverse ? im : re, t->inverse ? re : im, im + t->length);
        for (int64_t k = 0; k < t->n_results; k++) {
            const int64_t i =
                (outer * t->n_results * t->inner + k * t->inner + inner) * t->parts_out;
            signal_put(job->y->type, job->y->data, i, re[k] / scale);
            if (t->parts_out == 2)
                signal_put(job->y->type, job->y->data, i + 1, im[k] / scale);
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const struct plan *plan = node->prepared;
    struct job job = {plan, node->inputs[0], node->outputs[0], node->scratch};
    if (hinge_count(job.y) != 0)
        node->host->parallel(node, plan->t.n_lines, op_grain(2048, plan->t.length), lines, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes_17[] = {
    {.name = "inverse", .type = HINGE_ATTR_INT},
    {.name = "onesided", .type = HINGE_ATTR_INT},
    {.name = "axis", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};

static const struct hinge_attribute_def attributes_20[] = {
    {.name = "inverse", .type = HINGE_ATTR_INT},
    {.name = "onesided", .type = HINGE_ATTR_INT},
    {.name = NULL}};

#define DFT(parameters)                                                                            \
    .name = "DFT", .infer = infer, .prepare = prepare,                                             \
    .signature = "(input: T1, dft_length?: T2" parameters ") -> (output: T1); T1: " OP_TYPES_FLOAT \
                 "; T2: int32 int64",                                                              \
    .kernels = HINGE_KERNELS(OP_FLOATING(run))

const struct hinge_op op_dft[] = {
    {DFT(""), .since = 17, .until = 19, .attributes = attributes_17},
    {DFT(", axis?: int64"), .since = 20, .attributes = attributes_20},
    OP_END,
};
