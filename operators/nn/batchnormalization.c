/* BatchNormalization-1, -6, -7, -9, -14, -15. Inference: y = (x - mean) / sqrt(var + epsilon) *
 * scale + bias of each channel, computed as x * factor + shift with both rounded from double.
 * training_mode (14 and later), or is_test left out (1 and 6), uses the batch's statistics. The
 * statistics as outputs are there from 14 on. */
#include "operators/kernels/half.h"
#include "operators/op/op.h"

#include <math.h>

enum { BN_EPSILON, BN_MOMENTUM, BN_LAST, BN_IS_TEST, BN_SPATIAL = BN_LAST };

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-5F},
    {.name = "momentum", .type = HINGE_ATTR_FLOAT, .f = 0.9F},
    {.name = "spatial", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "is_test", .type = HINGE_ATTR_INT},
    {.name = "consumed_inputs", .type = HINGE_ATTR_INTS},
    {.name = NULL},
};
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
    if (node->opset < 7)
        return node->attributes[BN_IS_TEST].i == 0;
    return node->opset >= 14 && node->attributes[BN_LAST].i != 0;
}

/* Without spatial, each position has parameters of its own, as though it were a channel. */
static bool is_spatial(const struct hinge_node *node)
{
    return node->opset >= 9 || node->attributes[BN_SPATIAL].i != 0;
}

/* The product of the parameters' dimensions, which are *rank many. */
static int64_t channel_count(const struct hinge_node *node, int32_t *rank)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t count = x->rank > 1 ? x->dims[1] : 1;
    *rank = 1;
    for (int32_t d = 2; d < x->rank && !is_spatial(node); d++, (*rank)++)
        count *= x->dims[d];
    return count;
}

static hinge_status batchnormalization_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int32_t rank;
    const int64_t channels = channel_count(node, &rank);
    if (x->rank < 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input 0 is a scalar");
    for (unsigned i = 1; i < 5; i++) {
        const hinge_tensor *t = node->inputs[i];
        if (t->rank != rank || hinge_count(t) != channels)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u is not a list of %lld values", i,
                           (long long)channels);
    }
    for (unsigned i = 1; i < node->n_outputs; i++) {
        if (node->outputs[i] && (!is_training(node) || node->opset < 14))
            return OP_FAIL(node, HINGE_UNSUPPORTED, "output %u is one of training", i);
        hinge_status status = op_set_output(node, i, node->inputs[3]->type, 1, &channels);
        if (status)
            return status;
    }
    return op_infer_same(node);
}

/* Element i of an input; scale and bias, mean and variance may differ from x in type. */
static double element(const hinge_tensor *t, int64_t i)
{
    float value;
    if (t->type == HINGE_DOUBLE)
        return ((const double *)t->data)[i];
    if (half_is(t->type))
        half_load(t->type, &value, (const uint16_t *)t->data + i, 1);
    else
        value = ((const float *)t->data)[i];
    return (double)value;
}

static void factor_and_shift(const struct hinge_node *node, int64_t c, double mean, double var,
                             double *factor, double *shift)
{
    *factor = element(node->inputs[1], c) / sqrt(var + (double)node->attributes[BN_EPSILON].f);
    *shift = element(node->inputs[2], c) - mean * *factor;
}

