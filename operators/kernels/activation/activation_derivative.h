/* The derivatives of the activation functions, each defined once: kinds and parameters are those of
 * hinge/plugin.h. Everything is computed in float64, whose result a caller rounds to float32 once:
 * products of two float32 numbers are exact there, and about 28 bits are left for what cancels.
 *
 * Where the function has a corner the derivative is that of the branch which plugin.h gives to the
 * corner itself (LeakyRelu and Elu at 0: x >= 0, hence 1), but 0 where one of the two branches is
 * constant: Relu at 0, Clip and HardSigmoid at their bounds. Log has no derivative below 0: NaN. */
#ifndef KERNELS_ACTIVATION_DERIVATIVE_H
#define KERNELS_ACTIVATION_DERIVATIVE_H

#include <hinge/plugin.h>

#include "operators/kernels/simd/simd.h"

/* a + b x: a step of Horner's scheme. */
static inline vf64 derivative_step(vf64 b, vf64 x, double a)
{
    return vf64_add(vf64_mul(b, x), vf64_set1(a));
}

static inline vf64 derivative_choose(vm64 mask, double yes, double no)
{
    return vf64_select(mask, vf64_set1(yes), vf64_set1(no));
}

/* e^x to about 2^-51, as at the nearest end outside of [-708, 709]: Taylor's series of degree 13
 * after x = n log 2 + r, the high part of log 2 having 42 bits so that n times it is exact. Adding
 * 1.5 * 2^52 rounds to an integer, which the lowest bits then hold. */
static inline vf64 derivative_exp(vf64 x)
{
    const vf64 magic = vf64_set1(0x1.8p52);
    const vf64 inside = vf64_max(vf64_set1(-708), vf64_min(vf64_set1(709), x));
    const vf64 shifted = vf64_add(vf64_mul(inside, vf64_set1(0x1.71547652b82fep0)), magic);
    const vf64 n = vf64_sub(shifted, magic);
    const vf64 high = vf64_sub(inside, vf64_mul(n, vf64_set1(0x1.62e42fefa38p-1)));
    const vf64 r = vf64_sub(high, vf64_mul(n, vf64_set1(0x1.ef35793c7673p-45)));
    vf64 y = vf64_set1(1.0 / 6227020800);
    y = derivative_step(y, r, 1.0 / 479001600);
    y = derivative_step(y, r, 1.0 / 39916800);
    y = derivative_step(y, r, 1.0 / 3628800);
    y = derivative_step(y, r, 1.0 / 362880);
    y = derivative_step(y, r, 1.0 / 40320);
    y = derivative_step(y, r, 1.0 / 5040);
    y = derivative_step(y, r, 1.0 / 720);
    y = derivative_step(y, r, 1.0 / 120);
    y = derivative_step(y, r, 1.0 / 24);
    y = derivative_step(y, r, 1.0 / 6);
    y = derivative_step(y, r, 0.5);
    y = derivative_step(y, r, 1);
    y = derivative_step(y, r, 1);
    const vi64 exponent = vi64_add(vf64_as_vi64(shifted), vi64_set1(1023));
    return vf64_mul(y, vi64_as_vf64(vi64_shl(exponent, 52)));
}

/* factor e / (1 + e)^2 */
static inline vf64 derivative_bell(vf64 e, double factor)
{
    const vf64 sum = vf64_add(vf64_set1(1), e);
    return vf64_div(vf64_mul(vf64_set1(factor), e), vf64_mul(sum, sum));
}

/* y at -|x| gives y or 1 - y: for functions whose slopes at x and -x add up to 1. */
static inline vf64 derivative_mirror(vf64 x, vf64 y)
{
    return vf64_select(vf64_lt(x, vf64_zero()), y, vf64_sub(vf64_set1(1), y));
}

/* x, or the largest float32 number for an infinite one. */
static inline vf64 derivative_finite(vf64 x)
{
    const double largest = 0x1.fffffep127;
    return vf64_max(vf64_set1(-largest), vf64_min(vf64_set1(largest), x));
}

/* d/dx x sigmoid(u(x)) for an odd u, product being x u'(x): for u <= 0 it is
 * e / (1 + e)^2 (1 + e + product) with e = e^u. */
static inline vf64 derivative_gate(vf64 u, vf64 product)
{
    const vf64 e = derivative_exp(vf64_neg(vf64_abs(u)));
    const vf64 sum = vf64_sub(vf64_add(vf64_set1(1), e), vf64_abs(product));
    return derivative_mirror(u, vf64_mul(derivative_bell(e, 1), sum));
}

static inline vf64 activation_relu_derivative(vf64 x)
{
    return derivative_choose(vf64_gt(x, vf64_zero()), 1, 0);
}

static inline vf64 activation_leaky_relu_derivative(vf64 x, double alpha)
{
    return derivative_choose(vf64_lt(x, vf64_zero()), alpha, 1);
}

static inline vf64 activation_elu_derivative(vf64 x, double alpha)
{
    const vf64 negative = vf64_mul(vf64_set1(alpha), derivative_exp(x));
    return vf64_select(vf64_lt(x, vf64_zero()), negative, vf64_set1(1));
}

