/* The vector vocabulary: one set of names, three widths. The build defines exactly one of
 * HINGE_SIMD_SCALAR, HINGE_SIMD_AVX2 and HINGE_SIMD_AVX512 for every file of a plugin; intrinsics
 * stay in the headers chosen here, and a kernel written in these words serves all three.
 *
 * Types: vf32, vi32 and their mask vm32 have VF32_LANES lanes; vf64, vi64 and vm64 VF64_LANES.
 *
 * What is the same in every width, bit for bit:
 * - loads and stores need no alignment; *_n touch the first n lanes only (0 <= n <= lanes), never
 *   the memory beyond, and loads leave the other lanes 0;
 * - min(a, b) is a < b ? a : b and max(a, b) is a > b ? a : b: the second operand where they are
 *   equal (so of two zeros the second) or where either is NaN. min_nan and max_nan give NaN where
 *   either operand is NaN;
 * - lt, le, gt, ge and eq are false where either operand is NaN; ne is true there, like C's !=;
 * - round goes to nearest even; floor, ceil, trunc and round keep the sign of a zero;
 * - to_vi32 (nearest even) and to_vi32_trunc give INT32_MIN for NaN and outside of int32;
 * - integer arithmetic wraps; a shift count is 0 to the element's width less one;
 * - dot_i16 takes each lane as two int16 and gives the sum of their two products;
 * - load_u8 and load_i8 widen as many bytes as there are lanes, store_8 keeps the lanes' low bytes;
 * - half types are uint16_t in memory; storing rounds to nearest even, overflows to infinity, keeps
 *   subnormals and keeps NaN (quieted, the payload's upper bits kept).
 *
 * - fma_once(a, b, c) = a * b + c rounds once, at whatever cost: for the elementary functions;
 * - ldexp(a, n) = a * 2^n for integral n in [-252, 252], rounded once where |a| * 2^(n / 2) is
 *   zero or a normal number.
 *
 * What differs: fma(a, b, c) = a * b + c and fnma(a, b, c) = c - a * b round once on avx2 and
 * avx512, twice on scalar; reduce_add adds in an order that depends on the width. */
#ifndef KERNELS_SIMD_SIMD_H
#define KERNELS_SIMD_SIMD_H

#if defined(HINGE_SIMD_SCALAR)
#include "scalar.h"

#include "scalar_f64.h"
#elif defined(HINGE_SIMD_AVX2)
#include "avx2.h"

#include "avx2_f64.h"
#elif defined(HINGE_SIMD_AVX512)
#include "avx512.h"

#include "avx512_f64.h"
#else
#error "the build chooses the vector width: HINGE_SIMD_SCALAR, HINGE_SIMD_AVX2 or HINGE_SIMD_AVX512"
#endif

/* Asks for what stands 4 KiB behind p: where arrays are in memory, a CPU that computes does not
 * look far enough ahead by itself to keep the memory busy. That may lie behind the array's end. */
static inline void simd_prefetch(const void *p)
{
    __builtin_prefetch((const void *)((uintptr_t)p + 4096));
}

static inline vf32 vf32_min_nan(vf32 a, vf32 b)
{
    return vf32_select(vf32_unordered(a, a), a, vf32_min(a, b));
}

static inline vf32 vf32_max_nan(vf32 a, vf32 b)
{
    return vf32_select(vf32_unordered(a, a), a, vf32_max(a, b));
}

static inline vf64 vf64_min_nan(vf64 a, vf64 b)
{
    return vf64_select(vf64_unordered(a, a), a, vf64_min(a, b));
}

static inline vf64 vf64_max_nan(vf64 a, vf64 b)
{
    return vf64_select(vf64_unordered(a, a), a, vf64_max(a, b));
}

#endif
