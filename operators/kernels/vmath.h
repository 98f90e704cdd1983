/* Elementary functions over vectors of float32, the same bits in every width. Errors, measured over
 * all 2^32 inputs, stand in operators/README.md; tools/exactness derives the coefficients and
 * repeats the measurement.
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

/* e^x = 2^n (1 + r + w) with |r| < 0.35 exact and |w| < 0.07 to about 2^-27, for |x| < 2^16. Adding
 * 1.5 * 2^23 rounds to an integer, which bits then holds in its lowest ones; the high part of
 * log 2 has 15 bits, so that n times it is exact. */
struct vmath_exp_parts {
    vf32 n, r, w;
    vi32 bits;
};

static inline struct vmath_exp_parts vmath_exp_split(vf32 x)
{
    const vf32 magic = vf32_set1(0x1.8p23F);
    const vf32 shifted = vf32_fma_once(x, vf32_set1(0x1.715476p0F), magic);
    const vf32 n = vf32_sub(shifted, magic);
    const vf32 r = vf32_fma_once(n, vf32_set1(-0x1.62e4p-1F), x);
    const vf32 tail = vf32_mul(n, vf32_set1(-0x1.7f7d1cp-20F));
    const vf32 reduced = vf32_add(r, tail);
    vf32 q = vf32_set1(0x1.6d5420p-10F);
    q = vmath_step(q, reduced, 0x1.123ffcp-7F);
    q = vmath_step(q, reduced, 0x1.5554e2p-5F);
    q = vmath_step(q, reduced, 0x1.555488p-3F);
    q = vmath_step(q, reduced, 0.5F);
    const vf32 w = vf32_fma_once(vf32_mul(reduced, reduced), q, tail);
    return (struct vmath_exp_parts){n, r, w, vf32_as_vi32(shifted)};
}

/* 2^n, where that is a normal number. */
static inline vf32 vmath_power(vi32 bits)
{
    return vi32_as_vf32(vi32_shl(vi32_add(bits, vi32_set1(127)), 23));
}

static inline vf32 vmath_exp(vf32 x)
{
    const struct vmath_exp_parts e = vmath_exp_split(vmath_clamp(x, -104, 89));
    return vf32_ldexp(vf32_add(vf32_set1(1), vf32_add(e.r, e.w)), e.n);
}

/* factor (e^x - 1) for x <= 0 as it is rounded once: 2^n - 1 and 2^n r are exact, their sum is kept
 * with its error. */
static inline vf32 vmath_expm1_negative(vf32 x, vf32 factor)
{
    const struct vmath_exp_parts e = vmath_exp_split(vf32_max(vf32_set1(-20), x));
    const vf32 power = vmath_power(e.bits);
    const vf32 base = vf32_sub(power, vf32_set1(1));
    const vf32 linear = vf32_mul(power, e.r);
    const vf32 high = vf32_add(base, linear);
    const vf32 error = vf32_sub(linear, vf32_sub(high, base));
    const vf32 low = vf32_fma_once(power, e.w, error);
    return vf32_fma_once(factor, high, vf32_mul(factor, low));
}

/* 1 / (1 + e^|x|) = 2^-n / (1 + 2^-n + r + w), or 1 less that for x >= 0; the quotient is corrected
 * by the errors of the denominator and of the division. 2^-n is kept 2^64 too large until the end,
 * because the result may be subnormal. */
static inline vf32 vmath_sigmoid(vf32 x)
{
    const vf32 one = vf32_set1(1);
    const vf32 down = vf32_set1(0x1p-64F);
    const struct vmath_exp_parts e = vmath_exp_split(vf32_min(vf32_set1(120), vf32_abs(x)));
    const vi32 exponent = vi32_sub(vi32_set1(0x4b400000 + 127 + 64), e.bits);
    const vf32 power = vi32_as_vf32(vi32_shl(exponent, 23));
    const vf32 v = vf32_add(vf32_mul(power, down), vf32_add(e.r, e.w));
    const vf32 d = vf32_add(one, v);
    const vf32 error = vf32_sub(v, vf32_sub(d, one));
    const vf32 inverse = vf32_div(one, d);
    const vf32 minus = vf32_neg(inverse);
    const vf32 rest = vf32_fma_once(minus, error, vf32_fma_once(minus, d, one));
    const vf32 y = vf32_fma_once(inverse, rest, inverse);
    const vf32 tail = vf32_mul(vf32_mul(y, power), down);
    return vf32_select(vf32_lt(x, vf32_zero()), tail, vf32_sub(one, tail));
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
    const struct vmath_exp_parts e = vmath_exp_split(vf32_min(limit, magnitude));
    const vf32 part = vf32_add(e.r, e.w);
    const vm32 far = vf32_ge(magnitude, limit);
    const vf32 shift = vf32_select(far, vf32_zero(), vf32_xor(low, sign));
    const vf32 t = vf32_fma_once(vf32_add(part, one), shift, part);
    const vi32 exponent = vi32_sub(vi32_set1(0x4b400000 + 127), e.bits);
    const vf32 power = vi32_as_vf32(vi32_shl(vi32_max(exponent, vi32_zero()), 23));
    const vf32 d = vf32_add(one, vf32_add(power, t));
    const vf32 kept = vf32_select(far, vanished, factor);
    const vf32 tail = vf32_ldexp(vf32_div(kept, d), vf32_neg(e.n));
    const vm32 finite = vf32_lt(vf32_abs(tail), vf32_set1(INFINITY));
    const vf32 larger = vf32_select(finite, vf32_sub(factor, tail), factor);
    return vf32_select(vf32_lt(x, vf32_zero()), tail, larger);
}

