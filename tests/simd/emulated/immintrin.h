/* Stands in front of the compiler's header in the build that emulates AVX-512: the compiler's
 * intrinsics up to AVX2, SIMDe's for the rest, and here in C what SIMDe 0.7.4 lacks, or (scalef,
 * roundscale) gets wrong for subnormal results and for infinities. */
#pragma GCC system_header
#ifndef TESTS_SIMD_EMULATED_H
#define TESTS_SIMD_EMULATED_H

#include_next <immintrin.h>
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <math.h>
#include <simde/x86/avx512.h>
#include <string.h>

#define _kand_mask8(a, b) ((__mmask8)((a) & (b)))
#define _kand_mask16(a, b) ((__mmask16)((a) & (b)))
#define _kor_mask8(a, b) ((__mmask8)((a) | (b)))
#define _kor_mask16(a, b) ((__mmask16)((a) | (b)))
#define _knot_mask8(a) ((__mmask8) ~(a))
#define _knot_mask16(a) ((__mmask16) ~(a))

/* SIMDe's own alias has the arguments of the masked one. */
#undef _mm512_madd_epi16
#define _mm512_madd_epi16 simde_mm512_madd_epi16

/* name(a) by its two halves, each through half(part). */
#define EMULATED_HALVES(name, to, part_to, from, part_from, half)                                  \
    static inline to emulated_##name(from a)                                                       \
    {                                                                                              \
        part_from in[2];                                                                           \
        part_to out[2];                                                                            \
        to y;                                                                                      \
        memcpy(in, &a, sizeof in);                                                                 \
        out[0] = half(in[0]);                                                                      \
        out[1] = half(in[1]);                                                                      \
        memcpy(&y, out, sizeof y);                                                                 \
        return y;                                                                                  \
    }

static inline __m128i emulated_low_words(__m256i a)
{
    uint32_t wide[8];
    uint16_t narrow[8];
    memcpy(wide, &a, sizeof wide);
    for (int i = 0; i < 8; i++)
        narrow[i] = (uint16_t)wide[i];
    return _mm_loadu_si128((const __m128i *)(const void *)narrow);
}

#define EMULATED_TO_HALF(a) _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT)
EMULATED_HALVES(cvtepi32_ps, __m512, __m256, __m512i, __m256i, _mm256_cvtepi32_ps)
EMULATED_HALVES(cvtps_epi32, __m512i, __m256i, __m512, __m256, _mm256_cvtps_epi32)
EMULATED_HALVES(cvttps_epi32, __m512i, __m256i, __m512, __m256, _mm256_cvttps_epi32)
EMULATED_HALVES(cvtepu16_epi32, __m512i, __m256i, __m256i, __m128i, _mm256_cvtepu16_epi32)
EMULATED_HALVES(cvtepi32_epi16, __m256i, __m128i, __m512i, __m256i, emulated_low_words)
EMULATED_HALVES(cvtph_ps, __m512, __m256, __m256i, __m128i, _mm256_cvtph_ps)
EMULATED_HALVES(cvtps_ph, __m256i, __m128i, __m512, __m256, EMULATED_TO_HALF)
EMULATED_HALVES(cvtps_pd, __m512d, __m256d, __m256, __m128, _mm256_cvtps_pd)
EMULATED_HALVES(cvtpd_ps, __m256, __m128, __m512d, __m256d, _mm256_cvtpd_ps)
#define _mm512_cvtepi32_ps emulated_cvtepi32_ps
#define _mm512_cvtps_epi32 emulated_cvtps_epi32
#define _mm512_cvttps_epi32 emulated_cvttps_epi32
#define _mm512_cvtepu16_epi32 emulated_cvtepu16_epi32
#define _mm512_cvtepi32_epi16 emulated_cvtepi32_epi16
#define _mm512_cvtph_ps emulated_cvtph_ps
#define _mm512_cvtps_ph(a, rounding) emulated_cvtps_ph(a)
#define _mm512_cvtps_pd emulated_cvtps_pd
#define _mm512_cvtpd_ps emulated_cvtpd_ps

/* Bytes: a half of the lanes is eight of them. */
static inline int64_t emulated_low_bytes(__m256i a)
{
    uint32_t wide[8];
    uint8_t narrow[8];
    int64_t bytes;
    memcpy(wide, &a, sizeof wide);
    for (int i = 0; i < 8; i++)
        narrow[i] = (uint8_t)wide[i];
    memcpy(&bytes, narrow, sizeof bytes);
    return bytes;
}
#define EMULATED_FROM_U8(a) _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(a))
#define EMULATED_FROM_I8(a) _mm256_cvtepi8_epi32(_mm_cvtsi64_si128(a))
EMULATED_HALVES(cvtepu8_epi32, __m512i, __m256i, __m128i, int64_t, EMULATED_FROM_U8)
EMULATED_HALVES(cvtepi8_epi32, __m512i, __m256i, __m128i, int64_t, EMULATED_FROM_I8)
EMULATED_HALVES(cvtepi32_epi8, __m128i, int64_t, __m512i, __m256i, emulated_low_bytes)
#undef _mm512_cvtepu8_epi32
#undef _mm512_cvtepi8_epi32
#undef _mm512_cvtepi32_epi8
#define _mm512_cvtepu8_epi32 emulated_cvtepu8_epi32
#define _mm512_cvtepi8_epi32 emulated_cvtepi8_epi32
#define _mm512_cvtepi32_epi8 emulated_cvtepi32_epi8

static inline __m512i emulated_srai_epi32(__m512i a, unsigned int count)
{
    int32_t lanes[16];
    memcpy(lanes, &a, sizeof lanes);
    for (int i = 0; i < 16; i++)
        lanes[i] >>= count;
    memcpy(&a, lanes, sizeof lanes);
    return a;
}
#define _mm512_srai_epi32 emulated_srai_epi32

