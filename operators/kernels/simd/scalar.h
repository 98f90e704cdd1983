/* The vector vocabulary for any CPU: 4 lanes of float and int32, 2 of double, in the vector type
 * that gcc and clang offer on every target (SSE2 on x86-64, plain registers where there is
 * nothing). What each word means: simd.h. */
#ifndef KERNELS_SIMD_SCALAR_H
#define KERNELS_SIMD_SCALAR_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define VF32_LANES 4

typedef float vf32 __attribute__((vector_size(16)));
typedef int32_t vi32 __attribute__((vector_size(16)));
typedef vi32 vm32; /* a lane is 0 or -1 */

typedef uint32_t simd_u32 __attribute__((vector_size(16)));
typedef float simd_pair __attribute__((vector_size(8)));
typedef double simd_f64 __attribute__((vector_size(16)));
typedef int64_t simd_i64 __attribute__((vector_size(16)));
typedef uint16_t simd_u16 __attribute__((vector_size(8)));

/* Masks. */

static inline vm32 vm32_first(int n)
{
    const vi32 lane = {0, 1, 2, 3};
    return lane < n;
}

static inline vm32 vm32_and(vm32 a, vm32 b)
{
    return a & b;
}

static inline vm32 vm32_or(vm32 a, vm32 b)
{
    return a | b;
}

static inline vm32 vm32_not(vm32 a)
{
    return ~a;
}

/* One bit a lane, lane 0 lowest. */
static inline uint32_t vm32_bits(vm32 a)
{
    const vm32 bit = a & (vi32){1, 2, 4, 8};
    return (uint32_t)(bit[0] | bit[1] | bit[2] | bit[3]);
}

static inline bool vm32_any(vm32 a)
{
    return vm32_bits(a) != 0;
}

static inline bool vm32_all(vm32 a)
{
    return vm32_bits(a) == 0xf;
}

/* Float: memory. */

static inline vf32 vf32_set1(float x)
{
    return (vf32){x, x, x, x};
}

static inline vf32 vf32_zero(void)
{
    return vf32_set1(0);
}

static inline vf32 vf32_load(const float *p)
{
    vf32 v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void vf32_store(float *p, vf32 v)
{
    memcpy(p, &v, sizeof v);
}

static inline vf32 vf32_load_n(const float *p, int n)
{
    vf32 v = vf32_zero();
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
}

static inline void vf32_store_n(float *p, vf32 v, int n)
{
    memcpy(p, &v, (size_t)n * sizeof *p);
}

/* Conversion of bits; the rest stands below. */

static inline vi32 vf32_as_vi32(vf32 a)
{
    return (vi32)a;
}

static inline vf32 vi32_as_vf32(vi32 a)
{
    return (vf32)a;
}

/* Float: bits. */

static inline vf32 vf32_and(vf32 a, vf32 b)
{
    return (vf32)((vi32)a & (vi32)b);
}

static inline vf32 vf32_or(vf32 a, vf32 b)
{
    return (vf32)((vi32)a | (vi32)b);
}

static inline vf32 vf32_xor(vf32 a, vf32 b)
{
    return (vf32)((vi32)a ^ (vi32)b);
}

/* ~a & b */
static inline vf32 vf32_andnot(vf32 a, vf32 b)
{
    return (vf32)(~(vi32)a & (vi32)b);
}

static inline vf32 vf32_abs(vf32 a)
{
    return vf32_andnot(vf32_set1(-0.0F), a);
}

static inline vf32 vf32_neg(vf32 a)
{
    return vf32_xor(vf32_set1(-0.0F), a);
}

static inline vf32 vf32_copysign(vf32 magnitude, vf32 sign)
{
    return vf32_or(vf32_and(vf32_set1(-0.0F), sign), vf32_abs(magnitude));
}

/* Float: comparison. */

static inline vm32 vf32_lt(vf32 a, vf32 b)
{
    return a < b;
}

static inline vm32 vf32_le(vf32 a, vf32 b)
{
    return a <= b;
}

static inline vm32 vf32_gt(vf32 a, vf32 b)
{
    return a > b;
}

static inline vm32 vf32_ge(vf32 a, vf32 b)
{
    return a >= b;
}

static inline vm32 vf32_eq(vf32 a, vf32 b)
{
    return a == b;
}

static inline vm32 vf32_ne(vf32 a, vf32 b)
{
    return a != b;
}

static inline vm32 vf32_unordered(vf32 a, vf32 b)
{
    return (a != a) | (b != b);
}

static inline vf32 vf32_select(vm32 mask, vf32 yes, vf32 no)
{
    return (vf32)((mask & (vi32)yes) | (~mask & (vi32)no));
}

/* Float: arithmetic. */

static inline vf32 vf32_add(vf32 a, vf32 b)
{
    return a + b;
}

static inline vf32 vf32_sub(vf32 a, vf32 b)
{
    return a - b;
}

static inline vf32 vf32_mul(vf32 a, vf32 b)
{
    return a * b;
}

static inline vf32 vf32_div(vf32 a, vf32 b)
{
    return a / b;
}

static inline vf32 vf32_fma(vf32 a, vf32 b, vf32 c)
{
    return a * b + c;
}

static inline vf32 vf32_fnma(vf32 a, vf32 b, vf32 c)
{
    return c - a * b;
}

static inline vf32 vf32_min(vf32 a, vf32 b)
{
    return vf32_select(a < b, a, b);
}

static inline vf32 vf32_max(vf32 a, vf32 b)
{
    return vf32_select(a > b, a, b);
}

static inline vf32 vf32_sqrt(vf32 a)
{
    return (vf32){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])};
}

