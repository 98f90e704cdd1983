/* Elementary functions over vectors of float32, the same bits in every width. Errors, measured over
 * all or many inputs, stand in operators/README.md; tools/exactness derives the coefficients and
 * repeats the measurement.
 *
 * What vanishes is made 0 before it is scaled: CPUs take a hundred times as long over a product
 * that is subnormal, or would be, and saturated units and masked scores have nothing else.
 *
 * NaN gives NaN everywhere. min and max return their second operand for a NaN, so the argument
 * stands second where it is clamped. */
#ifndef KERNELS_VMATH_H
#define KERNELS_VMATH_H

#include "operators/kernels/simd/simd.h"

/* a + b x with one rounding, the constant given as float: a step of Horner's scheme. */
static inline vf32 vmath_step(vf32 b, vf32 x, float a)
{
    return vf32_fma_once(b, x, vf32_set1(a));
}

static inline vf32 vmath_clamp(vf32 x, float low, float high)
{
    return vf32_max(vf32_set1(low), vf32_min(vf32_set1(high), x));
}

/* x = n log 2 + r with |r| < 0.35, n an integer. Adding 1.5 * 2^23 rounds to an integer, which the
 * sum's lowest bits then hold, with bias added: 2^(n + bias - 127) is bits << 23. n times the 24
 * bits of log 2 leaves an r that is exact. */
struct vmath_reduced {
    vf32 n, r;
    vi32 bits;
};

static inline struct vmath_reduced vmath_reduce(vf32 x, float bias)
{
    const vf32 magic = vf32_set1(0x1.8p23F + bias);
    const vf32 shifted = vf32_fma_once(x, vf32_set1(0x1.715476p0F), magic);
    const vf32 n = vf32_sub(shifted, magic);
    return (struct vmath_reduced){n, vf32_fma_once(n, vf32_set1(-0x1.62e430p-1F), x),
                                  vf32_as_vi32(shifted)};
}

/* r less what n times log 2 has beyond 24 bits, for |x| < 2^16; where e^x is added to 1, r will do.
 */
static inline vf32 vmath_reduced_low(struct vmath_reduced a)
{
    return vf32_fma_once(a.n, vf32_set1(0x1.05c610p-29F), a.r);
}

/* 2^(n + bias - 127), where that is a normal number. */
static inline vf32 vmath_power(vi32 bits)
{
    return vi32_as_vf32(vi32_shl(bits, 23));
}

/* q in e^r - 1 = r + square q, |r| < 0.35. */
static inline vf32 vmath_expm1_factor(vf32 r, vf32 square)
{
    vf32 q = vmath_step(vf32_set1(0x1.123ffcp-7F), r, 0x1.5554e2p-5F);
    q = vf32_fma_once(vf32_set1(0x1.6d5420p-10F), square, q);
    return vf32_fma_once(q, square, vmath_step(vf32_set1(0x1.555488p-3F), r, 0.5F));
}

static inline vf32 vmath_expm1_reduced(vf32 r)
{
    const vf32 square = vf32_mul(r, r);
    return vf32_fma_once(square, vmath_expm1_factor(r, square), r);
}

/* The least x for which e^x is not 0. */
#define VMATH_EXP_LEAST (-0x1.9fe368p6F)

/* Where no lane's 2^n is subnormal or infinite, one product does. */
static inline vf32 vmath_exp(vf32 x)
{
    const vf32 one = vf32_set1(1);
    if (vm32_all(vf32_lt(vf32_abs(x), vf32_set1(87)))) {
        const struct vmath_reduced a = vmath_reduce(x, 127);
        const vf32 power = vmath_power(a.bits);
        return vf32_fma_once(power, vmath_expm1_reduced(vmath_reduced_low(a)), power);
    }
    const struct vmath_reduced a = vmath_reduce(vmath_clamp(x, -104, 89), 127);
    const vf32 y = vf32_add(one, vmath_expm1_reduced(vmath_reduced_low(a)));
    const vm32 vanishes = vf32_lt(x, vf32_set1(VMATH_EXP_LEAST));
    return vf32_ldexp(vf32_select(vanishes, vf32_zero(), y), a.n);
}

/* factor (e^(x + rest) - 1) = factor 2^n (e^r - 1) + factor (2^n - 1) for x <= 0, rest being at
 * most x's rounding error. The roundings of both parts are made good, so that neighbours keep their
 * order where n changes. */
