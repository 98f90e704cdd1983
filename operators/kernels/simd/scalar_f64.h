/* The vector vocabulary for any CPU: 2 lanes of double and int64. What each word means: simd.h. */
#ifndef KERNELS_SIMD_SCALAR_F64_H
#define KERNELS_SIMD_SCALAR_F64_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define VF64_LANES 2

typedef double vf64 __attribute__((vector_size(16)));
typedef int64_t vi64 __attribute__((vector_size(16)));
typedef vi64 vm64; /* a lane is 0 or -1 */

typedef uint64_t simd_u64 __attribute__((vector_size(16)));
typedef float simd_f32x2 __attribute__((vector_size(8)));

/* Masks. */

static inline vm64 vm64_first(int n)
{
    const vi64 lane = {0, 1};
    return lane < n;
}

static inline vm64 vm64_and(vm64 a, vm64 b)
{
    return a & b;
}

static inline vm64 vm64_or(vm64 a, vm64 b)
{
    return a | b;
}

static inline vm64 vm64_not(vm64 a)
{
    return ~a;
}

/* One bit a lane, lane 0 lowest. */
static inline uint32_t vm64_bits(vm64 a)
{
    return (uint32_t)((a[0] & 1) | (a[1] & 2));
}

static inline bool vm64_any(vm64 a)
{
    return vm64_bits(a) != 0;
}

static inline bool vm64_all(vm64 a)
{
    return vm64_bits(a) == 3;
}

/* Memory; load_f32 and store_f32 convert VF64_LANES floats. */

static inline vf64 vf64_set1(double x)
{
    return (vf64){x, x};
}

static inline vf64 vf64_zero(void)
{
    return vf64_set1(0);
}