/* Adding 2^23 leaves no room for a fraction; from 2^23 on there is none. */
static inline vf32 simd_round_abs(vf32 magnitude)
{
    const vf32 big = vf32_set1(0x1p23F);
    return vf32_select(magnitude < big, (magnitude + big) - big, magnitude);
}

static inline vf32 vf32_round(vf32 a)
{
    return vf32_copysign(simd_round_abs(vf32_abs(a)), a);
}

static inline vf32 vf32_floor(vf32 a)
{
    const vf32 r = vf32_round(a);
    return vf32_copysign(r - vf32_select(r > a, vf32_set1(1), vf32_zero()), a);
}

static inline vf32 vf32_ceil(vf32 a)
{
    const vf32 r = vf32_round(a);
    return vf32_copysign(r + vf32_select(r < a, vf32_set1(1), vf32_zero()), a);
}

static inline vf32 vf32_trunc(vf32 a)
{
    const vf32 magnitude = vf32_abs(a);
    const vf32 r = simd_round_abs(magnitude);
    return vf32_copysign(r - vf32_select(r > magnitude, vf32_set1(1), vf32_zero()), a);
}

/* Float: reduction over the lanes. */

static inline float vf32_reduce_add(vf32 a)
{
    return (a[0] + a[2]) + (a[1] + a[3]);
}

/* NaN if a lane is. */
static inline float vf32_reduce_max(vf32 a)
{
    if (vm32_any(a != a)) {
        return NAN;
    }
    const float low = a[0] > a[1] ? a[0] : a[1];
    const float high = a[2] > a[3] ? a[2] : a[3];
    return low > high ? low : high;
}

/* NaN if a lane is. */
static inline float vf32_reduce_min(vf32 a)
{
    if (vm32_any(a != a)) {
        return NAN;
    }
    const float low = a[0] < a[1] ? a[0] : a[1];
    const float high = a[2] < a[3] ? a[2] : a[3];
    return low < high ? low : high;
}

/* In double the product is exact, and a sum rounded to odd can be rounded once more without harm.
 * S. Boldo, G. Melquiond, "Emulation of a FMA and correctly-rounded sums: proved algorithms using
 * rounding to odd", IEEE Trans. Comp. 57 (2008). */
static inline simd_f64 simd_fma_odd(simd_f64 a, simd_f64 b, simd_f64 c)
{
    const simd_i64 sign = {INT64_MIN, INT64_MIN};
    const simd_f64 product = a * b;
    const simd_f64 sum = product + c;
    const simd_f64 back = sum - product;
    const simd_f64 error = (product - (sum - back)) + (c - back);
    const simd_i64 bits = (simd_i64)sum;
    const simd_i64 inexact = (error < 0) | (error > 0);
    /* +1 or -1 with the sign of error * sum */
    const simd_f64 side =
        (simd_f64)((((simd_i64)error ^ bits) & sign) | (simd_i64)(simd_f64){1, 1});
    const simd_i64 even = (bits & 1) - 1;
    return (simd_f64)((bits + (inexact & even & (side < 0))) | (inexact & 1));
}

/* Written lane by lane, gcc 12 at -O3 was seen to lose lanes. */
static inline simd_f64 simd_widen(float first, float second)
{
    return __builtin_convertvector(((simd_pair){first, second}), simd_f64);
}

