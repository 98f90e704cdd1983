/* Copying slices of one tensor along an axis into another: for elements of every type, those that
 * share a byte with others among them. */
#ifndef OPERATORS_OP_SLICES_H
#define OPERATORS_OP_SLICES_H

#include "operators/op/copy.h"

/* Both sides seen as [outer, length, inner], inner counted in elements. */
struct op_slices {
    hinge_type type;
    int64_t outer, inner;
    int64_t n;                                            /* slices to copy */
    int64_t to_length, to_first, from_length, from_first; /* slices on each side, and the first */
};

/* The same strings, not copies of them, where the elements are strings. */
void op_slices_copy(const struct hinge_node *node, const struct op_slices *slices, void *to,
                    const void *from);

/* For outputs and what outlives from: strings are copied too. Fails only for want of memory. */
hinge_status op_slices_keep(const struct hinge_node *node, const struct op_slices *slices, void *to,
                            const void *from);

#endif
