/* What operator files share: the end of a table, shape inference that many operators have in
 * common, and checks that say what is wrong. */
#ifndef OPERATORS_OP_H
#define OPERATORS_OP_H

#include <hinge/plugin.h>

/* The newest opset of the standard that the operators here were checked against. */
#define OP_LATEST_OPSET 28

/* Last entry of an operator table. */
#define OP_END                                                                                     \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* Fails with a sentence: return OP_FAIL(node, HINGE_BAD_SHAPE, "axis %d …", axis). */
#define OP_FAIL(node, status, ...) ((node)->host->fail((node), (status), __VA_ARGS__))

/* infer: output 0 has input 0's type and shape. */
hinge_status op_infer_same(const struct hinge_node *node);
/* infer: output 0 has the inputs' common type and their broadcast shape (any number of inputs). */
hinge_status op_infer_broadcast(const struct hinge_node *node);
/* The same with bool as output type (comparisons). */
hinge_status op_infer_broadcast_bool(const struct hinge_node *node);
/* For infer: output 0 has this type and the inputs' broadcast shape, whatever their types. */
hinge_status op_infer_broadcast_as(const struct hinge_node *node, hinge_type type);

/* Sets an output's type and dims; dims of NULL with rank 0 for a scalar. Outputs that nobody wants
 * are skipped. A dimension of -1 is one that run sets through host->resize. Fails where rank is too
 * high; that no dimension is below -1 and all sizes fit is checked by the host. */
hinge_status op_set_output(const struct hinge_node *node, unsigned output, hinge_type type,
                           int32_t rank, const int64_t *dims);

/* Makes axis in [-rank, rank) one in [0, rank); fails naming what otherwise. rank 0 accepts none.
 */
hinge_status op_axis(const struct hinge_node *node, const char *what, int64_t axis, int32_t rank,
                     int32_t *normal);

/* The known int64 (or int32) values of an input as int64; HINGE_NEEDS_DATA where it is not known
 * yet. Fails where it is not an integer tensor of rank 0 or 1 or has more than max elements. */
hinge_status op_input_ints(const struct hinge_node *node, unsigned input, int64_t *values,
                           size_t max, size_t *count);

/* The input, or NULL where it is left out or the node has fewer. */
static inline const hinge_tensor *op_input(const struct hinge_node *node, unsigned index)
{
    return index < node->n_inputs ? node->inputs[index] : NULL;
}

static inline hinge_tensor *op_output(const struct hinge_node *node, unsigned index)
{
    return index < node->n_outputs ? node->outputs[index] : NULL;
}

#endif
