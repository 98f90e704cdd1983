/* The activation functions, each defined once: used element by element (activation.c), in the
 * epilogues of Conv, Gemm and MatMul, and by the recurrent operators. What each computes and what
 * its parameters mean is in hinge/plugin.h, how exactly in operators/README.md.
 *
 * NaN gives NaN, but in ThresholdedRelu and Shrink 0. A zero keeps its sign wherever the function
 * is 0 there: Relu(-0) is -0. */
#ifndef KERNELS_ACTIVATION_H
#define KERNELS_ACTIVATION_H

#include <hinge/plugin.h>
#include <math.h>

#include "operators/kernels/vmath.h"

static inline vf32 activation_relu(vf32 x)
{
    return vf32_max(vf32_zero(), x);
}

static inline vf32 activation_leaky_relu(vf32 x, float alpha)
{
    return vf32_select(vf32_lt(x, vf32_zero()), vf32_mul(x, vf32_set1(alpha)), x);
}

static inline vf32 activation_elu(vf32 x, float alpha)
{
    return vf32_select(vf32_lt(x, vf32_zero()),
                       vmath_expm1_negative(x, vf32_zero(), vf32_set1(alpha)), x);
}

static inline vf32 activation_selu(vf32 x, float alpha, float gamma)
{
    const vf32 negative = vmath_expm1_negative(x, vf32_zero(), vf32_set1(alpha * gamma));
    return vf32_select(vf32_lt(x, vf32_zero()), negative, vf32_mul(x, vf32_set1(gamma)));
}

static inline vf32 activation_celu(vf32 x, float alpha)
{
    const vf32 a = vf32_set1(alpha);
    const vf32 quotient = vf32_div(x, a);
    const vf32 rest = vf32_div(vf32_fma_once(vf32_neg(quotient), a, x), a);
    const vm32 counts = vf32_gt(quotient, vf32_set1(-17.5F)); /* and is finite */
    const vf32 low = alpha == 1 ? vf32_zero() : vf32_select(counts, rest, vf32_zero());
    /* The function is as good as x where a quotient may be subnormal. */
    const vf32 limit = vf32_set1(alpha == 1 ? 0 : -0x1p-64F);
    return vf32_select(vf32_lt(x, limit), vmath_expm1_negative(quotient, low, a), x);
}

static inline vf32 activation_clip(vf32 x, float low, float high)
{
    return vf32_min(vf32_set1(high), vf32_max(vf32_set1(low), x));
}

static inline vf32 activation_thresholded_relu(vf32 x, float alpha)
{
    return vf32_select(vf32_gt(x, vf32_set1(alpha)), x, vf32_zero());
}

static inline vf32 activation_hard_sigmoid(vf32 x, float alpha, float beta)
{
    const vf32 y = vf32_fma_once(x, vf32_set1(alpha), vf32_set1(beta));
    return vmath_clamp(y, 0, 1);
}

/* x (x + 3) / 6 between -3 and 3, the errors of sum and product carried along. */
static inline vf32 activation_hard_swish(vf32 x)
{
    const vf32 three = vf32_set1(3);
    const vf32 inside = vmath_clamp(x, -3, 3);
    const vf32 sum = vf32_add(inside, three);
    const vf32 sum_error = vf32_sub(inside, vf32_sub(sum, three));
    const vf32 product = vf32_mul(inside, sum);
    const vf32 product_error = vf32_fma_once(inside, sum, vf32_neg(product));
    const vf32 error = vf32_fma_once(inside, sum_error, product_error);
    const vf32 low = vf32_fma_once(error, vf32_set1(0x1.555556p-3F),
                                   vf32_mul(product, vf32_set1(-0x1.555556p-28F)));
    const vf32 y = vf32_fma_once(product, vf32_set1(0x1.555556p-3F), low);
    return vf32_select(vf32_ge(x, three), x, y);
}

/* factor x sigmoid(alpha x), which is NaN for an infinite factor where sigmoid is as good as 0. For
 * a usual alpha, and products of x and factor up to 2^100. */
static inline vf32 activation_gated_swish(vf32 x, vf32 factor, float alpha)
{
    const vf32 scaled = vf32_mul(x, vf32_set1(alpha));
    const vf32 error = vf32_fma_once(x, vf32_set1(alpha), vf32_neg(scaled));
    return vmath_sigmoid_gate(scaled, alpha == 1 ? vf32_zero() : error, vf32_mul(x, factor),
                              vf32_mul(factor, vf32_zero()));
}

/* The least x for which x e^x is not -0. */
#define ACTIVATION_SWISH_LEAST (-0x1.b2a426p6F)

