/* Rows of float16 and bfloat16 to float32 and back. */
#ifndef KERNELS_HALF_H
#define KERNELS_HALF_H

#include <hinge/tensor.h>

#include "operators/kernels/simd/simd.h"

static inline bool half_is(hinge_type type)
{
    return type == HINGE_FLOAT16 || type == HINGE_BFLOAT16;
}

/* One vector of either, or its first n lanes. type is meant to be a constant. */
static inline vf32 half_load_vector(hinge_type type, const uint16_t *from)
{
    return type == HINGE_FLOAT16 ? vf32_load_f16(from) : vf32_load_bf16(from);
}

static inline vf32 half_load_vector_n(hinge_type type, const uint16_t *from, int n)
{
    return type == HINGE_FLOAT16 ? vf32_load_f16_n(from, n) : vf32_load_bf16_n(from, n);
}

static inline void half_store_vector(hinge_type type, uint16_t *to, vf32 v)
{
    if (type == HINGE_FLOAT16)
        vf32_store_f16(to, v);
    else
        vf32_store_bf16(to, v);
}

static inline void half_store_vector_n(hinge_type type, uint16_t *to, vf32 v, int n)
{
    if (type == HINGE_FLOAT16)
        vf32_store_f16_n(to, v, n);
    else
        vf32_store_bf16_n(to, v, n);
}

static inline void half_load(hinge_type type, float *to, const uint16_t *from, int64_t count)
{
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES) {
        simd_prefetch(from + i);
        vf32_store(to + i, half_load_vector(type, from + i));
    }
    if (i < count) {
        const int n = (int)(count - i);
        vf32_store_n(to + i, half_load_vector_n(type, from + i, n), n);
    }
}

static inline void half_store(hinge_type type, uint16_t *to, const float *from, int64_t count)
{
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES)
        half_store_vector(type, to + i, vf32_load(from + i));
    if (i < count) {
        const int n = (int)(count - i);
        half_store_vector_n(type, to + i, vf32_load_n(from + i, n), n);
    }
}

#endif
