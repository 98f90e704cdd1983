/* What Conv and FusedConv are made of. Their attributes begin with those of this list. */
#ifndef OPERATORS_NN_CONV_NODE_H
#define OPERATORS_NN_CONV_NODE_H

#include "operators/nn/window.h"

enum { CONV_N_ATTRIBUTES = WINDOW_GROUP + 1 };
#define CONV_ATTRIBUTES                                                                            \
    WINDOW_ATTRIBUTES,                                                                             \
    {                                                                                              \
        .name = "group", .type = HINGE_ATTR_INT, .i = 1                                            \
    }

hinge_status conv_node_init(struct hinge_node *node);
hinge_status conv_node_infer(const struct hinge_node *node);
/* addend, of the output's type and shape, is added before the activation; either may be NULL. They
 * stand in place of the node's epilogue. */
hinge_status conv_node_prepare(struct hinge_node *node, const hinge_tensor *addend, size_t *size);
hinge_status conv_node_run(const struct hinge_node *node, const hinge_tensor *addend,
                           const struct hinge_activation *activation);

#endif
