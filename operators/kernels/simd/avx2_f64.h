/* The vector vocabulary over AVX2 and FMA: 4 lanes of double and int64. What each word means:
 * simd.h. */
#ifndef KERNELS_SIMD_AVX2_F64_H
#define KERNELS_SIMD_AVX2_F64_H

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define VF64_LANES 4

typedef __m256d vf64;
typedef __m256i vi64;
typedef __m256d vm64;

/* Masks. */

static inline vm64 vm64_first(int n)
{
    const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
    return _mm256_castsi256_pd(_mm256_cmpgt_epi64(_mm256_set1_epi64x(n), lane));
}

static inline vm64 vm64_and(vm64 a, vm64 b)
{
    return _mm256_and_pd(a, b);
}

static inline vm64 vm64_or(vm64 a, vm64 b)
{
    return _mm256_or_pd(a, b);
}

static inline vm64 vm64_not(vm64 a)
{
    return _mm256_xor_pd(a, _mm256_castsi256_pd(_mm256_set1_epi64x(-1)));
}

/* One bit a lane, lane 0 lowest. */
static inline uint32_t vm64_bits(vm64 a)
{
    return (uint32_t)_mm256_movemask_pd(a);
}

static inline bool vm64_any(vm64 a)
{
    return vm64_bits(a) != 0;
}

static inline bool vm64_all(vm64 a)
{
    return vm64_bits(a) == 0xf;
}

/* Memory; load_f32 and store_f32 convert VF64_LANES floats. */

static inline vf64 vf64_set1(double x)
{
    return _mm256_set1_pd(x);
}

static inline vf64 vf64_zero(void)
{
    return _mm256_setzero_pd();
}

static inline vf64 vf64_load(const double *p)
{
    return _mm256_loadu_pd(p);
}

static inline void vf64_store(double *p, vf64 v)
{
    _mm256_storeu_pd(p, v);
}

static inline vf64 vf64_load_n(const double *p, int n)
{
    return _mm256_maskload_pd(p, _mm256_castpd_si256(vm64_first(n)));
}

static inline void vf64_store_n(double *p, vf64 v, int n)
{
    _mm256_maskstore_pd(p, _mm256_castpd_si256(vm64_first(n)), v);
}

static inline vf64 vf64_load_f32(const float *p)
{
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
}

static inline void vf64_store_f32(float *p, vf64 v)
{
    _mm_storeu_ps(p, _mm256_cvtpd_ps(v));
}

/* Arithmetic. */

static inline vf64 vf64_add(vf64 a, vf64 b)
{
    return _mm256_add_pd(a, b);
}

static inline vf64 vf64_sub(vf64 a, vf64 b)
{
    return _mm256_sub_pd(a, b);
}

static inline vf64 vf64_mul(vf64 a, vf64 b)
{
    return _mm256_mul_pd(a, b);
}

static inline vf64 vf64_div(vf64 a, vf64 b)
{
    return _mm256_div_pd(a, b);
}

static inline vf64 vf64_fma(vf64 a, vf64 b, vf64 c)
{
    return _mm256_fmadd_pd(a, b, c);
}

static inline vf64 vf64_fnma(vf64 a, vf64 b, vf64 c)
{
    return _mm256_fnmadd_pd(a, b, c);
}

static inline vf64 vf64_min(vf64 a, vf64 b)
{
    return _mm256_min_pd(a, b);
}

static inline vf64 vf64_max(vf64 a, vf64 b)
{
    return _mm256_max_pd(a, b);
}

static inline vf64 vf64_sqrt(vf64 a)
{
    return _mm256_sqrt_pd(a);
}

