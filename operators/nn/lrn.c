/* LRN-1, -13: y = x / (bias + alpha / size * sum of squares over size neighbouring channels)^beta.
 * The half types are computed in float.
 * ai.hinge::LRNChannelsLast-1, an operator that passes make: the same over x whose last axis is the
 * channels; float32. */
#include "operators/kernels/integer.h"
#include "operators/kernels/vmath.h"
#include "operators/op/op.h"

#include <math.h>
#include <string.h>

enum { LRN_ALPHA, LRN_BETA, LRN_BIAS, LRN_SIZE };

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 0.0001F},
    {.name = "beta", .type = HINGE_ATTR_FLOAT, .f = 0.75F},
    {.name = "bias", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = "size", .type = HINGE_ATTR_INT, .required = true},
    {.name = NULL},
};

struct job {
    const void *x;
    void *y;
    int64_t channels, pixels, size;
    double scale, beta, bias;
};

/* Channels that lie side by side. */
struct rows_job {
    struct job job;
    float *scratch; /* squares of a pixel for each thread */
};

static hinge_status lrn_infer(const struct hinge_node *node)
{
    const int64_t size = node->attributes[LRN_SIZE].i;
    if (node->inputs[0]->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input 0 has no channels");
    if (size < 1 || size > INT32_MAX)
        return OP_FAIL(node, HINGE_BAD_VALUE, "size is %lld", (long long)size);
    return op_infer_same(node);
}

/* t^-beta; the usual 3/4 needs no logarithm. */
static inline vf32 vf32_inverse_power(vf32 t, float beta)
{
    if (beta == 0.75F) {
        const vf32 root = vf32_sqrt(t);
        return vf32_div(vf32_set1(1), vf32_mul(root, vf32_sqrt(root)));
    }
    return vmath_exp(vf32_mul(vmath_log(t), vf32_set1(-beta)));
}

static inline vf64 vf64_inverse_power(vf64 t, double beta)
{
    if (beta == 0.75) {
        const vf64 root = vf64_sqrt(t);
        return vf64_div(vf64_set1(1), vf64_mul(root, vf64_sqrt(root)));
    }
    double lanes[VF64_LANES];
    vf64_store(lanes, t);
    for (int i = 0; i < VF64_LANES; i++)
        lanes[i] = pow(lanes[i], -beta);
    return vf64_load(lanes);
}

#define LRN(name) name##_f32
#define LRN_STORED float
#define LRN_NUMBER float
#define LRN_LANES VF32_LANES
#define LRN_V(word) vf32##word
#define LRN_LOAD_N vf32_load_n
#define LRN_STORE_N vf32_store_n
#include "operators/nn/lrn_tmpl.c"

#define LRN(name) name##_f64
#define LRN_STORED double
#define LRN_NUMBER double
#define LRN_LANES VF64_LANES
#define LRN_V(word) vf64##word
#define LRN_LOAD_N vf64_load_n
#define LRN_STORE_N vf64_store_n
#include "operators/nn/lrn_tmpl.c"

#define LRN(name) name##_f16
#define LRN_STORED uint16_t
#define LRN_NUMBER float
#define LRN_LANES VF32_LANES
#define LRN_V(word) vf32##word
#define LRN_LOAD_N vf32_load_f16_n
#define LRN_STORE_N vf32_store_f16_n
#include "operators/nn/lrn_tmpl.c"

#define LRN(name) name##_bf16
#define LRN_STORED uint16_t
#define LRN_NUMBER float
#define LRN_LANES VF32_LANES
#define LRN_V(word) vf32##word
#define LRN_LOAD_N vf32_load_bf16_n
#define LRN_STORE_N vf32_store_bf16_n
#include "operators/nn/lrn_tmpl.c"

static struct job read_job(const struct hinge_node *node, int64_t channels)
{
    const struct hinge_attribute *a = node->attributes;
    const double alpha = (double)a[LRN_ALPHA].f, size = (double)a[LRN_SIZE].i;
    return (struct job){.x = node->inputs[0]->data,
                        .y = node->outputs[0]->data,
                        .channels = channels,
                        .pixels = 1,
                        .size = a[LRN_SIZE].i,
                        .scale = alpha / size,
                        .beta = (double)a[LRN_BETA].f,
                        .bias = (double)a[LRN_BIAS].f};
}

static hinge_status lrn_run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = read_job(node, x->dims[1]);
    for (int32_t i = 2; i < x->rank; i++)
        job.pixels *= x->dims[i];
    node->host->parallel(node, x->dims[0] * job.channels, op_grain(4096, job.pixels),
                         x->type == HINGE_DOUBLE     ? channels_f64
                         : x->type == HINGE_FLOAT16  ? channels_f16
                         : x->type == HINGE_BFLOAT16 ? channels_bf16
                                                     : channels_f32,
                         &job);
    return HINGE_OK;
}

