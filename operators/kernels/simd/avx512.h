/* The vector vocabulary over AVX-512 F, BW, DQ and VL: 16 lanes of float and int32,
 * 8 of double.
 * What each word means: simd.h. */
#ifndef KERNELS_SIMD_AVX512_H
#define KERNELS_SIMD_AVX512_H

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define VF32_LANES 16

typedef __m512 vf32;
typedef __m512i vi32;
typedef __mmask16 vm32;

/* Masks. */

static inline vm32 vm32_first(int n)
{
    return (__mmask16)((1U << n) - 1);
}

static inline vm32 vm32_and(vm32 a, vm32 b)
{
    return _kand_mask16(a, b);
}

static inline vm32 vm32_or(vm32 a, vm32 b)
{
    return _kor_mask16(a, b);
}

static inline vm32 vm32_not(vm32 a)
{
    return _knot_mask16(a);
}

/* One bit a lane, lane 0 lowest. */
static inline uint32_t vm32_bits(vm32 a)
{
    return a;
}

static inline bool vm32_any(vm32 a)
{
    return vm32_bits(a) != 0;
}

static inline bool vm32_all(vm32 a)
{
    return vm32_bits(a) == 0xffff;
}

/* Float: memory. */

static inline vf32 vf32_set1(float x)
{
    return _mm512_set1_ps(x);
}

static inline vf32 vf32_zero(void)
{
    return _mm512_setzero_ps();
}

static inline vf32 vf32_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

static inline void vf32_store(float *p, vf32 v)
{
    _mm512_storeu_ps(p, v);
}

static inline vf32 vf32_load_n(const float *p, int n)
{
    return _mm512_maskz_loadu_ps(vm32_first(n), p);
}

static inline void vf32_store_n(float *p, vf32 v, int n)
{
    _mm512_mask_storeu_ps(p, vm32_first(n), v);
}

/* Float: arithmetic. */

static inline vf32 vf32_add(vf32 a, vf32 b)
{
    return _mm512_add_ps(a, b);
}

static inline vf32 vf32_sub(vf32 a, vf32 b)
{
    return _mm512_sub_ps(a, b);
}

static inline vf32 vf32_mul(vf32 a, vf32 b)
{
    return _mm512_mul_ps(a, b);
}

static inline vf32 vf32_div(vf32 a, vf32 b)
{
    return _mm512_div_ps(a, b);
}

static inline vf32 vf32_fma(vf32 a, vf32 b, vf32 c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline vf32 vf32_fnma(vf32 a, vf32 b, vf32 c)
{
    return _mm512_fnmadd_ps(a, b, c);
}

static inline vf32 vf32_fma_once(vf32 a, vf32 b, vf32 c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline vf32 vf32_ldexp(vf32 a, vf32 n)
{
    return _mm512_scalef_ps(a, n);
}

static inline vf32 vf32_min(vf32 a, vf32 b)
{
    return _mm512_min_ps(a, b);
}

static inline vf32 vf32_max(vf32 a, vf32 b)
{
    return _mm512_max_ps(a, b);
}

static inline vf32 vf32_sqrt(vf32 a)
{
    return _mm512_sqrt_ps(a);
}

static inline vf32 vf32_round(vf32 a)
{
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static inline vf32 vf32_floor(vf32 a)
{
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}

static inline vf32 vf32_ceil(vf32 a)
{
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
}

static inline vf32 vf32_trunc(vf32 a)
{
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

/* Float: bits. */

static inline vf32 vf32_and(vf32 a, vf32 b)
{
    return _mm512_and_ps(a, b);
}

static inline vf32 vf32_or(vf32 a, vf32 b)
{
    return _mm512_or_ps(a, b);
}

static inline vf32 vf32_xor(vf32 a, vf32 b)
{
    return _mm512_xor_ps(a, b);
}

/* ~a & b */
static inline vf32 vf32_andnot(vf32 a, vf32 b)
{
    return _mm512_andnot_ps(a, b);
}

static inline vf32 vf32_abs(vf32 a)
{
    return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a);
}

static inline vf32 vf32_neg(vf32 a)
{
    return -a; /* unlike an xor, becomes part of a multiply-add */
}

static inline vf32 vf32_copysign(vf32 magnitude, vf32 sign)
{
    /* 0xca: for each bit of the first operand, the second where it is set, else the third. */
    const __m512i bit = _mm512_set1_epi32(INT32_MIN);
    return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(bit, _mm512_castps_si512(sign),
                                                         _mm512_castps_si512(magnitude), 0xca));
}

/* Float: comparison. */

static inline vm32 vf32_lt(vf32 a, vf32 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}

static inline vm32 vf32_le(vf32 a, vf32 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ);
}

static inline vm32 vf32_gt(vf32 a, vf32 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}

static inline vm32 vf32_ge(vf32 a, vf32 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ);
}

static inline vm32 vf32_eq(vf32 a, vf32 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}

static inline vm32 vf32_ne(vf32 a, vf32 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ);
}

static inline vm32 vf32_unordered(vf32 a, vf32 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q);
}

static inline vf32 vf32_select(vm32 mask, vf32 yes, vf32 no)
{
    return _mm512_mask_blend_ps(mask, no, yes);
}

/* Float: reduction over the lanes. */

static inline float vf32_reduce_add(vf32 a)
{
    return _mm512_reduce_add_ps(a);
}

/* NaN if a lane is. */
static inline float vf32_reduce_max(vf32 a)
{
    return vm32_any(vf32_unordered(a, a)) ? NAN : _mm512_reduce_max_ps(a);
}

