/* Sum-1, -6, -8, -13: the sum of any number of inputs, broadcast, in their order. */
#include "operators/op/elementwise.h"

OP_VARIADIC(sum_f32, float, a + b, NULL)
OP_VARIADIC(sum_f64, double, a + b, NULL)

static bool is_identity(const struct hinge_node *node)
{
    return node->n_inputs == 1;
}

const struct hinge_op op_sum[] = {
    OP_SINCE_1(.name = "Sum",
               .gradient = "sum:", .signature = "(data_0...: T) -> (sum: T); T: " OP_TYPES_FLOAT,
               .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE | HINGE_OP_COMMUTES | HINGE_OP_SUM,
               .infer = op_infer_broadcast, .is_identity = is_identity,
               .kernels = HINGE_KERNELS(OP_FLOATS(sum))),
    OP_END,
};