static inline vf32 activation_swish(vf32 x, float alpha)
{
    if (alpha != 1)
        return activation_gated_swish(x, vf32_set1(1), alpha);
    const vf32 limit = vf32_set1(42);
    const vf32 clamped = vf32_max(vf32_set1(-112), vf32_min(limit, x));
    const vm32 vanishes = vf32_lt(x, vf32_set1(ACTIVATION_SWISH_LEAST));
    const vf32 factor = vf32_select(vanishes, vf32_set1(-0.0F), clamped);
    const vf32 y = vmath_divide_logistic(factor, vf32_neg(clamped), vf32_zero());
    return vf32_select(vf32_gt(x, limit), x, y);
}

/* tanh(log(1 + e^x)) = m / (m + 2), m = e^x (e^x + 2), e^x = 2^n (1 + t). t and n */
static inline struct vmath_stage activation_mish_begin(vf32 x)
{
    const struct vmath_reduced a = vmath_reduce(vmath_clamp(x, -120, 20), 0);
    return (struct vmath_stage){vmath_expm1_reduced(vmath_reduced_low(a)), a.n};
}

static inline vf32 activation_mish_end(vf32 x, struct vmath_stage stage)
{
    const vf32 two = vf32_set1(2);
    const vf32 t = stage.a;
    const vf32 n = stage.b;
    const vf32 exponential = vf32_ldexp(vf32_add(vf32_set1(1), t), vf32_max(vf32_set1(-60), n));
    const vf32 sum = vf32_add(exponential, two);
    const vf32 gate = vf32_div(sum, vf32_fma_once(exponential, sum, two));
    const vf32 product = vf32_mul(vmath_clamp(x, -120, 20), gate);
    const vm32 vanishes = vf32_lt(x, vf32_set1(ACTIVATION_SWISH_LEAST));
    const vf32 kept = vf32_select(vanishes, vf32_set1(-0.0F), vf32_fma_once(product, t, product));
    return vf32_select(vf32_gt(x, vf32_set1(20)), x, vf32_ldexp(kept, n));
}

/* (1 + tanh u) / 2 = 1 / (1 + e^(-2 u)), where -2 u = x (c + d x^2) needs twice the precision,
 * since its error counts as a relative one of the result. c has 16 bits, so that taking it off is
 * exact. */
#define ACTIVATION_GELU_TANH_LIMIT 6.5F /* the gate is 1 from there on */

static inline vf32 activation_gelu_tanh_clamp(vf32 x)
{
    return vf32_max(vf32_set1(-11), vf32_min(vf32_set1(ACTIVATION_GELU_TANH_LIMIT), x));
}

/* -2 u and its error */
static inline struct vmath_stage activation_gelu_tanh_begin(vf32 x)
{
    const vf32 c = vf32_set1(-0x1.9884p0F);
    const vf32 d = vf32_set1(-0x1.2444f2p-4F);
    const vf32 clamped = activation_gelu_tanh_clamp(x);
    const vf32 square = vf32_mul(clamped, clamped);
    const vf32 square_error = vf32_fma_once(clamped, clamped, vf32_neg(square));
    const vf32 sum = vf32_fma_once(square, d, c);
    const vf32 sum_error = vf32_fma_once(square, d, vf32_sub(c, sum));
    const vf32 rest = vf32_fma_once(
        square_error, d,
        vf32_fma_once(square, vf32_set1(-0x1.49b16ap-29F), vf32_set1(-0x1.4cf50ep-18F)));
    const vf32 u = vf32_mul(clamped, sum);
    const vf32 low =
        vf32_fma_once(clamped, vf32_add(sum_error, rest), vf32_fma_once(clamped, sum, vf32_neg(u)));
    return (struct vmath_stage){u, low};
}

static inline vf32 activation_gelu_tanh_end(vf32 x, struct vmath_stage stage)
{
    const vm32 vanishes = vf32_lt(x, vf32_set1(-0x1.58aaf2p3F)); /* from there on it is -0 */
    const vf32 factor = vf32_select(vanishes, vf32_set1(-0.0F), activation_gelu_tanh_clamp(x));
    const vf32 y = vmath_divide_logistic(factor, stage.a, stage.b);
    return vf32_select(vf32_gt(x, vf32_set1(ACTIVATION_GELU_TANH_LIMIT)), x, y);
}

/* x / (1 + x) for x below 1, otherwise 1 - 1 / (1 + x); the quotient is corrected by the errors of
 * sum and division, times 1 / (1 + x), which is 1 - quotient or the quotient. */
static inline vf32 activation_softsign(vf32 x)
{
    const vf32 one = vf32_set1(1);
    const vf32 magnitude = vf32_min(vf32_set1(0x1p100F), vf32_abs(x));
    const vm32 below = vf32_lt(magnitude, one);
    const vf32 smaller = vf32_min(one, magnitude);
    const vf32 sum = vf32_add(one, magnitude);
    const vf32 error = vf32_sub(smaller, vf32_sub(sum, vf32_max(one, magnitude)));
    const vf32 quotient = vf32_div(smaller, sum);
    const vf32 minus = vf32_neg(quotient);
    const vf32 rest = vf32_fma_once(minus, error, vf32_fma_once(minus, sum, smaller));
    const vf32 inverse = vf32_select(below, vf32_sub(one, quotient), quotient);
    const vf32 y = vf32_fma_once(rest, inverse, quotient);
    return vf32_copysign(vf32_select(below, y, vf32_sub(one, y)), x);
}

