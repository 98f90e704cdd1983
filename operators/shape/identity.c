/* Identity-1, -13, -14, -16, -19, -21, -23, -24, -25: y = x; from 14 on sequences too, from 16 on
 * optionals. */
#include "operators/op/copy.h"
#include "operators/op/values.h"

static bool always(const struct hinge_node *node)
{
    (void)node;
    return true;
}

static hinge_status infer(const struct hinge_node *node)
{
    return hinge_is_container(node->inputs[0]->type) ? HINGE_OK : op_infer_same(node);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    return hinge_is_container(x->type) ? node->host->share(node, node->outputs[0], x)
                                       : op_run_view(node);
}

#define IDENTITY                                                                                   \
    .name = "Identity", .gradient = "dy", .flags = HINGE_OP_IN_PLACE | HINGE_OP_VIEW,              \
    .infer = infer, .is_identity = always, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_identity[] = {
    {IDENTITY, .since = 1, .until = 13,
     .signature = "(input: V) -> (output: V); V: " OP_TYPES_ALL_IR4},
    {IDENTITY, .since = 14, .until = 15,
     .signature =
         "(input: V) -> (output: V); V: " OP_TYPES_ALL_IR4 " " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR3)},
    {IDENTITY, .since = 16,
     .signature = "(input: V) -> (output: V); V: " OP_TYPES_ALL_IR13
                  " " OP_TYPES_SEQUENCE(OP_TYPES_ALL_IR3) " " OP_TYPES_OPTIONAL(OP_TYPES_ALL_IR3)},
    OP_END,
};
