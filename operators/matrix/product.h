/* What Gemm and MatMul do alike around the kernel: their constant matrix packed, their epilogue. */
#ifndef OPERATORS_MATRIX_PRODUCT_H
#define OPERATORS_MATRIX_PRODUCT_H

#include "operators/kernels/gemm/gemm_multiply.h"
#include "operators/op/op.h"

/* For init: packs the constant input 1 of depth rows (transposed: columns rows), of a type that
 * gemm_packs, into node->state, and gives the original up. */
hinge_status product_pack(struct hinge_node *node, int64_t columns, int64_t depth, bool transposed);

/* Addend and activation for count finished sums of a float32 node, which begin at element index of
 * output 0. */
void product_epilogue(const struct hinge_node *node, float *y, int64_t index, int64_t count);

#endif
