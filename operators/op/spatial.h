/* Attributes that list a value for each spatial axis, of operators that are no windows of nn/. */
#ifndef OPERATORS_OP_SPATIAL_H
#define OPERATORS_OP_SPATIAL_H

#include "operators/op/op.h"

/* The largest stride, dilation, pad or extent: sums and products of a few fit int64_t. */
#define OP_SPATIAL_MAX (INT64_C(1) << 31)

/* Entry i of the list, which must have count values; otherwise where it is left out. Fails where
 * the entry is not in [least, OP_SPATIAL_MAX]. */
hinge_status op_spatial_entry(const struct hinge_node *node, unsigned attribute, const char *name,
                              int32_t count, int32_t i, int64_t otherwise, int64_t least,
                              int64_t *value);

#endif
