/* BatchNormalization-7, -9, -14, -15. Inference: y = (x - mean) / sqrt(var + epsilon) * scale +
 * bias of each channel, computed as x * factor + shift with both rounded from double. training_mode
 * (14 and later) uses and returns the batch's statistics. Not there: spatial = 0 (7), and the
 * training outputs of 7 and 9. */
#include "operators/kernels/simd/simd.h"
#include "operators/op.h"

#include <math.h>

enum { BN_EPSILON, BN_MOMENTUM, BN_LAST };

static const struct hinge_attribute_def attributes_7[] = {
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-5F},
    {.name = "momentum", .type = HINGE_ATTR_FLOAT, .f = 0.9F},
    {.name = "spatial", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL},
};
static const struct hinge_attribute_def attributes_14[] = {
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-5F},
    {.name = "momentum", .type = HINGE_ATTR_FLOAT, .f = 0.9F},
    {.name = "training_mode", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

static bool is_training(const struct hinge_node *node)
{
    return node->opset >= 14 && node->attributes[BN_LAST].i != 0;
}

static int64_t channel_count(const hinge_tensor *x)
{
    return x->rank > 1 ? x->dims[1] : 1;
}

static hinge_status batchnormalization_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t channels = channel_count(x);
    if (x->rank < 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input 0 is a scalar");
    for (unsigned i = 1; i < 5; i++) {
        const hinge_tensor *t = node->inputs[i];
        if (t->type != HINGE_FLOAT && t->type != HINGE_DOUBLE)
            return OP_FAIL(node, HINGE_UNSUPPORTED, "input %u is neither float nor double", i);
        if (t->rank != 1 || t->dims[0] != channels)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u is not a list of %lld values", i,
                           (long long)channels);
    }
    if (node->opset < 9 && node->attributes[BN_LAST].i == 0)
        return OP_FAIL(node, HINGE_UNSUPPORTED, "spatial is 0");
    for (unsigned i = 1; i < node->n_outputs; i++) {
        if (node->outputs[i] && !is_training(node))
            return OP_FAIL(node, HINGE_UNSUPPORTED, "output %u is one of training", i);
        hinge_status status = op_set_output(node, i, node->inputs[3]->type, 1, &channels);
        if (status)
            return status;
    }
    return op_infer_same(node);
}

/* Element i of a parameter; scale and bias, mean and variance may differ from x in type. */
static double parameter(const hinge_tensor *t, int64_t i)
{
    return t->type == HINGE_DOUBLE ? ((const double *)t->data)[i]
                                   : (double)((const float *)t->data)[i];
}

static void factor_and_shift(const struct hinge_node *node, int64_t c, double mean, double var,
                             double *factor, double *shift)
{
    *factor = parameter(node->inputs[1], c) / sqrt(var + (double)node->attributes[BN_EPSILON].f);
    *shift = parameter(node->inputs[2], c) - mean * *factor;
}

static bool batchnormalization_affine(const struct hinge_node *node, int32_t rank, int32_t axis,
                                      int64_t n_channels, float *scale, float *shift,
                                      unsigned *input)
{
    if (is_training(node) || rank < 2 || (axis < 0 ? axis + rank : axis) != 1)
        return false;
    for (unsigned i = 1; i < 5; i++) {
        const hinge_tensor *t = node->inputs[i];
        if (!t->data || t->type != HINGE_FLOAT || t->rank != 1 || t->dims[0] != n_channels)
            return false;
    }
    for (int64_t c = 0; c < n_channels; c++) {
        double factor, offset;
        factor_and_shift(node, c, parameter(node->inputs[3], c), parameter(node->inputs[4], c),
                         &factor, &offset);
        scale[c] = (float)factor;
        shift[c] = (float)offset;
    }
    *input = 0;
    return true;
}

struct job {
    const struct hinge_node *node;
    int64_t batch, channels, pixels;
};

static struct job job_of(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {node, x->dims[0], channel_count(x), 1};
    for (int32_t i = 2; i < x->rank; i++)
        job.pixels *= x->dims[i];
    return job;
}

static void scale_f32(const float *x, float *y, int64_t count, float factor, float shift)
{
    const vf32 f = vf32_set1(factor), s = vf32_set1(shift);
    for (int64_t i = 0; i < count; i += VF32_LANES) {
        const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;
        if (n == VF32_LANES)
            vf32_store(y + i, vf32_fma(vf32_load(x + i), f, s));
        else
            vf32_store_n(y + i, vf32_fma(vf32_load_n(x + i, n), f, s), n);
    }
}