static inline vf64 vf64_round(vf64 a)
{
    return _mm256_round_pd(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static inline vf64 vf64_floor(vf64 a)
{
    return _mm256_round_pd(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}

static inline vf64 vf64_ceil(vf64 a)
{
    return _mm256_round_pd(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
}

static inline vf64 vf64_trunc(vf64 a)
{
    return _mm256_round_pd(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

/* Bits. */

static inline vf64 vf64_and(vf64 a, vf64 b)
{
    return _mm256_and_pd(a, b);
}

static inline vf64 vf64_or(vf64 a, vf64 b)
{
    return _mm256_or_pd(a, b);
}

static inline vf64 vf64_xor(vf64 a, vf64 b)
{
    return _mm256_xor_pd(a, b);
}

/* ~a & b */
static inline vf64 vf64_andnot(vf64 a, vf64 b)
{
    return _mm256_andnot_pd(a, b);
}

static inline vf64 vf64_abs(vf64 a)
{
    return _mm256_andnot_pd(_mm256_set1_pd(-0.0), a);
}

static inline vf64 vf64_neg(vf64 a)
{
    return _mm256_xor_pd(_mm256_set1_pd(-0.0), a);
}

static inline vf64 vf64_copysign(vf64 magnitude, vf64 sign)
{
    const vf64 bit = _mm256_set1_pd(-0.0);
    return _mm256_or_pd(_mm256_and_pd(bit, sign), _mm256_andnot_pd(bit, magnitude));
}

/* Comparison. */

static inline vm64 vf64_lt(vf64 a, vf64 b)
{
    return _mm256_cmp_pd(a, b, _CMP_LT_OQ);
}

static inline vm64 vf64_le(vf64 a, vf64 b)
{
    return _mm256_cmp_pd(a, b, _CMP_LE_OQ);
}

static inline vm64 vf64_gt(vf64 a, vf64 b)
{
    return _mm256_cmp_pd(a, b, _CMP_GT_OQ);
}

static inline vm64 vf64_ge(vf64 a, vf64 b)
{
    return _mm256_cmp_pd(a, b, _CMP_GE_OQ);
}

static inline vm64 vf64_eq(vf64 a, vf64 b)
{
    return _mm256_cmp_pd(a, b, _CMP_EQ_OQ);
}

static inline vm64 vf64_ne(vf64 a, vf64 b)
{
    return _mm256_cmp_pd(a, b, _CMP_NEQ_UQ);
}

static inline vm64 vf64_unordered(vf64 a, vf64 b)
{
    return _mm256_cmp_pd(a, b, _CMP_UNORD_Q);
}

static inline vf64 vf64_select(vm64 mask, vf64 yes, vf64 no)
{
    return _mm256_blendv_pd(no, yes, mask);
}

/* Reduction over the lanes. */

static inline double vf64_reduce_add(vf64 a)
{
    const __m128d s = _mm_add_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd(a, 1));
    return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
}

/* NaN if a lane is. */
static inline double vf64_reduce_max(vf64 a)
{
    if (vm64_any(vf64_unordered(a, a))) {
        return (double)NAN;
    }
    const __m128d s = _mm_max_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd(a, 1));
    return _mm_cvtsd_f64(_mm_max_sd(s, _mm_unpackhi_pd(s, s)));
}

/* NaN if a lane is. */
static inline double vf64_reduce_min(vf64 a)
{
    if (vm64_any(vf64_unordered(a, a))) {
        return (double)NAN;
    }
    const __m128d s = _mm_min_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd(a, 1));
    return _mm_cvtsd_f64(_mm_min_sd(s, _mm_unpackhi_pd(s, s)));
}

/* Int64: what exponents are made of. */

static inline vi64 vi64_set1(int64_t x)
{
    return _mm256_set1_epi64x(x);
}

static inline vi64 vi64_add(vi64 a, vi64 b)
{
    return _mm256_add_epi64(a, b);
}

static inline vi64 vi64_sub(vi64 a, vi64 b)
{
    return _mm256_sub_epi64(a, b);
}

static inline vi64 vi64_and(vi64 a, vi64 b)
{
    return _mm256_and_si256(a, b);
}

static inline vi64 vi64_or(vi64 a, vi64 b)
{
    return _mm256_or_si256(a, b);
}

static inline vi64 vi64_xor(vi64 a, vi64 b)
{
    return _mm256_xor_si256(a, b);
}

static inline vi64 vi64_shl(vi64 a, int count)
{
    return _mm256_slli_epi64(a, count);
}

static inline vi64 vi64_shr(vi64 a, int count)
{
    return _mm256_srli_epi64(a, count);
}

static inline vi64 vf64_as_vi64(vf64 a)
{
    return _mm256_castpd_si256(a);
}

static inline vf64 vi64_as_vf64(vi64 a)
{
    return _mm256_castsi256_pd(a);
}

#endif