/* x + x^3 q(x^2) below 0.6; above, 1 - 2 / (e^(2 |x|) + 1), in which every step is monotone. */
static inline vf32 vmath_tanh(vf32 x)
{
    const vf32 magnitude = vf32_abs(x);
    const vf32 z = vf32_mul(x, x);
    vf32 q = vf32_set1(0x1.225e3ap-9F);
    q = vmath_step(q, z, -0x1.0e50e2p-7F);
    q = vmath_step(q, z, 0x1.63f936p-6F);
    q = vmath_step(q, z, -0x1.b9f766p-5F);
    q = vmath_step(q, z, 0x1.11108cp-3F);
    q = vmath_step(q, z, -0x1.555554p-2F);
    const vf32 small = vf32_fma_once(vf32_mul(z, magnitude), q, magnitude);

    const vf32 doubled = vf32_min(vf32_set1(19), vf32_add(magnitude, magnitude));
    const struct vmath_exp_parts e = vmath_exp_split(doubled);
    const vf32 p = vf32_add(vf32_set1(1), vf32_add(e.r, e.w));
    const vf32 d = vf32_add(vf32_mul(p, vmath_power(e.bits)), vf32_set1(1));
    const vf32 large = vf32_sub(vf32_set1(1), vf32_div(vf32_set1(2), d));
    return vf32_copysign(vf32_select(vf32_lt(magnitude, vf32_set1(0.6F)), small, large), x);
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

/* log(1 + e^x) = max(x, 0) + log(1 + e), e = e^-|x|, log(1 + e) = e + e^2 q(e). Around 0 the
 * neighbours lie too close for that to be monotone: there log 2 + x / 2 + x^2 s(x^2). */
static inline vf32 vmath_softplus(vf32 x)
{
    const vf32 one = vf32_set1(1);
    const vf32 magnitude = vf32_abs(x);
    const struct vmath_exp_parts p =
        vmath_exp_split(vf32_max(vf32_set1(-105), vf32_neg(magnitude)));
    const vf32 t = vf32_add(p.r, p.w);
    const vf32 h = vf32_add(one, t);
    const vf32 low = vf32_add(vf32_sub(t, vf32_sub(h, one)), vf32_sub(p.w, vf32_sub(t, p.r)));
    const vi32 least = vi32_set1(0x4b400000 - 126);
    const vf32 e = vf32_mul(h, vmath_power(vi32_max(p.bits, least)));
    vf32 q = vf32_set1(0x1.20eba6p-9F);
    q = vmath_step(q, e, -0x1.d57cf4p-7F);
    q = vmath_step(q, e, 0x1.64daf2p-5F);
    q = vmath_step(q, e, -0x1.5c7a80p-4F);
    q = vmath_step(q, e, 0x1.0281b6p-3F);
    q = vmath_step(q, e, -0x1.4be012p-3F);
    q = vmath_step(q, e, 0x1.97f9b6p-3F);
    q = vmath_step(q, e, -0x1.ffd92ep-3F);
    q = vmath_step(q, e, 0x1.55549cp-2F);
    q = vmath_step(q, e, -0.5F);
    const vf32 inner = vf32_add(h, vf32_fma_once(vf32_mul(e, h), q, low));
    const vf32 far = vf32_add(vf32_max(vf32_zero(), x), vf32_ldexp(inner, p.n));

    const vf32 z = vf32_mul(x, x);
    vf32 s = vf32_set1(-0x1.6d8e3ep-16F);
    s = vmath_step(s, z, 0x1.6840bap-12F);
    s = vmath_step(s, z, -0x1.554186p-8F);
    s = vmath_step(s, z, 0x1.ffffe0p-4F);
    const vf32 near =
        vf32_add(vf32_set1(0x1.62e430p-1F), vf32_fma_once(z, s, vf32_mul(x, vf32_set1(0.5F))));
    return vf32_select(vf32_lt(magnitude, one), near, far);
}

/* erf x = x + x q(x^2) below 1; above, 1 - e^-q(x - 1), and 1 from 4 on. */
static inline vf32 vmath_erf(vf32 x)
{
    const vf32 magnitude = vf32_min(vf32_set1(4), vf32_abs(x));
    const vf32 z = vf32_mul(magnitude, magnitude);
    vf32 q = vf32_set1(-0x1.1fd45cp-17F);
    q = vmath_step(q, z, 0x1.c77348p-14F);
    q = vmath_step(q, z, -0x1.b99eb6p-11F);
    q = vmath_step(q, z, 0x1.55dcc6p-8F);
    q = vmath_step(q, z, -0x1.b821e6p-6F);
    q = vmath_step(q, z, 0x1.ce2ea0p-4F);
    q = vmath_step(q, z, -0x1.812744p-2F);
    q = vmath_step(q, z, 0x1.06eba8p-3F);
    const vf32 small = vf32_fma_once(magnitude, q, magnitude);

    const vf32 u = vf32_sub(magnitude, vf32_set1(1));
    vf32 s = vf32_set1(-0x1.c85e2cp-16F);
    s = vmath_step(s, u, 0x1.ce73dcp-13F);
    s = vmath_step(s, u, -0x1.712708p-11F);
    s = vmath_step(s, u, 0x1.fb33fcp-11F);
    s = vmath_step(s, u, 0x1.93f1f4p-11F);
    s = vmath_step(s, u, -0x1.31f73ep-7F);
    s = vmath_step(s, u, 0x1.52a14ep-5F);
    s = vmath_step(s, u, 0x1.afb09ep-1F);
    s = vmath_step(s, u, 0x1.51c99ap+1F);
    s = vmath_step(s, u, 0x1.d97fc0p+0F);
    const struct vmath_exp_parts e = vmath_exp_split(vf32_neg(s));
    const vf32 p = vf32_add(vf32_set1(1), vf32_add(e.r, e.w));
    const vf32 large = vf32_sub(vf32_set1(1), vf32_mul(p, vmath_power(e.bits)));
    return vf32_copysign(vf32_select(vf32_lt(magnitude, vf32_set1(1)), small, large), x);
}

/* The normal distribution's Phi(-t) for t >= 0, which is e^(-t^2 / 2) q(v) / (t + 3) with
 * v = (t - 3) / (t + 3), times factor. */
static inline vf32 vmath_normal_tail(vf32 t, vf32 factor)
{
    const vf32 three = vf32_set1(3);
    const vf32 clamped = vf32_min(vf32_set1(14.5F), t);
    const vf32 sum = vf32_add(clamped, three);
    const vf32 larger = vf32_max(clamped, three);
    const vf32 sum_error = vf32_sub(vf32_min(clamped, three), vf32_sub(sum, larger));
    const vf32 inverse = vf32_div(vf32_set1(1), sum);
    const vf32 v = vf32_mul(vf32_sub(clamped, three), inverse);
    vf32 q = vf32_set1(0x1.cb7f82p-15F);
    q = vmath_step(q, v, 0x1.25fa0cp-13F);
    q = vmath_step(q, v, -0x1.e76496p-13F);
    q = vmath_step(q, v, -0x1.105e24p-10F);
    q = vmath_step(q, v, 0x1.091f8ap-10F);
    q = vmath_step(q, v, 0x1.c8cee6p-8F);
    q = vmath_step(q, v, -0x1.56ac76p-7F);
    q = vmath_step(q, v, -0x1.832ceap-5F);
    q = vmath_step(q, v, 0x1.d71328p-3F);
    q = vmath_step(q, v, -0x1.04c72ap-1F);
    q = vmath_step(q, v, 0x1.754a76p-1F);
    /* The square's rounding error would count t^2 times over. */
    const vf32 minus_half = vf32_mul(clamped, vf32_set1(-0.5F));
    const vf32 square = vf32_mul(clamped, minus_half);
    const vf32 error = vf32_fma_once(clamped, minus_half, vf32_neg(square));
    const struct vmath_exp_parts e = vmath_exp_split(square);
    const vf32 part = vf32_add(e.r, e.w);
    const vf32 whole = vf32_fma_once(vf32_add(part, vf32_set1(1)), error, part);
    const vf32 product = vf32_mul(factor, q);
    const vf32 near = vf32_mul(product, inverse);
    const vf32 rest = vf32_fma_once(vf32_neg(near), sum, product);
    const vf32 y = vf32_fma_once(vf32_fma_once(vf32_neg(near), sum_error, rest), inverse, near);
    return vf32_ldexp(vf32_fma_once(y, whole, y), e.n);
}

#endif