static bool batchnormalization_affine(const struct hinge_node *node, int32_t rank, int32_t axis,
                                      int64_t n_channels, float *scale, float *shift,
                                      unsigned *input)
{
    if (is_training(node) || !is_spatial(node) || rank < 2 || (axis < 0 ? axis + rank : axis) != 1)
        return false;
    for (unsigned i = 1; i < 5; i++) {
        const hinge_tensor *t = node->inputs[i];
        if (!t->data || t->type != HINGE_FLOAT || t->rank != 1 || t->dims[0] != n_channels)
            return false;
    }
    for (int64_t c = 0; c < n_channels; c++) {
        double factor, offset;
        factor_and_shift(node, c, element(node->inputs[3], c), element(node->inputs[4], c), &factor,
                         &offset);
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
    int32_t rank;
    struct job job = {node, x->dims[0], channel_count(node, &rank), 1};
    for (int32_t i = 2; i < x->rank && is_spatial(node); i++)
        job.pixels *= x->dims[i];
    return job;
}

static void put(hinge_tensor *t, int64_t i, double value)
{
    if (!t)
        return;
    const float narrow = (float)value;
    if (t->type == HINGE_DOUBLE)
        ((double *)t->data)[i] = value;
    else if (half_is(t->type))
        half_store(t->type, (uint16_t *)t->data + i, &narrow, 1);
    else
        ((float *)t->data)[i] = narrow;
}

/* The batch's own statistics of a channel, and the running ones that follow. */
static void train(const struct job *job, int64_t c, double *mean, double *var)
{
    const struct hinge_node *node = job->node;
    const hinge_tensor *x = node->inputs[0];
    const double count = (double)(job->batch * job->pixels);
    const double momentum = (double)node->attributes[BN_MOMENTUM].f;
    double sum = 0, squares = 0;
    for (int64_t b = 0; b < job->batch; b++)
        for (int64_t p = 0; p < job->pixels; p++)
            sum += element(x, (b * job->channels + c) * job->pixels + p);
    *mean = sum / count;
    for (int64_t b = 0; b < job->batch; b++)
        for (int64_t p = 0; p < job->pixels; p++) {
            const double d = element(x, (b * job->channels + c) * job->pixels + p) - *mean;
            squares += d * d;
        }
    *var = squares / count;
    put(op_output(node, 1), c, element(node->inputs[3], c) * momentum + *mean * (1 - momentum));
    put(op_output(node, 2), c, element(node->inputs[4], c) * momentum + *var * (1 - momentum));
}

/* The factor and shift of a channel. */
static void channel_of(const struct job *job, int64_t c, double *factor, double *shift)
{
    const struct hinge_node *node = job->node;
    double mean, var;
    if (is_training(node)) {
        train(job, c, &mean, &var);
    } else {
        mean = element(node->inputs[3], c);
        var = element(node->inputs[4], c);
    }
    factor_and_shift(node, c, mean, var, factor, shift);
}

#define BN(name) name##_f32
#define BN_STORED float
#define BN_NUMBER float
#define BN_LANES VF32_LANES
#define BN_V(word) vf32##word
#define BN_LOAD vf32_load
#define BN_LOAD_N vf32_load_n
#define BN_STORE vf32_store
#define BN_STORE_N vf32_store_n
#include "operators/nn/batchnormalization_tmpl.c"

#define BN(name) name##_f64
#define BN_STORED double
#define BN_NUMBER double
#define BN_LANES VF64_LANES
#define BN_V(word) vf64##word
#define BN_LOAD vf64_load
#define BN_LOAD_N vf64_load_n
#define BN_STORE vf64_store
#define BN_STORE_N vf64_store_n
#include "operators/nn/batchnormalization_tmpl.c"

#define BN(name) name##_f16
#define BN_STORED uint16_t
#define BN_NUMBER float
#define BN_LANES VF32_LANES
#define BN_V(word) vf32##word
#define BN_LOAD vf32_load_f16
#define BN_LOAD_N vf32_load_f16_n
#define BN_STORE vf32_store_f16
#define BN_STORE_N vf32_store_f16_n
#include "operators/nn/batchnormalization_tmpl.c"

#define BN(name) name##_bf16
#define BN_STORED uint16_t
#define BN_NUMBER float
#define BN_LANES VF32_LANES
#define BN_V(word) vf32##word
#define BN_LOAD vf32_load_bf16
#define BN_LOAD_N vf32_load_bf16_n
#define BN_STORE vf32_store_bf16
#define BN_STORE_N vf32_store_bf16_n
#include "operators/nn/batchnormalization_tmpl.c"

static hinge_status batchnormalization_run(const struct hinge_node *node)
{
    struct job job = job_of(node);
    const hinge_type type = node->inputs[0]->type;
    node->host->parallel(node, job.channels, op_grain(16384, job.batch * job.pixels),
                         type == HINGE_DOUBLE     ? normalize_f64
                         : type == HINGE_FLOAT16  ? normalize_f16
                         : type == HINGE_BFLOAT16 ? normalize_bf16
                                                  : normalize_f32,
                         &job);
    return HINGE_OK;
}

#define BATCH_NORMALIZATION(first, last, types, list)                                              \
    {                                                                                              \
        .name = "BatchNormalization", .gradient = "batch_normalization:", .since = (first),        \
        .until = (last), .signature = (types), .flags = HINGE_OP_IN_PLACE, .attributes = (list),   \
        .infer = batchnormalization_infer, .affine = batchnormalization_affine,                    \
        .kernels = HINGE_KERNELS(OP_FLOATING(batchnormalization_run)),                             \
    }

#define BATCH_NORMALIZATION_7                                                                      \
    "(X: T, scale: T, B: T, mean: T, var: T) -> "                                                  \
    "(Y: T, mean?: T, var?: T, saved_mean?: T, saved_var?: T); T: " OP_TYPES_FLOAT

const struct hinge_op op_batchnormalization[] = {
    BATCH_NORMALIZATION(1, 6, BATCH_NORMALIZATION_7, attributes_1),
    BATCH_NORMALIZATION(7, 13, BATCH_NORMALIZATION_7, attributes_7),
    BATCH_NORMALIZATION(14, 0,
                        "(X: T, scale: T1, B: T1, input_mean: T2, input_var: T2) -> "
                        "(Y: T, running_mean?: T2, running_var?: T2); "
                        "T: " OP_TYPES_FLOAT "; T1: " OP_TYPES_FLOAT "; T2: " OP_TYPES_FLOAT,
                        attributes_14),
    OP_END,
};
