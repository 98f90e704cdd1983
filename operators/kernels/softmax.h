/* Softmax e^(x - max) / sum and its logarithm x - max - log sum, along a row or along columns. */
#ifndef KERNELS_SOFTMAX_H
#define KERNELS_SOFTMAX_H

#include <stdbool.h>
#include <stdint.h>

/* A contiguous row; y may be x. */
void softmax_row_f32(float *y, const float *x, int64_t count, bool logarithm);
/* width adjoining columns of count elements, stride apart; y may be x. */
void softmax_columns_f32(float *y, const float *x, int64_t count, int64_t stride, int64_t width,
                         bool logarithm);
/* One column. */
void softmax_column_f64(double *y, const double *x, int64_t count, int64_t stride, bool logarithm);

#endif
