/* Numbers to uint8 with the scale and zero point that let their range, which 0 is made a part of,
 * fit. NaN does not count for the range and becomes 0. Where there are no numbers but zeros, the
 * scale is 1. */
#ifndef OPERATORS_QUANTIZE_DYNAMIC_H
#define OPERATORS_QUANTIZE_DYNAMIC_H

#include "operators/quantize/quantize.h"

/* Bytes of scratch for count numbers, a multiple of 64. */
size_t dynamic_scratch(int64_t count);
/* y: NULL for none. */
void dynamic_quantize(const struct hinge_node *node, const float *x, int64_t count, void *scratch,
                      uint8_t *y, float *scale, uint8_t *zero_point);

#endif
