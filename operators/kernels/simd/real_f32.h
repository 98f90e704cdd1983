/* What templates (*_tmpl.c) of real arithmetic are written in, for float: a file that includes a
 * template includes this header or real_f64.h first. */
#ifndef KERNELS_SIMD_REAL_F32_H
#define KERNELS_SIMD_REAL_F32_H

#include "operators/kernels/simd/simd.h"

typedef float real;
typedef vf32 vreal;

#define REAL(name) name##_f32    /* a function of the type */
#define REAL_V(word) vf32_##word /* a word of the vector vocabulary */
#define REAL_LANES VF32_LANES
#define REAL_COLUMNS (2 * VF32_LANES) /* of a panel: GEMM_COLUMNS */

#endif
