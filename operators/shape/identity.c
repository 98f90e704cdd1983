/* Identity-1, -13, -14, -16, -19, -21, -23, -24, -25: y = x, for tensors of any type. */
#include "operators/op_copy.h"

static bool always(const struct hinge_node *node)
{
    (void)node;
    return true;
}

const struct hinge_op op_identity[] = {
    {.name = "Identity",
     .since = 1,
     .inputs = {1, 1},
     .outputs = {1, 1},
     .flags = HINGE_OP_IN_PLACE | HINGE_OP_VIEW,
     .infer = op_infer_same,
     .is_identity = always,
     .kernels = {{HINGE_NO_TYPE, op_run_view}}},
    OP_END,
};
