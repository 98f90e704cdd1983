/* The vector vocabulary over AVX2, FMA and F16C: 8 lanes of float and int32, 4 of double.
 * What each word means: simd.h. */
#ifndef KERNELS_SIMD_AVX2_H
#define KERNELS_SIMD_AVX2_H

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define VF32_LANES 8

typedef __m256 vf32;
typedef __m256i vi32;
typedef __m256 vm32;

/* Masks. */

static inline vm32 vm32_first(int n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(n), lane));
}

static inline vm32 vm32_and(vm32 a, vm32 b)
{
    return _mm256_and_ps(a, b);
}

static inline vm32 vm32_or(vm32 a, vm32 b)
{
    return _mm256_or_ps(a, b);
}

static inline vm32 vm32_not(vm32 a)
{
    return _mm256_xor_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(-1)));
}

/* One bit a lane, lane 0 lowest. */
static inline uint32_t vm32_bits(vm32 a)
{
    return (uint32_t)_mm256_movemask_ps(a);
}

static inline bool vm32_any(vm32 a)
{
    return vm32_bits(a) != 0;
}

static inline bool vm32_all(vm32 a)
{
    return vm32_bits(a) == 0xff;
}

/* Float: memory. */

static inline vf32 vf32_set1(float x)
{
    return _mm256_set1_ps(x);
}

static inline vf32 vf32_zero(void)
{
    return _mm256_setzero_ps();
}

static inline vf32 vf32_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

static inline void vf32_store(float *p, vf32 v)
{
    _mm256_storeu_ps(p, v);
}

static inline vf32 vf32_load_n(const float *p, int n)
{
    return _mm256_maskload_ps(p, _mm256_castps_si256(vm32_first(n)));
}

static inline void vf32_store_n(float *p, vf32 v, int n)
{
    _mm256_maskstore_ps(p, _mm256_castps_si256(vm32_first(n)), v);
}

/* Float: arithmetic. */

static inline vf32 vf32_add(vf32 a, vf32 b)
{
    return _mm256_add_ps(a, b);
}

static inline vf32 vf32_sub(vf32 a, vf32 b)
{
    return _mm256_sub_ps(a, b);
}

static inline vf32 vf32_mul(vf32 a, vf32 b)
{
    return _mm256_mul_ps(a, b);
}

static inline vf32 vf32_div(vf32 a, vf32 b)
{
    return _mm256_div_ps(a, b);
}

static inline vf32 vf32_fma(vf32 a, vf32 b, vf32 c)
{
    return _mm256_fmadd_ps(a, b, c);
}

static inline vf32 vf32_fnma(vf32 a, vf32 b, vf32 c)
{
    return _mm256_fnmadd_ps(a, b, c);
}

static inline vf32 vf32_fma_once(vf32 a, vf32 b, vf32 c)
{
    return _mm256_fmadd_ps(a, b, c);
}

/* The power in two halves, since one of 2^-150 is no float. */
static inline vf32 vf32_ldexp(vf32 a, vf32 n)
{
    const __m256i one = _mm256_set1_epi32(0x3f800000);
    const __m256i power = _mm256_cvtps_epi32(n);
    const __m256i half = _mm256_srai_epi32(power, 1);
    const __m256i rest = _mm256_sub_epi32(power, half);
    const vf32 low = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(half, 23), one));
    const vf32 high = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(rest, 23), one));
    return _mm256_mul_ps(_mm256_mul_ps(a, low), high);
}

static inline vf32 vf32_min(vf32 a, vf32 b)
{
    return _mm256_min_ps(a, b);
}

static inline vf32 vf32_max(vf32 a, vf32 b)
{
    return _mm256_max_ps(a, b);
}

static inline vf32 vf32_sqrt(vf32 a)
{
    return _mm256_sqrt_ps(a);
}