static inline vf32 vmath_expm1_negative(vf32 x, vf32 rest, vf32 factor)
{
    const struct vmath_reduced a = vmath_reduce(vf32_max(vf32_set1(-17.5F), x), 127);
    const vf32 square = vf32_mul(a.r, a.r);
    const vf32 bend = vf32_fma_once(square, vmath_expm1_factor(a.r, square), rest);
    const vf32 t = vf32_add(a.r, bend);
    const vf32 low = vf32_sub(bend, vf32_sub(t, a.r));
    const vf32 power = vmath_power(a.bits);
    const vf32 scaled = vf32_mul(factor, power);
    const vf32 base = vf32_sub(scaled, factor);
    const vf32 lost = vf32_sub(scaled, vf32_add(base, factor));
    return vf32_add(base, vf32_fma_once(scaled, t, vf32_fma_once(scaled, low, lost)));
}

/* What a function that is a long chain of steps hands from its first stage to its second; loops
 * over arrays run the two apart (activation.c). */
struct vmath_stage {
    vf32 a, b;
};

/* 1 / (1 + e^-x) for |x| <= VMATH_SIGMOID_NEAR. The denominator is kept 1.3125 times as large: its
 * rounding would count most just above a power of 2, and there t is rounded least. */
#define VMATH_SIGMOID_NEAR 13.5F

/* r and the power */
static inline struct vmath_stage vmath_sigmoid_begin(vf32 x)
{
    const struct vmath_reduced a = vmath_reduce(vf32_neg(x), 127);
    const vi32 rest = vi32_set1(0x280000);
    const vf32 power = vi32_as_vf32(vi32_or(vi32_shl(a.bits, 23), rest));
    return (struct vmath_stage){vmath_reduced_low(a), power};
}

static inline vf32 vmath_sigmoid_end(vf32 x, struct vmath_stage stage)
{
    (void)x;
    const vf32 one = vf32_set1(1.3125F);
    const vf32 t = vmath_expm1_reduced(stage.a);
    return vf32_div(one, vf32_fma_once(stage.b, t, vf32_add(stage.b, one)));
}

/* The same from there on: with e = e^-|x|, e - e^2 below 0 and 1 - e above, which is 1 from 26 on.
 */
static inline vf32 vmath_sigmoid_far(vf32 x)
{
    const vf32 one = vf32_set1(1);
    const vf32 down = vf32_or(x, vf32_set1(-0.0F));
    const struct vmath_reduced a = vmath_reduce(vf32_max(vf32_set1(-104), down), 127);
    const vf32 t = vmath_expm1_reduced(vmath_reduced_low(a));
    const vf32 p = vf32_add(one, t);
    const vf32 power = vmath_power(vi32_max(a.bits, vi32_set1(0x4b400000)));
    const vf32 inner = vf32_fma_once(vf32_mul(vf32_neg(power), p), p, t);
    const vm32 below = vf32_lt(x, vf32_zero());
    const vf32 least = vf32_select(below, vf32_set1(VMATH_EXP_LEAST), vf32_set1(-26));
    const vm32 vanishes = vf32_lt(down, least);
    const vf32 tail = vf32_ldexp(vf32_select(vanishes, vf32_zero(), vf32_add(one, inner)), a.n);
    return vf32_select(below, tail, vf32_sub(one, tail));
}

static inline vf32 vmath_sigmoid(vf32 x)
{
    const vm32 near = vf32_le(vf32_abs(x), vf32_set1(VMATH_SIGMOID_NEAR));
    const vf32 y = vmath_sigmoid_end(x, vmath_sigmoid_begin(x));
    return vm32_all(near) ? y : vf32_select(near, y, vmath_sigmoid_far(x));
}

/* factor / (1 + e^(x + low)) with |low| < 2^-8 for -42 <= x <= 120 and |factor| < 2^63; the
 * denominator is kept 2^64 times smaller, because the result may be subnormal. */
static inline vf32 vmath_divide_logistic(vf32 factor, vf32 x, vf32 low)
{
    const struct vmath_reduced a = vmath_reduce(x, 127 - 64);
    const vf32 r = vf32_add(a.r, vf32_fma_once(a.n, vf32_set1(0x1.05c610p-29F), low));
    const vf32 power = vmath_power(a.bits);
    const vf32 sum = vf32_add(power, vf32_set1(0x1p-64F));
    const vf32 d = vf32_fma_once(power, vmath_expm1_reduced(r), sum);
    return vf32_mul(vf32_div(factor, d), vf32_set1(0x1p-64F));
}

/* factor sigmoid(x + low), low being x's rounding error, in the same way. From |x| = 174 on, where
 * only a factor above 2^100 could leave anything, vanished (a zero) takes the place of the smaller
 * part. */