static inline vf64 vf64_load(const double *p)
{
    vf64 v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void vf64_store(double *p, vf64 v)
{
    memcpy(p, &v, sizeof v);
}

static inline vf64 vf64_load_n(const double *p, int n)
{
    vf64 v = vf64_zero();
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
}

static inline void vf64_store_n(double *p, vf64 v, int n)
{
    memcpy(p, &v, (size_t)n * sizeof *p);
}

static inline vf64 vf64_load_f32(const float *p)
{
    return (vf64){(double)p[0], (double)p[1]};
}

static inline void vf64_store_f32(float *p, vf64 v)
{
    const simd_f32x2 lanes = __builtin_convertvector(v, simd_f32x2);
    memcpy(p, &lanes, sizeof lanes);
}

/* Bits. */

static inline vf64 vf64_and(vf64 a, vf64 b)
{
    return (vf64)((vi64)a & (vi64)b);
}

static inline vf64 vf64_or(vf64 a, vf64 b)
{
    return (vf64)((vi64)a | (vi64)b);
}

static inline vf64 vf64_xor(vf64 a, vf64 b)
{
    return (vf64)((vi64)a ^ (vi64)b);
}

/* ~a & b */
static inline vf64 vf64_andnot(vf64 a, vf64 b)
{
    return (vf64)(~(vi64)a & (vi64)b);
}

static inline vf64 vf64_abs(vf64 a)
{
    return vf64_andnot(vf64_set1(-0.0), a);
}

static inline vf64 vf64_neg(vf64 a)
{
    return vf64_xor(vf64_set1(-0.0), a);
}

static inline vf64 vf64_copysign(vf64 magnitude, vf64 sign)
{
    return vf64_or(vf64_and(vf64_set1(-0.0), sign), vf64_abs(magnitude));
}

/* Comparison. */

static inline vm64 vf64_lt(vf64 a, vf64 b)
{
    return a < b;
}

static inline vm64 vf64_le(vf64 a, vf64 b)
{
    return a <= b;
}

static inline vm64 vf64_gt(vf64 a, vf64 b)
{
    return a > b;
}

static inline vm64 vf64_ge(vf64 a, vf64 b)
{
    return a >= b;
}

static inline vm64 vf64_eq(vf64 a, vf64 b)
{
    return a == b;
}

static inline vm64 vf64_ne(vf64 a, vf64 b)
{
    return a != b;
}

static inline vm64 vf64_unordered(vf64 a, vf64 b)
{
    return (a != a) | (b != b);
}

static inline vf64 vf64_select(vm64 mask, vf64 yes, vf64 no)
{
    return (vf64)((mask & (vi64)yes) | (~mask & (vi64)no));
}

/* Arithmetic. */

static inline vf64 vf64_add(vf64 a, vf64 b)
{
    return a + b;
}

static inline vf64 vf64_sub(vf64 a, vf64 b)
{
    return a - b;
}

static inline vf64 vf64_mul(vf64 a, vf64 b)
{
    return a * b;
}

static inline vf64 vf64_div(vf64 a, vf64 b)
{
    return a / b;
}

static inline vf64 vf64_fma(vf64 a, vf64 b, vf64 c)
{
    return a * b + c;
}

static inline vf64 vf64_fnma(vf64 a, vf64 b, vf64 c)
{
    return c - a * b;
}

static inline vf64 vf64_min(vf64 a, vf64 b)
{
    return vf64_select(a < b, a, b);
}

static inline vf64 vf64_max(vf64 a, vf64 b)
{
    return vf64_select(a > b, a, b);
}

static inline vf64 vf64_sqrt(vf64 a)
{
    return (vf64){sqrt(a[0]), sqrt(a[1])};
}

/* Adding 2^52 leaves no room for a fraction; from 2^52 on there is none. */
static inline vf64 simd_round_abs_f64(vf64 magnitude)
{
    const vf64 big = vf64_set1(0x1p52);
    return vf64_select(magnitude < big, (magnitude + big) - big, magnitude);
}

static inline vf64 vf64_round(vf64 a)
{
    return vf64_copysign(simd_round_abs_f64(vf64_abs(a)), a);
}

static inline vf64 vf64_floor(vf64 a)
{
    const vf64 r = vf64_round(a);
    return vf64_copysign(r - vf64_select(r > a, vf64_set1(1), vf64_zero()), a);
}

static inline vf64 vf64_ceil(vf64 a)
{
    const vf64 r = vf64_round(a);
    return vf64_copysign(r + vf64_select(r < a, vf64_set1(1), vf64_zero()), a);
}

static inline vf64 vf64_trunc(vf64 a)
{
    const vf64 magnitude = vf64_abs(a);
    const vf64 r = simd_round_abs_f64(magnitude);
    return vf64_copysign(r - vf64_select(r > magnitude, vf64_set1(1), vf64_zero()), a);
}

/* Reduction over the lanes. */

static inline double vf64_reduce_add(vf64 a)
{
    return a[0] + a[1];
}

/* NaN if a lane is. */
static inline double vf64_reduce_max(vf64 a)
{
    return vm64_any(a != a) ? (double)NAN : a[0] > a[1] ? a[0] : a[1];
}

/* NaN if a lane is. */
static inline double vf64_reduce_min(vf64 a)
{
    return vm64_any(a != a) ? (double)NAN : a[0] < a[1] ? a[0] : a[1];
}

/* Int64: what exponents are made of. */

static inline vi64 vi64_set1(int64_t x)
{
    return (vi64){x, x};
}

static inline vi64 vi64_add(vi64 a, vi64 b)
{
    return (vi64)((simd_u64)a + (simd_u64)b);
}

static inline vi64 vi64_sub(vi64 a, vi64 b)
{
    return (vi64)((simd_u64)a - (simd_u64)b);
}

static inline vi64 vi64_and(vi64 a, vi64 b)
{
    return a & b;
}

static inline vi64 vi64_or(vi64 a, vi64 b)
{
    return a | b;
}

static inline vi64 vi64_xor(vi64 a, vi64 b)
{
    return a ^ b;
}

static inline vi64 vi64_shl(vi64 a, int count)
{
    return (vi64)((simd_u64)a << (uint64_t)count);
}

static inline vi64 vi64_shr(vi64 a, int count)
{
    return (vi64)((simd_u64)a >> (uint64_t)count);
}

static inline vi64 vf64_as_vi64(vf64 a)
{
    return (vi64)a;
}

static inline vf64 vi64_as_vf64(vi64 a)
{
    return (vf64)a;
}

#endif
