/* The vector vocabulary over AVX-512 F and DQ: 8 lanes of double and int64. What each word means:
 * simd.h. */
#ifndef KERNELS_SIMD_AVX512_F64_H
#define KERNELS_SIMD_AVX512_F64_H

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define VF64_LANES 8

typedef __m512d vf64;
typedef __m512i vi64;
typedef __mmask8 vm64;

/* Masks. */

static inline vm64 vm64_first(int n)
{
    return (__mmask8)((1U << n) - 1);
}

static inline vm64 vm64_and(vm64 a, vm64 b)
{
    return _kand_mask8(a, b);
}

static inline vm64 vm64_or(vm64 a, vm64 b)
{
    return _kor_mask8(a, b);
}

static inline vm64 vm64_not(vm64 a)
{
    return _knot_mask8(a);
}

/* One bit a lane, lane 0 lowest. */
static inline uint32_t vm64_bits(vm64 a)
{
    return a;
}

static inline bool vm64_any(vm64 a)
{
    return vm64_bits(a) != 0;
}

static inline bool vm64_all(vm64 a)
{
    return vm64_bits(a) == 0xff;
}

/* Memory; load_f32 and store_f32 convert VF64_LANES floats. */

static inline vf64 vf64_set1(double x)
{
    return _mm512_set1_pd(x);
}

static inline vf64 vf64_zero(void)
{
    return _mm512_setzero_pd();
}

static inline vf64 vf64_load(const double *p)
{
    return _mm512_loadu_pd(p);
}

static inline void vf64_store(double *p, vf64 v)
{
    _mm512_storeu_pd(p, v);
}

static inline vf64 vf64_load_n(const double *p, int n)
{
    return _mm512_maskz_loadu_pd(vm64_first(n), p);
}

static inline void vf64_store_n(double *p, vf64 v, int n)
{
    _mm512_mask_storeu_pd(p, vm64_first(n), v);
}

static inline vf64 vf64_load_f32(const float *p)
{
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}

static inline void vf64_store_f32(float *p, vf64 v)
{
    _mm256_storeu_ps(p, _mm512_cvtpd_ps(v));
}

/* Arithmetic. */

static inline vf64 vf64_add(vf64 a, vf64 b)
{
    return _mm512_add_pd(a, b);
}

static inline vf64 vf64_sub(vf64 a, vf64 b)
{
    return _mm512_sub_pd(a, b);
}

static inline vf64 vf64_mul(vf64 a, vf64 b)
{
    return _mm512_mul_pd(a, b);
}

static inline vf64 vf64_div(vf64 a, vf64 b)
{
    return _mm512_div_pd(a, b);
}

static inline vf64 vf64_fma(vf64 a, vf64 b, vf64 c)
{
    return _mm512_fmadd_pd(a, b, c);
}

static inline vf64 vf64_fnma(vf64 a, vf64 b, vf64 c)
{
    return _mm512_fnmadd_pd(a, b, c);
}

static inline vf64 vf64_min(vf64 a, vf64 b)
{
    return _mm512_min_pd(a, b);
}

static inline vf64 vf64_max(vf64 a, vf64 b)
{
    return _mm512_max_pd(a, b);
}

static inline vf64 vf64_sqrt(vf64 a)
{
    return _mm512_sqrt_pd(a);
}

static inline vf64 vf64_round(vf64 a)
{
    return _mm512_roundscale_pd(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static inline vf64 vf64_floor(vf64 a)
{
    return _mm512_roundscale_pd(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}

static inline vf64 vf64_ceil(vf64 a)
{
    return _mm512_roundscale_pd(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
}

static inline vf64 vf64_trunc(vf64 a)
{
    return _mm512_roundscale_pd(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

/* Bits. */

static inline vf64 vf64_and(vf64 a, vf64 b)
{
    return _mm512_and_pd(a, b);
}

static inline vf64 vf64_or(vf64 a, vf64 b)
{
    return _mm512_or_pd(a, b);
}

static inline vf64 vf64_xor(vf64 a, vf64 b)
{
    return _mm512_xor_pd(a, b);
}

/* ~a & b */
static inline vf64 vf64_andnot(vf64 a, vf64 b)
{
    return _mm512_andnot_pd(a, b);
}

static inline vf64 vf64_abs(vf64 a)
{
    return _mm512_andnot_pd(_mm512_set1_pd(-0.0), a);
}

static inline vf64 vf64_neg(vf64 a)
{
    return _mm512_xor_pd(_mm512_set1_pd(-0.0), a);
}

static inline vf64 vf64_copysign(vf64 magnitude, vf64 sign)
{
    /* 0xca: for each bit of the first operand, the second where it is set, else the third. */
    const __m512i bit = _mm512_set1_epi64(INT64_MIN);
    return _mm512_castsi512_pd(_mm512_ternarylogic_epi64(bit, _mm512_castpd_si512(sign),
                                                         _mm512_castpd_si512(magnitude), 0xca));
}

/* Comparison. */

static inline vm64 vf64_lt(vf64 a, vf64 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}

static inline vm64 vf64_le(vf64 a, vf64 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ);
}

static inline vm64 vf64_gt(vf64 a, vf64 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ);
}

static inline vm64 vf64_ge(vf64 a, vf64 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_GE_OQ);
}

static inline vm64 vf64_eq(vf64 a, vf64 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ);
}

static inline vm64 vf64_ne(vf64 a, vf64 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_NEQ_UQ);
}

static inline vm64 vf64_unordered(vf64 a, vf64 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_UNORD_Q);
}

static inline vf64 vf64_select(vm64 mask, vf64 yes, vf64 no)
{
    return _mm512_mask_blend_pd(mask, no, yes);
}

/* Reduction over the lanes. */

static inline double vf64_reduce_add(vf64 a)
{
    return _mm512_reduce_add_pd(a);
}

/* NaN if a lane is. */
static inline double vf64_reduce_max(vf64 a)
{
    return vm64_any(vf64_unordered(a, a)) ? (double)NAN : _mm512_reduce_max_pd(a);
}

/* NaN if a lane is. */
static inline double vf64_reduce_min(vf64 a)
{
    return vm64_any(vf64_unordered(a, a)) ? (double)NAN : _mm512_reduce_min_pd(a);
}

/* Int64: what exponents are made of. */

static inline vi64 vi64_set1(int64_t x)
{
    return _mm512_set1_epi64(x);
}

static inline vi64 vi64_add(vi64 a, vi64 b)
{
    return _mm512_add_epi64(a, b);
}

static inline vi64 vi64_sub(vi64 a, vi64 b)
{
    return _mm512_sub_epi64(a, b);
}

static inline vi64 vi64_and(vi64 a, vi64 b)
{
    return _mm512_and_si512(a, b);
}

static inline vi64 vi64_or(vi64 a, vi64 b)
{
    return _mm512_or_si512(a, b);
}

static inline vi64 vi64_xor(vi64 a, vi64 b)
{
    return _mm512_xor_si512(a, b);
}

static inline vi64 vi64_shl(vi64 a, int count)
{
    return _mm512_slli_epi64(a, (unsigned int)count);
}

static inline vi64 vi64_shr(vi64 a, int count)
{
    return _mm512_srli_epi64(a, (unsigned int)count);
}

static inline vi64 vf64_as_vi64(vf64 a)
{
    return _mm512_castpd_si512(a);
}

static inline vf64 vi64_as_vf64(vi64 a)
{
    return _mm512_castsi512_pd(a);
}

#endif