static inline vf32 vmath_sigmoid_gate(vf32 x, vf32 low, vf32 factor, vf32 vanished)
{
    const vf32 one = vf32_set1(1);
    const vf32 limit = vf32_set1(174);
    const vf32 sign = vf32_and(x, vf32_set1(-0.0F));
    const vf32 magnitude = vf32_xor(x, sign);
    const struct vmath_reduced a = vmath_reduce(vf32_min(limit, magnitude), 0);
    const vf32 part = vmath_expm1_reduced(vmath_reduced_low(a));
    const vm32 far = vf32_ge(magnitude, limit);
    const vf32 shift = vf32_select(far, vf32_zero(), vf32_xor(low, sign));
    const vf32 t = vf32_fma_once(vf32_add(part, one), shift, part);
    const vi32 exponent = vi32_sub(vi32_set1(0x4b400000 + 127), a.bits);
    const vf32 power = vi32_as_vf32(vi32_shl(vi32_max(exponent, vi32_zero()), 23));
    const vf32 d = vf32_add(one, vf32_add(power, t));
    const vf32 kept = vf32_select(far, vanished, factor);
    const vf32 tail = vf32_ldexp(vf32_div(kept, d), vf32_neg(a.n));
    const vm32 finite = vf32_lt(vf32_abs(tail), vf32_set1(INFINITY));
    const vf32 larger = vf32_select(finite, vf32_sub(factor, tail), factor);
    return vf32_select(vf32_lt(x, vf32_zero()), tail, larger);
}

/* (e^(2 |x|) + 1) / 2, twice */
static inline struct vmath_stage vmath_tanh_begin(vf32 x)
{
    const vf32 magnitude = vf32_abs(x);
    const vf32 doubled = vf32_min(vf32_set1(19), vf32_add(magnitude, magnitude));
    const struct vmath_reduced a = vmath_reduce(doubled, 127 - 1);
    const vf32 power = vmath_power(a.bits);
    const vf32 sum = vf32_add(power, vf32_set1(0.5F));
    const vf32 d = vf32_fma_once(power, vmath_expm1_reduced(a.r), sum);
    return (struct vmath_stage){d, d};
}

/* x + x^3 q(x^2) below 0.55; above, 1 - 1 / d, in which every step is monotone. */
static inline vf32 vmath_tanh_end(vf32 x, struct vmath_stage stage)
{
    const vf32 sign = vf32_and(x, vf32_set1(-0.0F));
    const vf32 z = vf32_mul(x, x);
    vf32 q = vf32_set1(-0x1.9c9494p-8F);
    q = vmath_step(q, z, 0x1.598266p-6F);
    q = vmath_step(q, z, -0x1.b931fap-5F);
    q = vmath_step(q, z, 0x1.110d6ap-3F);
    q = vmath_step(q, z, -0x1.55554cp-2F);
    const vf32 small = vf32_fma_once(vf32_mul(z, x), q, x);
    const vf32 one = vf32_set1(1);
    const vf32 large = vf32_sub(one, vf32_div(one, stage.a));
    return vf32_or(vf32_select(vf32_lt(z, vf32_set1(0.3025F)), small, large), sign);
}

static inline vf32 vmath_tanh(vf32 x)
{
    return vmath_tanh_end(x, vmath_tanh_begin(x));
}

/* log(1 + f) = f + f^2 q(f) with x = 2^k (1 + f), f in [-0.293, 0.415). */
static inline vf32 vmath_log(vf32 x)
{
    const vm32 subnormal = vf32_lt(x, vf32_set1(0x1p-126F));
    const vf32 scaled = vf32_select(subnormal, vf32_mul(x, vf32_set1(0x1p23F)), x);
    const vi32 bits = vf32_as_vi32(scaled);
    const vi32 power = vi32_sra(vi32_sub(bits, vi32_set1(0x3f3504f3)), 23);
    const vf32 f = vf32_sub(vi32_as_vf32(vi32_sub(bits, vi32_shl(power, 23))), vf32_set1(1));
    const vf32 k =
        vf32_sub(vi32_to_vf32(power), vf32_select(subnormal, vf32_set1(23), vf32_zero()));
    vf32 q = vf32_set1(-0x1.3a035ep-4F);
    q = vmath_step(q, f, 0x1.05ee74p-3F);
    q = vmath_step(q, f, -0x1.0d88e2p-3F);
    q = vmath_step(q, f, 0x1.22c28cp-3F);
    q = vmath_step(q, f, -0x1.546f34p-3F);
    q = vmath_step(q, f, 0x1.99a132p-3F);
    q = vmath_step(q, f, -0x1.000238p-2F);
    q = vmath_step(q, f, 0x1.555552p-2F);
    q = vmath_step(q, f, -0.5F);
    const vf32 tail = vf32_mul(k, vf32_set1(-0x1.05c610p-29F));
    const vf32 fraction = vf32_add(f, vf32_fma_once(vf32_mul(f, f), q, tail));
    const vf32 y = vf32_fma_once(k, vf32_set1(0x1.62e430p-1F), fraction);
    /* 0 gives -Inf, anything below and NaN a NaN, Inf itself. */
    const vf32 outside = vf32_select(vf32_eq(x, vf32_zero()), vf32_set1(-INFINITY),
                                     vf32_select(vf32_gt(x, vf32_zero()), x, vf32_set1(NAN)));
    const vm32 inside = vm32_and(vf32_gt(x, vf32_zero()), vf32_lt(x, vf32_set1(INFINITY)));
    return vf32_select(inside, y, outside);
}

