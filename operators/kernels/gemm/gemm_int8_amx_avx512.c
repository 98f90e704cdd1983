/* The kernel of bytes on CPUs that have AMX. */
#include "operators/kernels/gemm/gemm_int8.h"

#ifdef __AMX_INT8__

#define AMX_BLOCK struct gemm_int8_block
#define AMX_SUM int32_t
#define AMX_DOT _tile_dpbsud
#include "operators/kernels/gemm/gemm_amx_tmpl.c"

const struct gemm_int8 gemm_int8_amx = {
    .rows = SIDE, .columns = SIDE, .group = 4, .block = AMX_WORDS, .multiply = multiply};

#else

const struct gemm_int8 gemm_int8_amx;

#endif
