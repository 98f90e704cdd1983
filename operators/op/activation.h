/* What the operator files of activations share: an operator that is an activation of its one input
 * says which in its activation hook, and runs that for every floating-point type. */
#ifndef OPERATORS_OP_ACTIVATION_H
#define OPERATORS_OP_ACTIVATION_H

#include "operators/kernels/activation/activation.h"
#include "operators/kernels/activation/activation_derivative.h"
#include "operators/op/op.h"

/* Output 0 = activation(input 0), on the node's threads; for float, double, float16, bfloat16. */
hinge_status op_activation_run(const struct hinge_node *node, struct hinge_activation activation);

/* The run hook of an operator whose activation hook is name_activation. */
#define OP_ACTIVATION_RUN(name)                                                                    \
    static hinge_status name##_run(const struct hinge_node *node)                                  \
    {                                                                                              \
        struct hinge_activation activation = {.kind = HINGE_ACT_NONE};                             \
        name##_activation(node, &activation);                                                      \
        return op_activation_run(node, activation);                                                \
    }

/* The fields of an entry for such an operator that are the same for all but the names of its input
 * and output. */
#define OP_ACTIVATION_ENTRY(name, x, y)                                                            \
    .signature = "(" x ": T) -> (" y ": T); T: " OP_TYPES_FLOAT,                                   \
    .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,                     \
    .activation = name##_activation, .row = activation_f32,                                        \
    .derivative = activation_derivative_f32,                                                       \
    .kernels = HINGE_KERNELS({HINGE_FLOAT, name##_run}, {HINGE_DOUBLE, name##_run},                \
                             {HINGE_FLOAT16, name##_run}, {HINGE_BFLOAT16, name##_run})

/* Attribute of the first versions of many operators; it said what in-place work was allowed. */
#define OP_ACTIVATION_CONSUMED_INPUTS                                                              \
    {                                                                                              \
        .name = "consumed_inputs", .type = HINGE_ATTR_INTS                                         \
    }

/* Elements that are worked on at once where threads share the work: some microseconds' worth. */
#define OP_ACTIVATION_GRAIN 4096
#define OP_ACTIVATION_GRAIN_SHORT 16384 /* of kinds that are activation_is_short */

#endif
