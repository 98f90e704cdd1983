/* Reciprocal-1, -6, -13: y = 1 / x, correctly rounded. */
#include "operators/op/elementwise.h"

OP_UNARY(reciprocal_f32, float, float, 1 / x)
OP_UNARY(reciprocal_f64, double, double, 1 / x)

const struct hinge_op op_reciprocal[] = {
    OP_SINCE_1(.name = "Reciprocal", .gradient = "-dy * y * y",
               .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
               .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,
               .kernels = HINGE_KERNELS(OP_FLOATS(reciprocal))),
    OP_END,
};