static inline vf32 vf32_fma_once(vf32 a, vf32 b, vf32 c)
{
    const simd_f64 low =
        simd_fma_odd(simd_widen(a[0], a[1]), simd_widen(b[0], b[1]), simd_widen(c[0], c[1]));
    const simd_f64 high =
        simd_fma_odd(simd_widen(a[2], a[3]), simd_widen(b[2], b[3]), simd_widen(c[2], c[3]));
    const simd_pair first = __builtin_convertvector(low, simd_pair);
    const simd_pair second = __builtin_convertvector(high, simd_pair);
    return (vf32){first[0], first[1], second[0], second[1]};
}

static inline vf32 vf32_ldexp(vf32 a, vf32 n)
{
    const vi32 power = __builtin_convertvector(vf32_select(n == n, n, vf32_zero()), vi32);
    const vi32 half = power >> 1;
    const vf32 low = (vf32)((vi32)((simd_u32)half << 23) + 0x3f800000);
    const vf32 high = (vf32)((vi32)((simd_u32)(power - half) << 23) + 0x3f800000);
    return a * low * high;
}

/* Int32. Arithmetic goes through unsigned lanes, which wrap. */

static inline vi32 vi32_set1(int32_t x)
{
    return (vi32){x, x, x, x};
}

static inline vi32 vi32_zero(void)
{
    return vi32_set1(0);
}

