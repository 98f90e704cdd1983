/* Rows of float16 and bfloat16 to float32 and back. */
#ifndef KERNELS_HALF_H
#define KERNELS_HALF_H

#include <hinge/tensor.h>

#include "operators/kernels/simd/simd.h"

static inline bool half_is(hinge_type type)
{
    return type == HINGE_FLOAT16 || type == HINGE_BFLOAT16;
}

static inline void half_load(hinge_type type, float *to, const uint16_t *from, int64_t count)
{
    const bool is_f16 = type == HINGE_FLOAT16;
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES) {
        simd_prefetch(from + i);
        vf32_store(to + i, is_f16 ? vf32_load_f16(from + i) : vf32_load_bf16(from + i));
    }
    if (i < count) {
        const int n = (int)(count - i);
        vf32_store_n(to + i, is_f16 ? vf32_load_f16_n(from + i, n) : vf32_load_bf16_n(from + i, n),
                     n);
    }
}

static inline void half_store(hinge_type type, uint16_t *to, const float *from, int64_t count)
{
    const bool is_f16 = type == HINGE_FLOAT16;
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES) {
        const vf32 v = vf32_load(from + i);
        if (is_f16)
            vf32_store_f16(to + i, v);
        else
            vf32_store_bf16(to + i, v);
    }
    if (i < count) {
        const int n = (int)(count - i);
        const vf32 v = vf32_load_n(from + i, n);
        if (is_f16)
            vf32_store_f16_n(to + i, v, n);
        else
            vf32_store_bf16_n(to + i, v, n);
    }
}

#endif
