/* Numbers beside the integers that stand for them: what a node reads that dequantizes, as
 * DequantizeLinear does (HINGE_OP_DEQUANTIZES), and what one writes that quantizes. */
#ifndef PASSES_QUANTIZED_H
#define PASSES_QUANTIZED_H

#include "passes/pass.h"

struct quantized {
    uint32_t integers, scale, zero_point; /* values; a zero point of GRAPH_NONE is 0 */
    hinge_type type;                      /* int8 or uint8; where dequantized also int32 */
    int64_t n_scales;                     /* where there are several, each is of a place on axis */
    int64_t axis;                         /* counted from the end where negative */
};

/* Whether node dequantizes to float32 (quantizes from float32) and its scales are
 * constants, finite and above 0, and whose zero points are constants. */
bool quantized_of_dequantize(const struct graph *graph, const struct graph_node *node,
                             struct quantized *q);
bool quantized_of_quantize(const struct graph *graph, const struct graph_node *node,
                           struct quantized *q);
/* Whether a node that dequantizes so produces value. */
bool quantized_of_value(const struct graph *graph, uint32_t value, struct quantized *q);

/* Number i of the scales, and of the zero points. */
float quantized_scale(const struct graph *graph, const struct quantized *q, int64_t i);
int32_t quantized_zero_point(const struct graph *graph, const struct quantized *q, int64_t i);
/* Whether both are of one type, and of one and the same scale and zero point. */
bool quantized_same(const struct graph *graph, const struct quantized *a,
                    const struct quantized *b);

#endif