/* log(1 + e^x) = max(x, 0) + log(1 + e), e = e^-|x| = 2^n (1 + t), log(1 + e) = e + e^2 q(e). Below
 * 1 the neighbours lie too close for that to be monotone: there log 2 + x / 2 + x^2 s(x^2). 2^n is
 * kept 2^64 times as large, because the result may be subnormal; e need not be less than 2^-100 in
 * a sum with 1. */
static inline struct vmath_stage vmath_softplus_begin(vf32 x)
{
    const vf32 down = vf32_or(x, vf32_set1(-0.0F));
    const struct vmath_reduced a = vmath_reduce(vf32_max(vf32_set1(-105), down), 127 + 64);
    return (struct vmath_stage){vmath_expm1_reduced(vmath_reduced_low(a)), vmath_power(a.bits)};
}

static inline vf32 vmath_softplus_end(vf32 x, struct vmath_stage stage)
{
    const vf32 one = vf32_set1(1);
    const vf32 scale = vf32_set1(0x1p-64F);
    const vf32 t = stage.a;
    const vf32 power = stage.b;
    const vf32 h = vf32_add(one, t);
    const vf32 e = vf32_mul(vf32_mul(h, vf32_max(power, vf32_set1(0x1p-36F))), scale);
    vf32 q = vf32_set1(0x1.cbaee4p-5F);
    q = vmath_step(q, e, -0x1.1300c4p-3F);
    q = vmath_step(q, e, 0x1.8c90cap-3F);
    q = vmath_step(q, e, -0x1.fec07cp-3F);
    q = vmath_step(q, e, 0x1.554fa2p-2F);
    q = vmath_step(q, e, -0.5F);
    const vf32 inner = vf32_add(one, vf32_fma_once(vf32_mul(e, h), q, t));
    const vf32 least =
        vf32_select(vf32_lt(x, vf32_zero()), vf32_set1(VMATH_EXP_LEAST), vf32_set1(-26));
    const vm32 vanishes = vf32_lt(vf32_or(x, vf32_set1(-0.0F)), least);
    const vf32 scaled = vf32_select(vanishes, vf32_zero(), vf32_mul(inner, power));
    const vf32 far = vf32_fma_once(scaled, scale, vf32_max(vf32_zero(), x));

    const vf32 z = vf32_mul(x, x);
    vf32 s = vf32_set1(-0x1.6d8e3ep-16F);
    s = vmath_step(s, z, 0x1.6840bap-12F);
    s = vmath_step(s, z, -0x1.554186p-8F);
    s = vmath_step(s, z, 0x1.ffffe0p-4F);
    const vf32 near =
        vf32_add(vf32_set1(0x1.62e430p-1F), vf32_fma_once(z, s, vf32_mul(x, vf32_set1(0.5F))));
    return vf32_select(vf32_lt(vf32_abs(x), one), near, far);
}

static inline vf32 vmath_softplus(vf32 x)
{
    return vmath_softplus_end(x, vmath_softplus_begin(x));
}

/* erf x = x + x q(x^2 - 0.75) below 1.125; above, 1 - s(x - 2.5)^4, which reaches 1 at 3.917
 * and is kept from falling below it again. */
