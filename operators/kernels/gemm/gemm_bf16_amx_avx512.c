/* The kernel of bfloat16 on CPUs that have AMX. */
#include "operators/kernels/gemm/gemm_bf16.h"

#ifdef __AMX_BF16__

#define AMX_BLOCK struct gemm_bf16_block
#define AMX_SUM float
#define AMX_DOT _tile_dpbf16ps
#include "operators/kernels/gemm/gemm_amx_tmpl.c"

const struct gemm_bf16 gemm_bf16_amx = {
    .rows = SIDE, .columns = SIDE, .block = AMX_WORDS, .multiply = multiply};

#else

const struct gemm_bf16 gemm_bf16_amx;

#endif
