#include "operators/kernels/simd/real_f32.h"

#include "operators/kernels/gemm/gemm_bf16.h"
#include "operators/kernels/gemm/gemm_half.h"
#include "operators/kernels/gemm/gemm_multiply.h"
#include "operators/kernels/half.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#include "operators/kernels/gemm/gemm_tile_tmpl.c"

#include "operators/kernels/gemm/gemm_tmpl.c"

#include "operators/kernels/gemm/gemm_few_tmpl.c"

#include "operators/kernels/gemm/gemm_multiply_tmpl.c"