static inline __m512 emulated_scalef_ps(__m512 a, __m512 b)
{
    float lanes[16], powers[16];
    memcpy(lanes, &a, sizeof lanes);
    memcpy(powers, &b, sizeof powers);
    for (int i = 0; i < 16; i++)
        lanes[i] = isnan(powers[i]) ? powers[i] : ldexpf(lanes[i], (int)floorf(powers[i]));
    memcpy(&a, lanes, sizeof lanes);
    return a;
}
#undef _mm512_scalef_ps
#define _mm512_scalef_ps emulated_scalef_ps

/* Rounding to an integer, the only use made of it. */
static inline __m512 emulated_roundscale_ps(__m512 a, int mode)
{
    __m256 in[2];
    memcpy(in, &a, sizeof in);
    for (int i = 0; i < 2; i++)
        in[i] = mode == (_MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)   ? _mm256_floor_ps(in[i])
                : mode == (_MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC) ? _mm256_ceil_ps(in[i])
                : mode == (_MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)
                    ? _mm256_round_ps(in[i], _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)
                    : _mm256_round_ps(in[i], _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    memcpy(&a, in, sizeof in);
    return a;
}
static inline __m512d emulated_roundscale_pd(__m512d a, int mode)
{
    __m256d in[2];
    memcpy(in, &a, sizeof in);
    for (int i = 0; i < 2; i++)
        in[i] = mode == (_MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)   ? _mm256_floor_pd(in[i])
                : mode == (_MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC) ? _mm256_ceil_pd(in[i])
                : mode == (_MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)
                    ? _mm256_round_pd(in[i], _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)
                    : _mm256_round_pd(in[i], _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    memcpy(&a, in, sizeof in);
    return a;
}
#undef _mm512_roundscale_ps
#undef _mm512_roundscale_pd
#define _mm512_roundscale_ps emulated_roundscale_ps
#define _mm512_roundscale_pd emulated_roundscale_pd

/* Loads and stores under a mask. */
#define EMULATED_MASKED(suffix, vector, element, count, mask)                                      \
    static inline vector emulated_load_##suffix(mask bits, const void *p)                          \
    {                                                                                              \
        element lanes[count] = {0};                                                                \
        vector v;                                                                                  \
        for (int i = 0; i < (count); i++)                                                          \
            if (bits >> i & 1)                                                                     \
                memcpy(&lanes[i], (const element *)p + i, sizeof *lanes);                          \
        memcpy(&v, lanes, sizeof v);                                                               \
        return v;                                                                                  \
    }                                                                                              \
    static inline void emulated_store_##suffix(void *p, mask bits, vector v)                       \
    {                                                                                              \
        element lanes[count];                                                                      \
        memcpy(lanes, &v, sizeof lanes);                                                           \
        for (int i = 0; i < (count); i++)                                                          \
            if (bits >> i & 1)                                                                     \
                memcpy((element *)p + i, &lanes[i], sizeof *lanes);                                \
    }
EMULATED_MASKED(ps, __m512, float, 16, __mmask16)
EMULATED_MASKED(pd, __m512d, double, 8, __mmask8)
EMULATED_MASKED(epi32, __m512i, int32_t, 16, __mmask16)
EMULATED_MASKED(epi16, __m256i, int16_t, 16, __mmask16)
#define _mm512_maskz_loadu_ps emulated_load_ps
#define _mm512_maskz_loadu_pd emulated_load_pd
#define _mm512_maskz_loadu_epi32 emulated_load_epi32
#define _mm256_maskz_loadu_epi16 emulated_load_epi16
#define _mm512_mask_storeu_ps emulated_store_ps
#define _mm512_mask_storeu_pd emulated_store_pd
#define _mm512_mask_storeu_epi32 emulated_store_epi32
#define _mm256_mask_storeu_epi16 emulated_store_epi16

/* Reductions, in the order of the compiler's: halves, quarters and so on. */
#define EMULATED_REDUCE(name, vector, element, count, combine)                                     \
    static inline element emulated_reduce_##name(vector v)                                         \
    {                                                                                              \
        element a[count];                                                                          \
        memcpy(a, &v, sizeof a);                                                                   \
        for (int width = (count) / 2; width > 0; width /= 2)                                       \
            for (int i = 0; i < width; i++)                                                        \
                a[i] = combine(a[i], a[i + width]);                                                \
        return a[0];                                                                               \
    }
#define EMULATED_SUM(a, b) ((a) + (b))
#define EMULATED_MAX(a, b) ((a) > (b) ? (a) : (b))
#define EMULATED_MIN(a, b) ((a) < (b) ? (a) : (b))
EMULATED_REDUCE(add_ps, __m512, float, 16, EMULATED_SUM)
EMULATED_REDUCE(max_ps, __m512, float, 16, EMULATED_MAX)
EMULATED_REDUCE(min_ps, __m512, float, 16, EMULATED_MIN)
EMULATED_REDUCE(add_pd, __m512d, double, 8, EMULATED_SUM)
EMULATED_REDUCE(max_pd, __m512d, double, 8, EMULATED_MAX)
EMULATED_REDUCE(min_pd, __m512d, double, 8, EMULATED_MIN)
#define _mm512_reduce_add_ps emulated_reduce_add_ps
#define _mm512_reduce_max_ps emulated_reduce_max_ps
#define _mm512_reduce_min_ps emulated_reduce_min_ps
#define _mm512_reduce_add_pd emulated_reduce_add_pd
#define _mm512_reduce_max_pd emulated_reduce_max_pd
#define _mm512_reduce_min_pd emulated_reduce_min_pd

#endif
