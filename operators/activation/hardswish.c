/* HardSwish-14, -22: y = x (x + 3) / 6 between -3 and 3; 0 below, x above. At -Inf it
 * is 0 too, where the standard's function, step by step, multiplies -Inf by 0. */
#include "operators/op/activation.h"

static void hard_swish_activation(const struct hinge_node *node,
                                  struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_HARD_SWISH;
}

OP_ACTIVATION_RUN(hard_swish)

const struct hinge_op op_hardswish[] = {
    {.name = "HardSwish",
     .gradient = "Where(x <= -3, 0, Where(x < 3, dy * (x / 3 + 0.5), dy))",
     .since = 14,
     OP_ACTIVATION_ENTRY(hard_swish, "X", "Y")},
    OP_END,
};
