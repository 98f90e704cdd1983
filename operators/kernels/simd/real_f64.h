/* The same as real_f32.h, for double. */
#ifndef KERNELS_SIMD_REAL_F64_H
#define KERNELS_SIMD_REAL_F64_H

#include "operators/kernels/simd/simd.h"

typedef double real;
typedef vf64 vreal;

#define REAL(name) name##_f64
#define REAL_V(word) vf64_##word
#define REAL_LANES VF64_LANES
#define REAL_COLUMNS (2 * VF64_LANES)

#endif
