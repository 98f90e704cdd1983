/* MatMul with operands that may lie transposed: what MatMul and FusedMatMul are made of. */
#ifndef OPERATORS_MATRIX_MATMUL_NODE_H
#define OPERATORS_MATRIX_MATMUL_NODE_H

#include "operators/matrix/batch.h"

struct matmul_form {
    float alpha; /* factor of the product */
    struct batch_layout a, b;
};

hinge_status matmul_node_init(struct hinge_node *node, const struct matmul_form *form);
hinge_status matmul_node_infer(const struct hinge_node *node, const struct matmul_form *form);
hinge_status matmul_node_prepare(struct hinge_node *node, const struct matmul_form *form,
                                 size_t *scratch);
hinge_status matmul_node_run(const struct hinge_node *node, const struct matmul_form *form);

#endif