static inline vi32 vi32_load(const int32_t *p)
{
    vi32 v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void vi32_store(int32_t *p, vi32 v)
{
    memcpy(p, &v, sizeof v);
}

static inline vi32 vi32_load_n(const int32_t *p, int n)
{
    vi32 v = vi32_zero();
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
}

static inline void vi32_store_n(int32_t *p, vi32 v, int n)
{
    memcpy(p, &v, (size_t)n * sizeof *p);
}

static inline vi32 vi32_add(vi32 a, vi32 b)
{
    return (vi32)((simd_u32)a + (simd_u32)b);
}

static inline vi32 vi32_sub(vi32 a, vi32 b)
{
    return (vi32)((simd_u32)a - (simd_u32)b);
}

static inline vi32 vi32_mul(vi32 a, vi32 b)
{
    return (vi32)((simd_u32)a * (simd_u32)b);
}

static inline vi32 vi32_dot_i16(vi32 a, vi32 b)
{
    const vi32 low = (vi32)((simd_u32)a << 16) >> 16, low_b = (vi32)((simd_u32)b << 16) >> 16;
    return vi32_add(low * low_b, (a >> 16) * (b >> 16));
}

static inline vi32 vi32_and(vi32 a, vi32 b)
{
    return a & b;
}

static inline vi32 vi32_or(vi32 a, vi32 b)
{
    return a | b;
}

static inline vi32 vi32_xor(vi32 a, vi32 b)
{
    return a ^ b;
}

static inline vi32 vi32_shl(vi32 a, int count)
{
    return (vi32)((simd_u32)a << (uint32_t)count);
}

static inline vi32 vi32_shr(vi32 a, int count)
{
    return (vi32)((simd_u32)a >> (uint32_t)count);
}

static inline vi32 vi32_sra(vi32 a, int count)
{
    return a >> count;
}

static inline vi32 vi32_select(vm32 mask, vi32 yes, vi32 no)
{
    return (mask & yes) | (~mask & no);
}

static inline vi32 vi32_min(vi32 a, vi32 b)
{
    return vi32_select(a < b, a, b);
}

static inline vi32 vi32_max(vi32 a, vi32 b)
{
    return vi32_select(a > b, a, b);
}

static inline vm32 vi32_eq(vi32 a, vi32 b)
{
    return a == b;
}

static inline vm32 vi32_gt(vi32 a, vi32 b)
{
    return a > b;
}

/* Conversion. */

static inline vi32 vf32_to_vi32_trunc(vf32 a)
{
    const vm32 fits = (a >= -0x1p31F) & (a < 0x1p31F);
    const vi32 r = __builtin_convertvector(vf32_select(fits, a, vf32_zero()), vi32);
    return vi32_select(fits, r, vi32_set1(INT32_MIN));
}

static inline vi32 vf32_to_vi32(vf32 a)
{
    return vf32_to_vi32_trunc(vf32_round(a));
}

static inline vf32 vi32_to_vf32(vi32 a)
{
    return __builtin_convertvector(a, vf32);
}

/* Bytes. */

static inline vi32 vi32_load_u8(const uint8_t *p)
{
    return vi32_load((const int32_t[]){p[0], p[1], p[2], p[3]});
}

static inline vi32 vi32_load_i8(const uint8_t *p)
{
    return vi32_load((const int32_t[]){(int8_t)p[0], (int8_t)p[1], (int8_t)p[2], (int8_t)p[3]});
}

static inline void vi32_store_8(uint8_t *p, vi32 v)
{
    for (int i = 0; i < VF32_LANES; i++)
        p[i] = (uint8_t)v[i];
}

/* Half types. */

static inline simd_u32 simd_load_u16_n(const uint16_t *p, int n)
{
    simd_u16 v = {0};
    memcpy(&v, p, (size_t)n * sizeof *p);
    return __builtin_convertvector(v, simd_u32);
}

static inline void simd_store_u16_n(uint16_t *p, simd_u32 v, int n)
{
    const simd_u16 lanes = __builtin_convertvector(v, simd_u16);
    memcpy(p, &lanes, (size_t)n * sizeof *p);
}

/* Moved to the float's place, the half's exponent is too small by 112; a product with 2^112 is
 * exact and takes subnormals along. */
static inline vf32 simd_from_f16(simd_u32 a)
{
    const simd_u32 magnitude = (a & 0x7fff) << 13;
    const vf32 finite = (vf32)magnitude * 0x1p112F;
    const simd_u32 quiet = magnitude | 0x7fc00000;
    const simd_u32 special =
        (simd_u32)vi32_select((vi32)(magnitude == 0x0f800000), vi32_set1(0x7f800000), (vi32)quiet);
    const vf32 r = vf32_select((vi32)(magnitude >= 0x0f800000), (vf32)special, finite);
    return vf32_or(r, (vf32)((a & 0x8000) << 16));
}

/* Normal results are rounded as integers. Subnormal ones are multiples of 2^-24, which is the last
 * place of a float around 0.5: the addition rounds them. */
static inline simd_u32 simd_to_f16(vf32 a)
{
    const vf32 magnitude = vf32_abs(a);
    const simd_u32 bits = (simd_u32)magnitude;
    const simd_u32 sign = ((simd_u32)a >> 16) & 0x8000;
    const simd_u32 normal = (bits + 0xfff + ((bits >> 13) & 1) - (112U << 23)) >> 13;
    const simd_u32 subnormal = (simd_u32)(magnitude + 0.5F) - 0x3f000000;
    const simd_u32 nan = 0x7e00 | (bits >> 13 & 0x3ff);
    vi32 r = vi32_select(magnitude < 0x1p-14F, (vi32)subnormal, (vi32)normal);
    r = vi32_select(magnitude >= 65520.0F, vi32_set1(0x7c00), r);
    r = vi32_select(a != a, (vi32)nan, r);
    return (simd_u32)r | sign;
}

static inline vf32 simd_from_bf16(simd_u32 a)
{
    return (vf32)(a << 16);
}

static inline simd_u32 simd_to_bf16(vf32 a)
{
    const simd_u32 bits = (simd_u32)a;
    const simd_u32 up = bits + 0x7fff + ((bits >> 16) & 1);
    return (simd_u32)vi32_select(a != a, (vi32)(bits | 0x400000), (vi32)up) >> 16;
}

static inline vf32 vf32_load_f16_n(const uint16_t *p, int n)
{
    return simd_from_f16(simd_load_u16_n(p, n));
}

static inline vf32 vf32_load_f16(const uint16_t *p)
{
    return vf32_load_f16_n(p, VF32_LANES);
}

static inline void vf32_store_f16_n(uint16_t *p, vf32 v, int n)
{
    simd_store_u16_n(p, simd_to_f16(v), n);
}

static inline void vf32_store_f16(uint16_t *p, vf32 v)
{
    vf32_store_f16_n(p, v, VF32_LANES);
}

static inline vf32 vf32_load_bf16_n(const uint16_t *p, int n)
{
    return simd_from_bf16(simd_load_u16_n(p, n));
}

static inline vf32 vf32_load_bf16(const uint16_t *p)
{
    return vf32_load_bf16_n(p, VF32_LANES);
}

static inline void vf32_store_bf16_n(uint16_t *p, vf32 v, int n)
{
    simd_store_u16_n(p, simd_to_bf16(v), n);
}

static inline void vf32_store_bf16(uint16_t *p, vf32 v)
{
    vf32_store_bf16_n(p, v, VF32_LANES);
}

#endif
