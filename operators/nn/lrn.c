/* LRN-1, -13: y = x / (bias + alpha / size * sum of squares over size neighbouring channels)^beta.
 * The half types are computed in float. */
#include "operators/kernels/vmath.h"
#include "operators/op.h"

#include <math.h>

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

static hinge_status lrn_run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const struct hinge_attribute *a = node->attributes;
    const double alpha = (double)a[LRN_ALPHA].f, size = (double)a[LRN_SIZE].i;
    struct job job = {.x = x->data,
                      .y = node->outputs[0]->data,
                      .channels = x->dims[1],
                      .pixels = 1,
                      .size = a[LRN_SIZE].i,
                      .scale = alpha / size,
                      .beta = (double)a[LRN_BETA].f,
                      .bias = (double)a[LRN_BIAS].f};
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

const struct hinge_op op_lrn[] = {
    {.name = "LRN",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .attributes = attributes,
     .infer = lrn_infer,
     .kernels = HINGE_KERNELS(OP_FLOATING(lrn_run))},
    OP_END,
};