/* NaN if a lane is. */
static inline float vf32_reduce_min(vf32 a)
{
    return vm32_any(vf32_unordered(a, a)) ? NAN : _mm512_reduce_min_ps(a);
}

/* Int32. */

static inline vi32 vi32_set1(int32_t x)
{
    return _mm512_set1_epi32(x);
}

static inline vi32 vi32_zero(void)
{
    return _mm512_setzero_si512();
}

static inline vi32 vi32_load(const int32_t *p)
{
    return _mm512_loadu_si512(p);
}

static inline void vi32_store(int32_t *p, vi32 v)
{
    _mm512_storeu_si512(p, v);
}

static inline vi32 vi32_load_n(const int32_t *p, int n)
{
    return _mm512_maskz_loadu_epi32(vm32_first(n), p);
}

static inline void vi32_store_n(int32_t *p, vi32 v, int n)
{
    _mm512_mask_storeu_epi32(p, vm32_first(n), v);
}

static inline vi32 vi32_add(vi32 a, vi32 b)
{
    return _mm512_add_epi32(a, b);
}

static inline vi32 vi32_sub(vi32 a, vi32 b)
{
    return _mm512_sub_epi32(a, b);
}

static inline vi32 vi32_mul(vi32 a, vi32 b)
{
    return _mm512_mullo_epi32(a, b);
}

static inline vi32 vi32_dot_i16(vi32 a, vi32 b)
{
    return _mm512_madd_epi16(a, b);
}

static inline vi32 vi32_and(vi32 a, vi32 b)
{
    return _mm512_and_si512(a, b);
}

static inline vi32 vi32_or(vi32 a, vi32 b)
{
    return _mm512_or_si512(a, b);
}

static inline vi32 vi32_xor(vi32 a, vi32 b)
{
    return _mm512_xor_si512(a, b);
}

static inline vi32 vi32_shl(vi32 a, int count)
{
    return _mm512_slli_epi32(a, (unsigned int)count);
}

static inline vi32 vi32_shr(vi32 a, int count)
{
    return _mm512_srli_epi32(a, (unsigned int)count);
}

static inline vi32 vi32_sra(vi32 a, int count)
{
    return _mm512_srai_epi32(a, (unsigned int)count);
}

static inline vi32 vi32_min(vi32 a, vi32 b)
{
    return _mm512_min_epi32(a, b);
}

static inline vi32 vi32_max(vi32 a, vi32 b)
{
    return _mm512_max_epi32(a, b);
}

static inline vm32 vi32_eq(vi32 a, vi32 b)
{
    return _mm512_cmpeq_epi32_mask(a, b);
}

static inline vm32 vi32_gt(vi32 a, vi32 b)
{
    return _mm512_cmpgt_epi32_mask(a, b);
}

static inline vi32 vi32_select(vm32 mask, vi32 yes, vi32 no)
{
    return _mm512_mask_blend_epi32(mask, no, yes);
}

/* Conversion. */

static inline vi32 vf32_as_vi32(vf32 a)
{
    return _mm512_castps_si512(a);
}

static inline vf32 vi32_as_vf32(vi32 a)
{
    return _mm512_castsi512_ps(a);
}

static inline vi32 vf32_to_vi32(vf32 a)
{
    return _mm512_cvtps_epi32(a);
}

static inline vi32 vf32_to_vi32_trunc(vf32 a)
{
    return _mm512_cvttps_epi32(a);
}

static inline vf32 vi32_to_vf32(vi32 a)
{
    return _mm512_cvtepi32_ps(a);
}

/* Bytes. */

static inline vi32 vi32_load_u8(const uint8_t *p)
{
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline vi32 vi32_load_i8(const uint8_t *p)
{
    return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline void vi32_store_8(uint8_t *p, vi32 v)
{
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(v));
}

/* Half types. */

static inline __m256i simd_load_u16_n(const uint16_t *p, int n)
{
    return _mm256_maskz_loadu_epi16(vm32_first(n), p);
}

static inline void simd_store_u16_n(uint16_t *p, __m256i v, int n)
{
    _mm256_mask_storeu_epi16(p, vm32_first(n), v);
}

static inline __m256i simd_to_f16(vf32 a)
{
    return _mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static inline vf32 simd_from_bf16(__m256i a)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(a), 16));
}

static inline __m256i simd_to_bf16(vf32 a)
{
    const __m512i bits = _mm512_castps_si512(a);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i up = _mm512_add_epi32(_mm512_add_epi32(bits, odd), _mm512_set1_epi32(0x7fff));
    const __m512i nan = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
    const __m512i r = vi32_select(vf32_unordered(a, a), nan, up);
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(r, 16));
}

static inline vf32 vf32_load_f16(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}

static inline vf32 vf32_load_f16_n(const uint16_t *p, int n)
{
    return _mm512_cvtph_ps(simd_load_u16_n(p, n));
}

static inline void vf32_store_f16(uint16_t *p, vf32 v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, simd_to_f16(v));
}

static inline void vf32_store_f16_n(uint16_t *p, vf32 v, int n)
{
    simd_store_u16_n(p, simd_to_f16(v), n);
}

static inline vf32 vf32_load_bf16(const uint16_t *p)
{
    return simd_from_bf16(_mm256_loadu_si256((const __m256i *)(const void *)p));
}

static inline vf32 vf32_load_bf16_n(const uint16_t *p, int n)
{
    return simd_from_bf16(simd_load_u16_n(p, n));
}

static inline void vf32_store_bf16(uint16_t *p, vf32 v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, simd_to_bf16(v));
}

static inline void vf32_store_bf16_n(uint16_t *p, vf32 v, int n)
{
    simd_store_u16_n(p, simd_to_bf16(v), n);
}

#endif