static inline vf32 activation_shrink(vf32 x, float lambda, float bias)
{
    const vf32 up = vf32_sub(x, vf32_set1(bias));
    const vf32 down = vf32_add(x, vf32_set1(bias));
    const vf32 y = vf32_select(vf32_gt(x, vf32_set1(lambda)), up, vf32_zero());
    return vf32_select(vf32_lt(x, vf32_set1(-lambda)), down, y);
}

/* Whether the functions above are right for these parameters. They reduce ranges, and multiply
 * early what could be multiplied late, so they rely on the signs and magnitudes that are of use. */
static inline bool activation_is_usual(const struct hinge_activation *a)
{
    const float alpha = fabsf(a->alpha);
    const float product = fabsf(a->alpha * a->beta);
    switch (a->kind) {
    case HINGE_ACT_ELU: return alpha > 0x1p-60F && alpha < INFINITY;
    case HINGE_ACT_SELU: return product > 0x1p-60F && product < INFINITY;
    case HINGE_ACT_CELU: return a->alpha > 0x1p-36F && a->alpha < 0x1p36F;
    case HINGE_ACT_SWISH: return alpha > 0x1p-80F && alpha < 0x1p80F;
    default: return true;
    }
}

/* The function that kind names, whose parameters are usual. Where kind is a constant, only that one
 * is left; a loop over more than a register tile should rather call activation_f32 for a row that
 * is still in cache. */
static inline vf32 activation_apply(enum hinge_activation_kind kind, float alpha, float beta,
                                    vf32 x)
{
    switch (kind) {
    case HINGE_ACT_RELU: return activation_relu(x);
    case HINGE_ACT_LEAKY_RELU: return activation_leaky_relu(x, alpha);
    case HINGE_ACT_ELU: return activation_elu(x, alpha);
    case HINGE_ACT_SOFTPLUS: return vmath_softplus(x);
    case HINGE_ACT_SIGMOID: return vmath_sigmoid(x);
    case HINGE_ACT_TANH: return vmath_tanh(x);
    case HINGE_ACT_CLIP: return activation_clip(x, alpha, beta);
    case HINGE_ACT_SELU: return activation_selu(x, alpha, beta);
    case HINGE_ACT_CELU: return activation_celu(x, alpha);
    case HINGE_ACT_THRESHOLDED_RELU: return activation_thresholded_relu(x, alpha);
    case HINGE_ACT_HARD_SIGMOID: return activation_hard_sigmoid(x, alpha, beta);
    case HINGE_ACT_HARD_SWISH: return activation_hard_swish(x);
    case HINGE_ACT_SWISH: return activation_swish(x, alpha);
    case HINGE_ACT_MISH: return activation_mish_end(x, activation_mish_begin(x));
    case HINGE_ACT_GELU: return vmath_gelu(x);
    case HINGE_ACT_GELU_TANH: return activation_gelu_tanh_end(x, activation_gelu_tanh_begin(x));
    case HINGE_ACT_SOFTSIGN: return activation_softsign(x);
    case HINGE_ACT_SHRINK: return activation_shrink(x, alpha, beta);
    case HINGE_ACT_ERF: return vmath_erf(x);
    case HINGE_ACT_EXP: return vmath_exp(x);
    case HINGE_ACT_LOG: return vmath_log(x);
    case HINGE_ACT_NONE:
    case HINGE_ACT_OWN:
    case HINGE_N_ACTIVATIONS: break;
    }
    return x;
}

/* Whether a loop over the kind is bound by loads and stores, not by its few operations. */
static inline bool activation_is_short(enum hinge_activation_kind kind)
{
    return kind == HINGE_ACT_NONE || kind == HINGE_ACT_RELU || kind == HINGE_ACT_LEAKY_RELU ||
           kind == HINGE_ACT_CLIP || kind == HINGE_ACT_THRESHOLDED_RELU ||
           kind == HINGE_ACT_HARD_SIGMOID || kind == HINGE_ACT_SHRINK;
}

/* y[i] = activation(x[i]) for count elements; y may be x. The half types are correctly rounded.
 * Parameters that are not usual cost the time of libm. */
void activation_f32(const struct hinge_activation *activation, const float *x, float *y,
                    int64_t count);
void activation_f16(const struct hinge_activation *activation, const uint16_t *x, uint16_t *y,
                    int64_t count);
void activation_bf16(const struct hinge_activation *activation, const uint16_t *x, uint16_t *y,
                     int64_t count);
void activation_f64(const struct hinge_activation *activation, const double *x, double *y,
                    int64_t count);
/* activation(x), and factor x sigmoid(alpha x), through libm. */
double activation_at(const struct hinge_activation *activation, double x);
double activation_gated_swish_at(double x, double factor, double alpha);

#endif
