/* Edges of a product of float16 or bfloat16, which is computed in float32. */
#ifndef KERNELS_GEMM_HALF_H
#define KERNELS_GEMM_HALF_H

#include <hinge/tensor.h>

#include <stdint.h>

/* gemm_pack_f32 of a matrix of halves, one of whose strides is 1; packed is of floats. */
void gemm_pack_half(hinge_type type, int64_t rows, int64_t depth, const uint16_t *x,
                    int64_t row_stride, int64_t depth_stride, int64_t width, void *packed,
                    int64_t strip_stride);
/* Rounds count floats at row to y. */
void gemm_store_half(hinge_type type, uint16_t *y, const void *row, int64_t count);

#endif