static inline vf32 vmath_erf(vf32 x)
{
    const vf32 one = vf32_set1(1);
    const vf32 sign = vf32_and(x, vf32_set1(-0.0F));
    const vf32 magnitude = vf32_min(vf32_set1(0x1.f562ccp1F), vf32_xor(x, sign));
    const vf32 z = vf32_fma_once(magnitude, magnitude, vf32_set1(-0.75F));
    vf32 q = vf32_set1(0x1.29c7dap-14F);
    q = vmath_step(q, z, -0x1.e0accep-12F);
    q = vmath_step(q, z, 0x1.74c0b8p-9F);
    q = vmath_step(q, z, -0x1.efced4p-7F);
    q = vmath_step(q, z, 0x1.1219f0p-4F);
    q = vmath_step(q, z, -0x1.f4eac6p-3F);
    q = vmath_step(q, z, -0x1.9a0bb2p-4F);
    const vf32 small = vf32_fma_once(magnitude, q, magnitude);

    const vf32 u = vf32_sub(magnitude, vf32_set1(2.5F));
    vf32 s = vf32_set1(-0x1.9e7646p-18F);
    s = vmath_step(s, u, -0x1.b1c7b2p-13F);
    s = vmath_step(s, u, 0x1.b9d30cp-15F);
    s = vmath_step(s, u, 0x1.657d1cp-9F);
    s = vmath_step(s, u, -0x1.a8bf9cp-8F);
    s = vmath_step(s, u, -0x1.92fdf6p-7F);
    s = vmath_step(s, u, 0x1.7f89cap-4F);
    s = vmath_step(s, u, -0x1.853f78p-3F);
    s = vmath_step(s, u, 0x1.22e1dep-3F);
    const vf32 square = vf32_mul(s, s);
    const vf32 large = vf32_sub(one, vf32_mul(square, square));
    return vf32_or(vf32_select(vf32_lt(magnitude, vf32_set1(1.125F)), small, large), sign);
}

/* x Phi(x), Phi the normal distribution. Below 1 that is x (1/2 + x p(x^2)); beyond, with t = |x|,
 * max(x, 0) - e^(-t^2 / 2) q(v), v = (t - 2.5) / (t + 2.5). The square's rounding error would count
 * t^2 times over. The power is kept 2^64 times as large, because the result may be subnormal; it is
 * -0 below -14.356. */
static inline vf32 vmath_gelu(vf32 x)
{
    const vf32 magnitude = vf32_abs(x);
    const vf32 t = vf32_min(vf32_set1(14.5F), magnitude);
    const vf32 centre = vf32_set1(2.5F);
    const vf32 v = vf32_div(vf32_sub(t, centre), vf32_add(t, centre));
    vf32 q = vf32_set1(-0x1.07623ep-12F);
    q = vmath_step(q, v, 0x1.ad3ee0p-10F);
    q = vmath_step(q, v, 0x1.4c3b82p-11F);
    q = vmath_step(q, v, -0x1.27d096p-7F);
    q = vmath_step(q, v, -0x1.d7bc30p-9F);
    q = vmath_step(q, v, 0x1.213e0cp-4F);
    q = vmath_step(q, v, -0x1.34f186p-3F);
    q = vmath_step(q, v, 0x1.1783fap-3F);
    q = vmath_step(q, v, 0x1.69cee6p-2F);
    const vf32 minus_half = vf32_mul(t, vf32_set1(-0.5F));
    const vf32 square = vf32_mul(t, minus_half);
    const vf32 error = vf32_fma_once(t, minus_half, vf32_neg(square));
    const struct vmath_reduced a = vmath_reduce(square, 127 + 64);
    const vf32 r = vf32_add(a.r, vf32_fma_once(a.n, vf32_set1(0x1.05c610p-29F), error));
    const vm32 vanishes = vf32_lt(x, vf32_set1(-0x1.cb64e8p3F));
    const vf32 scaled = vf32_select(vanishes, vf32_zero(), vf32_mul(q, vmath_power(a.bits)));
    const vf32 tail = vf32_fma_once(scaled, vmath_expm1_reduced(r), scaled);
    const vf32 far = vf32_fma_once(tail, vf32_set1(-0x1p-64F), vf32_max(vf32_set1(-0.0F), x));

    const vf32 z = vf32_mul(x, x);
    vf32 p = vf32_set1(-0x1.0fe458p-17F);
    p = vmath_step(p, z, 0x1.e19890p-14F);
    p = vmath_step(p, z, -0x1.376084p-10F);
    p = vmath_step(p, z, 0x1.46d48cp-7F);
    p = vmath_step(p, z, -0x1.10585ep-4F);
    p = vmath_step(p, z, 0x1.988454p-2F);
    const vf32 near = vf32_mul(x, vf32_fma_once(x, p, vf32_set1(0.5F)));
    return vf32_select(vf32_lt(magnitude, vf32_set1(1)), near, far);
}

#endif