static inline vf32 vf32_round(vf32 a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static inline vf32 vf32_floor(vf32 a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}

static inline vf32 vf32_ceil(vf32 a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
}

static inline vf32 vf32_trunc(vf32 a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

/* Float: bits. */

static inline vf32 vf32_and(vf32 a, vf32 b)
{
    return _mm256_and_ps(a, b);
}

static inline vf32 vf32_or(vf32 a, vf32 b)
{
    return _mm256_or_ps(a, b);
}

static inline vf32 vf32_xor(vf32 a, vf32 b)
{
    return _mm256_xor_ps(a, b);
}

/* ~a & b */
static inline vf32 vf32_andnot(vf32 a, vf32 b)
{
    return _mm256_andnot_ps(a, b);
}

static inline vf32 vf32_abs(vf32 a)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}

static inline vf32 vf32_neg(vf32 a)
{
    return -a; /* unlike an xor, becomes part of a multiply-add */
}

static inline vf32 vf32_copysign(vf32 magnitude, vf32 sign)
{
    const vf32 bit = _mm256_set1_ps(-0.0f);
    return _mm256_or_ps(_mm256_and_ps(bit, sign), _mm256_andnot_ps(bit, magnitude));
}

/* Float: comparison. */

static inline vm32 vf32_lt(vf32 a, vf32 b)
{
    return _mm256_cmp_ps(a, b, _CMP_LT_OQ);
}

static inline vm32 vf32_le(vf32 a, vf32 b)
{
    return _mm256_cmp_ps(a, b, _CMP_LE_OQ);
}

static inline vm32 vf32_gt(vf32 a, vf32 b)
{
    return _mm256_cmp_ps(a, b, _CMP_GT_OQ);
}

static inline vm32 vf32_ge(vf32 a, vf32 b)
{
    return _mm256_cmp_ps(a, b, _CMP_GE_OQ);
}

static inline vm32 vf32_eq(vf32 a, vf32 b)
{
    return _mm256_cmp_ps(a, b, _CMP_EQ_OQ);
}

static inline vm32 vf32_ne(vf32 a, vf32 b)
{
    return _mm256_cmp_ps(a, b, _CMP_NEQ_UQ);
}

static inline vm32 vf32_unordered(vf32 a, vf32 b)
{
    return _mm256_cmp_ps(a, b, _CMP_UNORD_Q);
}

static inline vf32 vf32_select(vm32 mask, vf32 yes, vf32 no)
{
    return _mm256_blendv_ps(no, yes, mask);
}

/* Float: reduction over the lanes. */

static inline float vf32_reduce_add(vf32 a)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    s = _mm_add_ss(s, _mm_movehdup_ps(s));
    return _mm_cvtss_f32(s);
}

/* NaN if a lane is. */
static inline float vf32_reduce_max(vf32 a)
{
    if (vm32_any(vf32_unordered(a, a))) {
        return NAN;
    }
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

/* NaN if a lane is. */
static inline float vf32_reduce_min(vf32 a)
{
    if (vm32_any(vf32_unordered(a, a))) {
        return NAN;
    }
    __m128 s = _mm_min_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_min_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_min_ss(s, _mm_movehdup_ps(s)));
}

/* Int32. */

static inline vi32 vi32_set1(int32_t x)
{
    return _mm256_set1_epi32(x);
}

static inline vi32 vi32_zero(void)
{
    return _mm256_setzero_si256();
}

static inline vi32 vi32_load(const int32_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline void vi32_store(int32_t *p, vi32 v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, v);
}

static inline vi32 vi32_load_n(const int32_t *p, int n)
{
    return _mm256_maskload_epi32((const int *)p, _mm256_castps_si256(vm32_first(n)));
}

static inline void vi32_store_n(int32_t *p, vi32 v, int n)
{
    _mm256_maskstore_epi32((int *)p, _mm256_castps_si256(vm32_first(n)), v);
}

static inline vi32 vi32_add(vi32 a, vi32 b)
{
    return _mm256_add_epi32(a, b);
}

static inline vi32 vi32_sub(vi32 a, vi32 b)
{
    return _mm256_sub_epi32(a, b);
}

static inline vi32 vi32_mul(vi32 a, vi32 b)
{
    return _mm256_mullo_epi32(a, b);
}

static inline vi32 vi32_dot_i16(vi32 a, vi32 b)
{
    return _mm256_madd_epi16(a, b);
}

static inline vi32 vi32_and(vi32 a, vi32 b)
{
    return _mm256_and_si256(a, b);
}

static inline vi32 vi32_or(vi32 a, vi32 b)
{
    return _mm256_or_si256(a, b);
}

static inline vi32 vi32_xor(vi32 a, vi32 b)
{
    return _mm256_xor_si256(a, b);
}

static inline vi32 vi32_shl(vi32 a, int count)
{
    return _mm256_slli_epi32(a, count);
}

static inline vi32 vi32_shr(vi32 a, int count)
{
    return _mm256_srli_epi32(a, count);
}

