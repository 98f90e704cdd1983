/* What Gemm and FusedGemm are made of. Their attributes begin with those of this list. */
#ifndef OPERATORS_MATRIX_GEMM_NODE_H
#define OPERATORS_MATRIX_GEMM_NODE_H

#include "operators/op/op.h"

enum { GEMM_ALPHA, GEMM_BETA, GEMM_TRANS_A, GEMM_TRANS_B, GEMM_N_ATTRIBUTES };
#define GEMM_ATTRIBUTES                                                                            \
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},                                           \
        {.name = "beta", .type = HINGE_ATTR_FLOAT, .f = 1},                                        \
        {.name = "transA", .type = HINGE_ATTR_INT},                                                \
    {                                                                                              \
        .name = "transB", .type = HINGE_ATTR_INT                                                   \
    }

hinge_status gemm_node_init(struct hinge_node *node);
hinge_status gemm_node_infer(const struct hinge_node *node);
hinge_status gemm_node_prepare(struct hinge_node *node, size_t *scratch);
/* own, for floating-point types, is applied before the node's epilogue; NULL: none. */
hinge_status gemm_node_run(const struct hinge_node *node, const struct hinge_activation *own);

#endif
