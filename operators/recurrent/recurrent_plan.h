/* How a run goes about, decided for the shapes: pieces of the sequence, what works side by side,
 * and where things stand in the scratch memory. */
#ifndef OPERATORS_RECURRENT_RECURRENT_PLAN_H
#define OPERATORS_RECURRENT_RECURRENT_PLAN_H

#include "operators/recurrent/recurrent.h"

struct recurrent_plan {
    const struct recurrent_kind *kind;
    struct recurrent_shape shape;
    hinge_type type, real;   /* of tensors, and what is computed in */
    int64_t columns;         /* n_gates * hidden */
    int64_t chunk;           /* steps whose gates are computed at a time */
    int64_t group, n_groups; /* entries of the batch that one task takes through a chunk */
    bool splits_columns;     /* instead, every step's product is split over the threads */
    bool copies_x;           /* a chunk of X has to be converted or gathered */
    bool own;                /* kind->own_since's attribute is set */
    size_t w_size, r_size;   /* packed, of one direction */
    /* Offsets in bytes. Of each direction: packed weights that are not constant, biases and those
     * of recurrence, peepholes; states, gates, strips of states. Then a chunk of X, and what a
     * product needs. */
    size_t w, r, bias, recurrent_bias, peepholes, h, c, gates, strips, x, gemm;
    size_t size;
};

/* The product with W of n_steps steps, without its pointers: packed_b only says that it is packed.
 */
struct gemm_call recurrent_input_product(const struct hinge_node *node,
                                         const struct recurrent_plan *plan, int64_t n_steps);

#endif