static inline vf64 activation_selu_derivative(vf64 x, double alpha, double gamma)
{
    const vf64 negative = vf64_mul(vf64_set1(alpha * gamma), derivative_exp(x));
    return vf64_select(vf64_gt(x, vf64_zero()), vf64_set1(gamma), negative);
}

static inline vf64 activation_celu_derivative(vf64 x, double alpha)
{
    const vf64 negative = derivative_exp(vf64_div(x, vf64_set1(alpha)));
    return vf64_select(vf64_lt(x, vf64_zero()), negative, vf64_set1(1));
}

static inline vf64 activation_softplus_derivative(vf64 x)
{
    const vf64 one = vf64_set1(1);
    const vf64 e = derivative_exp(vf64_neg(vf64_abs(x)));
    return vf64_div(vf64_select(vf64_lt(x, vf64_zero()), e, one), vf64_add(one, e));
}

static inline vf64 activation_sigmoid_derivative(vf64 x)
{
    return derivative_bell(derivative_exp(vf64_neg(vf64_abs(x))), 1);
}

static inline vf64 activation_tanh_derivative(vf64 x)
{
    return derivative_bell(derivative_exp(vf64_mul(vf64_set1(-2), vf64_abs(x))), 4);
}

static inline vf64 activation_clip_derivative(vf64 x, double low, double high)
{
    /* A bound that is NaN is none. */
    const vm64 outside = vm64_or(vf64_le(x, vf64_set1(low)), vf64_ge(x, vf64_set1(high)));
    return derivative_choose(outside, 0, 1);
}

static inline vf64 activation_thresholded_relu_derivative(vf64 x, double alpha)
{
    return derivative_choose(vf64_gt(x, vf64_set1(alpha)), 1, 0);
}

static inline vf64 activation_hard_sigmoid_derivative(vf64 x, double alpha, double beta)
{
    /* The product is exact, its sum with beta need not be. */
    const vf64 product = vf64_mul(x, vf64_set1(alpha));
    const vf64 y = vf64_add(product, vf64_set1(beta));
    const vm64 above = vf64_gt(product, vf64_set1(-beta));
    const vm64 below = vf64_lt(product, vf64_set1(1 - beta));
    const vf64 slope = derivative_choose(vm64_and(above, below), alpha, 0);
    return vf64_select(vf64_unordered(y, y), y, slope);
}

static inline vf64 activation_hard_swish_derivative(vf64 x)
{
    const vf64 inside = vf64_div(derivative_step(vf64_set1(2), x, 3), vf64_set1(6));
    const vf64 y = vf64_select(vf64_gt(x, vf64_set1(-3)), inside, vf64_zero());
    return vf64_select(vf64_ge(x, vf64_set1(3)), vf64_set1(1), y);
}

static inline vf64 activation_swish_derivative(vf64 x, double alpha)
{
    const vf64 inside = alpha == 0 ? derivative_finite(x) : x; /* x / 2 has a slope at infinity */
    const vf64 u = derivative_finite(vf64_mul(inside, vf64_set1(alpha)));
    return derivative_gate(u, u);
}

/* With e = e^x and m = e (e + 2), x m / (m + 2) has the derivative
 * e ((e + 2) (m + 2) + 4 x (e + 1)) / (m + 2)^2; beyond 40 that is 1. */
static inline vf64 activation_mish_derivative(vf64 x)
{
    const vf64 two = vf64_set1(2);
    const vf64 inside = vf64_max(vf64_set1(-200), vf64_min(vf64_set1(40), x));
    const vf64 e = derivative_exp(inside);
    const vf64 sum = vf64_add(e, two);
    const vf64 d = derivative_step(e, sum, 2);
    const vf64 slope = vf64_mul(vf64_mul(vf64_set1(4), inside), vf64_add(e, vf64_set1(1)));
    const vf64 numerator = vf64_mul(e, vf64_add(vf64_mul(sum, d), slope));
    return vf64_div(numerator, vf64_mul(d, d));
}

/* Phi(x) + x phi(x), which at x = -t is e^(-t^2 / 2) (t0 - t) q(v), v = (t - 3) / (t + 3). */
static inline vf64 activation_gelu_derivative(vf64 x)
{
    const vf64 t = vf64_min(vf64_set1(15), vf64_abs(x));
    const vf64 v = vf64_div(vf64_sub(t, vf64_set1(3)), vf64_add(t, vf64_set1(3)));
    vf64 q = vf64_set1(-0x1.ff40d702e9837p-21);
    q = derivative_step(q, v, 0x1.0b87329d98597p-19);
    q = derivative_step(q, v, 0x1.29fa0c605815ep-16);
    q = derivative_step(q, v, 0x1.2cc1f69a17f67p-18);
    q = derivative_step(q, v, -0x1.0e79135b24dd6p-13);
    q = derivative_step(q, v, -0x1.89a2212c7a30bp-14);
    q = derivative_step(q, v, 0x1.1efe24414120fp-10);
    q = derivative_step(q, v, 0x1.abdff57d7843fp-13);
    q = derivative_step(q, v, -0x1.cd339519c1fcdp-7);
    q = derivative_step(q, v, 0x1.b70f31d29cffbp-5);
    q = derivative_step(q, v, -0x1.eb6b5aa285e6bp-4);
    q = derivative_step(q, v, 0x1.e9c6ddce74235p-2);
    const vf64 bell = derivative_exp(vf64_mul(vf64_mul(t, t), vf64_set1(-0.5)));
    const vf64 y = vf64_mul(vf64_mul(bell, q), vf64_sub(vf64_set1(0x1.80ead197f00b4p-1), t));
    return derivative_mirror(x, y);
}

