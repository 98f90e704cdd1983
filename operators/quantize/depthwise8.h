/* Convolutions of 8-bit integers whose groups have one channel each. */
#ifndef OPERATORS_QUANTIZE_DEPTHWISE8_H
#define OPERATORS_QUANTIZE_DEPTHWISE8_H

#include "operators/quantize/conv8.h"

hinge_status depthwise8_prepare(const struct hinge_node *node, const struct conv8 *c,
                                size_t *scratch);
void depthwise8_run(const struct hinge_node *node, const struct conv8 *c);

#endif
