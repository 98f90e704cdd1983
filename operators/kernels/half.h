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
    for (int64_t i = 0; i < count; i += VF32_LANES) {
        const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;
        vf32_store_n(to + i,
                     type == HINGE_FLOAT16 ? vf32_load_f16_n(from + i, n)
                                           : vf32_load_bf16_n(from + i, n),
                     n);
    }
}

static inline void half_store(hinge_type type, uint16_t *to, const float *from, int64_t count)
{
    for (int64_t i = 0; i < count; i += VF32_LANES) {
        const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;
        if (type == HINGE_FLOAT16)
            vf32_store_f16_n(to + i, vf32_load_n(from + i, n), n);
        else
            vf32_store_bf16_n(to + i, vf32_load_n(from + i, n), n);
    }
}

#endif