/* Squares of a pixel's channels with zeros around, as many as a window can reach. */
static int64_t n_before(const struct job *job)
{
    return min_i64((job->size - 1) / 2, job->channels);
}

static int64_t n_after(const struct job *job)
{
    return min_i64(job->size / 2, job->channels);
}

static int64_t squares_count(const struct job *job)
{
    return round_up(n_before(job) + job->channels + n_after(job) + VF32_LANES, 16);
}

static void normalize_pixel(const struct job *job, const float *x, float *squares, float *y)
{
    const int64_t before = n_before(job), window = before + 1 + n_after(job);
    const float beta = (float)job->beta;
    const vf32 scale = vf32_set1((float)job->scale), bias = vf32_set1((float)job->bias);
    for (int64_t c = 0; c < job->channels; c += VF32_LANES) {
        const int n = (int)min_i64(VF32_LANES, job->channels - c);
        const vf32 v = vf32_load_n(x + c, n);
        vf32_store_n(squares + before + c, vf32_mul(v, v), n);
    }
    for (int64_t c = 0; c < job->channels; c += VF32_LANES) {
        const int n = (int)min_i64(VF32_LANES, job->channels - c);
        vf32 sum = vf32_zero();
        for (int64_t k = 0; k < window; k++)
            sum = vf32_add(sum, vf32_load(squares + c + k));
        const vf32 factor = vf32_inverse_power(vf32_fma(sum, scale, bias), beta);
        vf32_store_n(y + c, vf32_mul(vf32_load_n(x + c, n), factor), n);
    }
}

static void normalize_pixels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct rows_job *rows = argument;
    const struct job *job = &rows->job;
    const int64_t count = squares_count(job), channels = job->channels;
    float *squares = rows->scratch + thread * count;
    memset(squares, 0, (size_t)count * sizeof *squares);
    for (int64_t i = begin; i < end; i++)
        normalize_pixel(job, (const float *)job->x + i * channels, squares,
                        (float *)job->y + i * channels);
}

static hinge_status last_prepare(struct hinge_node *node, size_t *size)
{
    const hinge_tensor *x = node->inputs[0];
    const struct job job = read_job(node, x->dims[x->rank - 1]);
    int64_t count;
    if (job.channels > INT64_MAX / 64 ||
        __builtin_mul_overflow(squares_count(&job), (int64_t)node->n_threads * 4, &count))
        return OP_FAIL(node, HINGE_LIMIT, "too many channels");
    *size = (size_t)count;
    return HINGE_OK;
}

static hinge_status last_run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct rows_job rows = {read_job(node, x->dims[x->rank - 1]), node->scratch};
    if (hinge_count(x) == 0)
        return HINGE_OK;
    node->host->parallel(node, hinge_count(x) / rows.job.channels,
                         op_grain(4096, rows.job.channels), normalize_pixels, &rows);
    return HINGE_OK;
}

static const char *channels_last(const struct hinge_node *node)
{
    return node->inputs[0]->type == HINGE_FLOAT ? "LRNChannelsLast" : NULL;
}

const struct hinge_op op_lrn[] = {
    {.name = "LRN",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .attributes = attributes,
     .infer = lrn_infer,
     .channels_last = channels_last,
     .gradient = "lrn:",
     .kernels = HINGE_KERNELS(OP_FLOATING(lrn_run))},
    {.name = "LRNChannelsLast",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: float",
     .attributes = attributes,
     .infer = lrn_infer,
     .prepare = last_prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, last_run})},
    OP_END,
};
