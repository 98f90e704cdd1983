/* The kernel of bytes, on CPUs that have AVX-512 VNNI: 12 x 32 sums of four products each. */
#include "operators/kernels/gemm/gemm_int8.h"

#ifdef __AVX512VNNI__

#include "operators/kernels/simd/avx512_vnni.h"

#define GEMM_INT8_ROWS 12
#define GEMM_INT8_DOT(sum, a, b) vi32_dot_u8i8(sum, a, b)
#include "operators/kernels/gemm/gemm_int8_tmpl.c"

const struct gemm_int8 gemm_int8_vnni = {.rows = GEMM_INT8_ROWS,
                                         .columns = 2 * (int64_t)VF32_LANES,
                                         .group = 4,
                                         .block = 1,
                                         .tile = gemm_int8_own_tile};

#else

const struct gemm_int8 gemm_int8_vnni;

#endif