static inline vi32 vi32_sra(vi32 a, int count)
{
    return _mm256_srai_epi32(a, count);
}

static inline vi32 vi32_min(vi32 a, vi32 b)
{
    return _mm256_min_epi32(a, b);
}

static inline vi32 vi32_max(vi32 a, vi32 b)
{
    return _mm256_max_epi32(a, b);
}

static inline vm32 vi32_eq(vi32 a, vi32 b)
{
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b));
}

static inline vm32 vi32_gt(vi32 a, vi32 b)
{
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(a, b));
}

static inline vi32 vi32_select(vm32 mask, vi32 yes, vi32 no)
{
    return _mm256_castps_si256(
        _mm256_blendv_ps(_mm256_castsi256_ps(no), _mm256_castsi256_ps(yes), mask));
}

/* Conversion. */

static inline vi32 vf32_as_vi32(vf32 a)
{
    return _mm256_castps_si256(a);
}

static inline vf32 vi32_as_vf32(vi32 a)
{
    return _mm256_castsi256_ps(a);
}

static inline vi32 vf32_to_vi32(vf32 a)
{
    return _mm256_cvtps_epi32(a);
}

static inline vi32 vf32_to_vi32_trunc(vf32 a)
{
    return _mm256_cvttps_epi32(a);
}

static inline vf32 vi32_to_vf32(vi32 a)
{
    return _mm256_cvtepi32_ps(a);
}

/* Bytes. */

static inline vi32 vi32_load_u8(const uint8_t *p)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}

static inline vi32 vi32_load_i8(const uint8_t *p)
{
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}

static inline void vi32_store_8(uint8_t *p, vi32 v)
{
    const __m256i lows = _mm256_set1_epi32(0x0c080400);
    const __m256i each = _mm256_shuffle_epi8(v, lows);
    _mm_storel_epi64((__m128i *)(void *)p, _mm_unpacklo_epi32(_mm256_castsi256_si128(each),
                                                              _mm256_extracti128_si256(each, 1)));
}

/* Half types. */

static inline __m128i simd_load_u16_n(const uint16_t *p, int n)
{
    uint16_t lanes[VF32_LANES] = {0};
    memcpy(lanes, p, (size_t)n * sizeof *p);
    return _mm_loadu_si128((const __m128i *)(const void *)lanes);
}

static inline void simd_store_u16_n(uint16_t *p, __m128i v, int n)
{
    uint16_t lanes[VF32_LANES];
    _mm_storeu_si128((__m128i *)(void *)lanes, v);
    memcpy(p, lanes, (size_t)n * sizeof *p);
}

static inline __m128i simd_to_f16(vf32 a)
{
    return _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static inline vf32 simd_from_bf16(__m128i a)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(a), 16));
}

static inline __m128i simd_to_bf16(vf32 a)
{
    const __m256i bits = _mm256_castps_si256(a);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i up = _mm256_add_epi32(_mm256_add_epi32(bits, odd), _mm256_set1_epi32(0x7fff));
    const __m256i nan = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    const __m256i r = _mm256_srli_epi32(vi32_select(vf32_unordered(a, a), nan, up), 16);
    return _mm_packus_epi32(_mm256_castsi256_si128(r), _mm256_extracti128_si256(r, 1));
}

static inline vf32 vf32_load_f16(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline vf32 vf32_load_f16_n(const uint16_t *p, int n)
{
    return _mm256_cvtph_ps(simd_load_u16_n(p, n));
}

static inline void vf32_store_f16(uint16_t *p, vf32 v)
{
    _mm_storeu_si128((__m128i *)(void *)p, simd_to_f16(v));
}

static inline void vf32_store_f16_n(uint16_t *p, vf32 v, int n)
{
    simd_store_u16_n(p, simd_to_f16(v), n);
}

static inline vf32 vf32_load_bf16(const uint16_t *p)
{
    return simd_from_bf16(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline vf32 vf32_load_bf16_n(const uint16_t *p, int n)
{
    return simd_from_bf16(simd_load_u16_n(p, n));
}

static inline void vf32_store_bf16(uint16_t *p, vf32 v)
{
    _mm_storeu_si128((__m128i *)(void *)p, simd_to_bf16(v));
}

static inline void vf32_store_bf16_n(uint16_t *p, vf32 v, int n)
{
    simd_store_u16_n(p, simd_to_bf16(v), n);
}

#endif
