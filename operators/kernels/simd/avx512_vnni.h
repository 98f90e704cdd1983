/* What AVX-512 VNNI adds to the vector vocabulary, for files built with it. */
#ifndef KERNELS_SIMD_AVX512_VNNI_H
#define KERNELS_SIMD_AVX512_VNNI_H

#include "operators/kernels/simd/simd.h"

/* Each lane as four bytes, a's unsigned and b's signed: sum + their four products, wrapping. */
static inline vi32 vi32_dot_u8i8(vi32 sum, vi32 a, vi32 b)
{
    return _mm512_dpbusd_epi32(sum, a, b);
}

#endif