/* x sigmoid(u), u = sqrt(8 / pi) (x + 0.044715 x^3). */
static inline vf64 activation_gelu_tanh_derivative(vf64 x)
{
    const double c = 1.59576912160573071176;
    const vf64 inside = derivative_finite(x);
    const vf64 square = vf64_mul(inside, inside);
    const vf64 u = vf64_mul(inside, derivative_step(vf64_set1(c * 0.044715), square, c));
    const vf64 slope = derivative_step(vf64_set1(3 * c * 0.044715), square, c);
    return derivative_gate(u, vf64_mul(inside, slope));
}

static inline vf64 activation_softsign_derivative(vf64 x)
{
    const vf64 sum = vf64_add(vf64_set1(1), vf64_abs(x));
    return vf64_div(vf64_set1(1), vf64_mul(sum, sum));
}

static inline vf64 activation_shrink_derivative(vf64 x, double lambda)
{
    const vm64 outside = vm64_or(vf64_lt(x, vf64_set1(-lambda)), vf64_gt(x, vf64_set1(lambda)));
    return derivative_choose(outside, 1, 0);
}

static inline vf64 activation_erf_derivative(vf64 x)
{
    const vf64 bell = derivative_exp(vf64_neg(vf64_mul(x, x)));
    return vf64_mul(vf64_set1(1.12837916709551257390), bell);
}

static inline vf64 activation_log_derivative(vf64 x)
{
    const vf64 y = vf64_div(vf64_set1(1), vf64_abs(x));
    return vf64_select(vf64_lt(x, vf64_zero()), vf64_set1((double)NAN), y);
}

/* The derivative of the function that kind names; NaN gives NaN. */
static inline vf64 activation_apply_derivative(enum hinge_activation_kind kind, float alpha,
                                               float beta, vf64 x)
{
    const double a = (double)alpha;
    const double b = (double)beta;
    vf64 y = vf64_set1(1);
    switch (kind) {
    case HINGE_ACT_RELU: y = activation_relu_derivative(x); break;
    case HINGE_ACT_LEAKY_RELU: y = activation_leaky_relu_derivative(x, a); break;
    case HINGE_ACT_ELU: y = activation_elu_derivative(x, a); break;
    case HINGE_ACT_SOFTPLUS: y = activation_softplus_derivative(x); break;
    case HINGE_ACT_SIGMOID: y = activation_sigmoid_derivative(x); break;
    case HINGE_ACT_TANH: y = activation_tanh_derivative(x); break;
    case HINGE_ACT_CLIP: y = activation_clip_derivative(x, a, b); break;
    case HINGE_ACT_SELU: y = activation_selu_derivative(x, a, b); break;
    case HINGE_ACT_CELU: y = activation_celu_derivative(x, a); break;
    case HINGE_ACT_THRESHOLDED_RELU: y = activation_thresholded_relu_derivative(x, a); break;
    case HINGE_ACT_HARD_SIGMOID: y = activation_hard_sigmoid_derivative(x, a, b); break;
    case HINGE_ACT_HARD_SWISH: y = activation_hard_swish_derivative(x); break;
    case HINGE_ACT_SWISH: y = activation_swish_derivative(x, a); break;
    case HINGE_ACT_MISH: y = activation_mish_derivative(x); break;
    case HINGE_ACT_GELU: y = activation_gelu_derivative(x); break;
    case HINGE_ACT_GELU_TANH: y = activation_gelu_tanh_derivative(x); break;
    case HINGE_ACT_SOFTSIGN: y = activation_softsign_derivative(x); break;
    case HINGE_ACT_SHRINK: y = activation_shrink_derivative(x, a); break;
    case HINGE_ACT_ERF: y = activation_erf_derivative(x); break;
    case HINGE_ACT_EXP: y = derivative_exp(x); break;
    case HINGE_ACT_LOG: y = activation_log_derivative(x); break;
    case HINGE_ACT_NONE:
    case HINGE_ACT_OWN:
    case HINGE_N_ACTIVATIONS: break;
    }
    return vf64_select(vf64_unordered(x, x), x, y);
}

/* y[i] = activation'(x[i]) for count elements; y may be x. */
void activation_derivative_f32(const struct hinge_activation *activation, const float *x, float *y,
                               int64_t count);

#endif
