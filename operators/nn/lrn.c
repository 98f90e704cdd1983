/* LRN-1, -13: y = x / (bias + alpha / size * sum of squares over size neighbouring channels)^beta.
 */
#include "operators/kernels/vmath.h"
#include "operators/op.h"

enum { LRN_ALPHA, LRN_BETA, LRN_BIAS, LRN_SIZE };

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 0.0001F},
    {.name = "beta", .type = HINGE_ATTR_FLOAT, .f = 0.75F},
    {.name = "bias", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = "size", .type = HINGE_ATTR_INT, .required = true},
    {.name = NULL},
};

struct job {
    const float *x;
    float *y;
    int64_t channels, pixels, size;
    float scale, beta, bias;
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
static inline vf32 inverse_power(vf32 t, float beta)
{
    if (beta == 0.75F) {
        const vf32 root = vf32_sqrt(t);
        return vf32_div(vf32_set1(1), vf32_mul(root, vf32_sqrt(root)));
    }
    return vmath_exp(vf32_mul(vmath_log(t), vf32_set1(-beta)));
}

static void normalize(const struct job *job, const float *image, int64_t channel, float *y)
{
    const int64_t before = (job->size - 1) / 2, after = job->size / 2;
    const int64_t first = channel < before ? 0 : channel - before;
    const int64_t last = channel + after < job->channels ? channel + after : job->channels - 1;
    for (int64_t p = 0; p < job->pixels; p += VF32_LANES) {
        const int n = job->pixels - p < VF32_LANES ? (int)(job->pixels - p) : VF32_LANES;
        vf32 sum = vf32_zero();
        for (int64_t c = first; c <= last; c++) {
            const vf32 x = vf32_load_n(image + c * job->pixels + p, n);
            sum = vf32_fma(x, x, sum);
        }
        const vf32 t = vf32_fma(sum, vf32_set1(job->scale), vf32_set1(job->bias));
        const vf32 x = vf32_load_n(image + channel * job->pixels + p, n);
        vf32_store_n(y + p, vf32_mul(x, inverse_power(t, job->beta)), n);
    }
}

static void normalize_channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    for (int64_t i = begin; i < end; i++)
        normalize(job, job->x + i / job->channels * job->channels * job->pixels, i % job->channels,
                  job->y + i * job->pixels);
}

static hinge_status lrn_f32(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const struct hinge_attribute *a = node->attributes;
    struct job job = {.x = x->data,
                      .y = node->outputs[0]->data,
                      .channels = x->dims[1],
                      .pixels = 1,
                      .size = a[LRN_SIZE].i,
                      .scale = a[LRN_ALPHA].f / (float)a[LRN_SIZE].i,
                      .beta = a[LRN_BETA].f,
                      .bias = a[LRN_BIAS].f};
    for (int32_t i = 2; i < x->rank; i++)
        job.pixels *= x->dims[i];
    node->host->parallel(node, x->dims[0] * job.channels, 4096 / (job.pixels + 1) + 1,
                         normalize_channels, &job);
    return HINGE_OK;
}

const struct hinge_op op_lrn[] = {
    {.name = "LRN",
     .since = 1,
     .inputs = {1, 1},
     .outputs = {1, 1},
     .attributes = attributes,
     .infer = lrn_infer,
     .kernels = {{HINGE_FLOAT, lrn_f32}}},
    OP_END,
};
