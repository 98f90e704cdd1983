/* The operands of MatMul and its like as a batch of matrix products, as numpy.matmul has it. */
#ifndef OPERATORS_MATRIX_BATCH_H
#define OPERATORS_MATRIX_BATCH_H

#include "operators/op/op.h"

/* How an operand lies, in dimensions: batch, rows, columns unless told otherwise. */
struct batch_layout {
    bool transposed; /* the last two are swapped */
    bool batch_at_1; /* the first one is the last but one, the batch in between */
};

/* An operand as a batch of matrices, vectors made matrices; steps are in elements. */
struct batch_operand {
    int32_t rank; /* of the batch */
    int64_t dims[HINGE_MAX_RANK], steps[HINGE_MAX_RANK];
    int64_t rows, columns, row_step, column_step;
};

struct batch {
    struct batch_operand a, b;
    int32_t rank;
    int64_t dims[HINGE_MAX_RANK];
    int64_t count, rows, columns, depth;
    int64_t a_step[HINGE_MAX_RANK], b_step[HINGE_MAX_RANK]; /* elements; 0 where broadcast */
};

/* A vector is a row on the left and a column on the right. */
struct batch_operand batch_operand_of(const hinge_tensor *t, bool is_right,
                                      struct batch_layout layout);

hinge_status batch_read(const struct hinge_node *node, const hinge_tensor *a, const hinge_tensor *b,
                        struct batch *batch);
hinge_status batch_read_as(const struct hinge_node *node, const hinge_tensor *a,
                           struct batch_layout a_layout, const hinge_tensor *b,
                           struct batch_layout b_layout, struct batch *batch);
/* infer: the shape of output 0. */
hinge_status batch_infer(const struct hinge_node *node, const hinge_tensor *a,
                         const hinge_tensor *b);
hinge_status batch_set_output(const struct hinge_node *node, const hinge_tensor *a,
                              const hinge_tensor *b, const struct batch *batch);
/* One matrix on the right: the batch of the left, which lies as it does in MatMul, is more rows. */
void batch_merge(const hinge_tensor *a, const hinge_tensor *b, struct batch *batch);

/* Scratch for the offsets; where the matrices of each step begin, in scratch: count of a's, then
 * count of b's. */
size_t batch_offsets_size(const struct batch *batch);
void batch_set_offsets(const struct hinge_node *node, const struct batch *batch, int64_t *offsets);

#endif