static void scale_f64(const double *x, double *y, int64_t count, double factor, double shift)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] * factor + shift;
}

static double get_f32(const void *x, int64_t i)
{
    return (double)((const float *)x)[i];
}

static double get_f64(const void *x, int64_t i)
{
    return ((const double *)x)[i];
}

static void put(hinge_tensor *t, int64_t i, double value)
{
    if (!t)
        return;
    if (t->type == HINGE_DOUBLE)
        ((double *)t->data)[i] = value;
    else
        ((float *)t->data)[i] = (float)value;
}

/* The batch's own statistics of a channel, and the running ones that follow. */
static void train(const struct job *job, int64_t c, double (*get)(const void *, int64_t),
                  double *mean, double *var)
{
    const struct hinge_node *node = job->node;
    const void *x = node->inputs[0]->data;
    const double count = (double)(job->batch * job->pixels);
    const double momentum = (double)node->attributes[BN_MOMENTUM].f;
    double sum = 0, squares = 0;
    for (int64_t b = 0; b < job->batch; b++)
        for (int64_t p = 0; p < job->pixels; p++)
            sum += get(x, (b * job->channels + c) * job->pixels + p);
    *mean = sum / count;
    for (int64_t b = 0; b < job->batch; b++)
        for (int64_t p = 0; p < job->pixels; p++) {
            const double d = get(x, (b * job->channels + c) * job->pixels + p) - *mean;
            squares += d * d;
        }
    *var = squares / count;
    put(op_output(node, 1), c, parameter(node->inputs[3], c) * momentum + *mean * (1 - momentum));
    put(op_output(node, 2), c, parameter(node->inputs[4], c) * momentum + *var * (1 - momentum));
}

#define NORMALIZE(suffix, type)                                                                    \
    static void normalize_##suffix(void *argument, int64_t begin, int64_t end, unsigned thread)    \
    {                                                                                              \
        (void)thread;                                                                              \
        const struct job *job = argument;                                                          \
        const struct hinge_node *node = job->node;                                                 \
        const type *x = node->inputs[0]->data;                                                     \
        type *y = node->outputs[0]->data;                                                          \
        for (int64_t c = begin; c < end; c++) {                                                    \
            double factor, shift, mean, var;                                                       \
            if (is_training(node)) {                                                               \
                train(job, c, get_##suffix, &mean, &var);                                          \
            } else {                                                                               \
                mean = parameter(node->inputs[3], c);                                              \
                var = parameter(node->inputs[4], c);                                               \
            }                                                                                      \
            factor_and_shift(node, c, mean, var, &factor, &shift);                                 \
            for (int64_t b = 0; b < job->batch; b++) {                                             \
                const int64_t at = (b * job->channels + c) * job->pixels;                          \
                scale_##suffix(x + at, y + at, job->pixels, (type)factor, (type)shift);            \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static hinge_status batchnormalization_##suffix(const struct hinge_node *node)                 \
    {                                                                                              \
        struct job job = job_of(node);                                                             \
        node->host->parallel(node, job.channels, 16384 / (job.batch * job.pixels + 1) + 1,         \
                             normalize_##suffix, &job);                                            \
        return HINGE_OK;                                                                           \
    }

NORMALIZE(f32, float)
NORMALIZE(f64, double)

#define BATCH_NORMALIZATION(first, last, n_outputs, list)                                          \
    {                                                                                              \
        .name = "BatchNormalization", .since = (first), .until = (last), .inputs = {5, 5},         \
        .outputs = {1, (n_outputs)}, .flags = HINGE_OP_IN_PLACE, .attributes = (list),             \
        .infer = batchnormalization_infer, .affine = batchnormalization_affine,                    \
        .kernels = {{HINGE_FLOAT, batchnormalization_f32},                                         \
                    {HINGE_DOUBLE, batchnormalization_f64}},                                       \
    }

const struct hinge_op op_batchnormalization[] = {
    BATCH_NORMALIZATION(7, 13, 5, attributes_7),
    BATCH_NORMALIZATION(14, 0, 3, attributes_14),
    OP_END,
};
