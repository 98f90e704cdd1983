/* Linear quantization: how scales and zero points lie over a tensor, and rows of numbers through
 * them. A quotient is rounded to nearest, ties to even, then the zero point is added, then the sum
 * is brought into the range of the type; NaN becomes the least value. */
#ifndef OPERATORS_QUANTIZE_H
#define OPERATORS_QUANTIZE_H

#include "operators/op/op.h"

/* Rows that the caller buffers are at most so long. */
#define QUANTIZE_BLOCK 256

/* Integers of 2 to 32 bits in a quantized tensor, as int32; packed ones must be stored in the order
 * of their places, as bits that share a byte with later ones are made 0. */
void quantize_load(hinge_type type, int32_t *to, const void *from, int64_t at, int64_t count);
void quantize_store(hinge_type type, void *to, int64_t at, const int32_t *from, int64_t count);

/* The least and largest value of an integer type of up to 16 bits. */
void quantize_range(hinge_type type, float *least, float *largest);

/* Scale and zero point of a row: one for all (step 0), or one for each element (step 1). */
struct quantize_by {
    const float *scale;
    const int32_t *zero_point;
    int64_t step;
};

/* y[i] = saturated(round(x[i] / scale) + zero_point), at most QUANTIZE_BLOCK of them. */
void quantize_row(int32_t *y, const float *x, const struct quantize_by *by, float least,
                  float largest, int64_t count);
/* The same, in a byte each, for (x[i] + addend) * scale, x being sums of products, which the addend
 * is added to modulo 2^32; any count of them. */
void quantize_sums(uint8_t *y, const int32_t *x, int32_t addend, const struct quantize_by *by,
                   float least, float largest, int64_t count);
/* y[i] = (x[i] - zero_point) * scale, y being x or not. */
void quantize_restore(float *y, const int32_t *x, const struct quantize_by *by, int64_t count);

/* Count elements of x, from element at on, to elements of y of an integer type of up to 16 bits. */
void quantize_floats(hinge_type type, void *y, int64_t at, const float *x, float scale,
                     int32_t zero_point, int64_t count);

/* Which scale an element has. */
struct quantize_grid {
    int64_t axis, inner; /* extents of the axis, and of what lies inside of it */
    int64_t block;       /* elements along the axis that have one scale */
    int64_t outer_step, axis_step, inner_step; /* of scales */
    int64_t count;                             /* of scales */
};

/* From element on: how many elements have the scales from number scale on, step apart. */
struct quantize_run {
    int64_t scale, step, count;
};
struct quantize_run quantize_run_at(const struct quantize_grid *grid, int64_t element);

/* What attributes say; block_size 0: one scale for all, or, where has_axis, one for each place
 * along the axis too. */
struct quantize_attributes {
    int64_t axis, block_size;
    bool has_axis;
    hinge_type precision; /* of the division; HINGE_NO_TYPE: that of the scale */
    bool no_saturate;     /* of float8 */
};

/* The hooks of QuantizeLinear and DequantizeLinear: x, scale, zero point or none. */
hinge_status quantize_infer(const struct hinge_node *node,
                            const struct quantize_attributes *attributes);
hinge_status quantize_prepare(const struct hinge_node *node,
                              const struct quantize_attributes *attributes, size_t *scratch);
hinge_status quantize_run_linear(const struct hinge_node *node,
                                 const struct quantize_attributes *attributes);
hinge_status quantize_run_dequantize(const struct hinge_node *node,
                                     const struct quantize_attributes *attributes);

#endif
