/* Erf-9, -13: y = the error function. Of integers, which only version 9 has, it is the float
 * rounded and then cut off, as in the standard's reference: 1 from 4 on, 0 below. */
#include "operators/op/activation.h"
#include "operators/op/elementwise.h"

static void erf_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_ERF;
}

OP_ACTIVATION_RUN(erf)

OP_UNARY(erf_i8, int8_t, int8_t, (x >= 4) - (x <= -4))
OP_UNARY(erf_i16, int16_t, int16_t, (x >= 4) - (x <= -4))
OP_UNARY(erf_i32, int32_t, int32_t, (x >= 4) - (x <= -4))
OP_UNARY(erf_i64, int64_t, int64_t, (x >= 4) - (x <= -4))
OP_UNARY(erf_u8, uint8_t, uint8_t, x >= 4)
OP_UNARY(erf_u16, uint16_t, uint16_t, x >= 4)
OP_UNARY(erf_u32, uint32_t, uint32_t, x >= 4)
OP_UNARY(erf_u64, uint64_t, uint64_t, x >= 4)

const struct hinge_op op_erf[] = {
    {.name = "Erf",
     .gradient = "dy * 1.1283791670955126 * Exp(-x * x)",
     .since = 9,
     .until = 12,
     .signature = "(input: T) -> (output: T); T: float16 float double " OP_TYPES_SIGNED
                  " " OP_TYPES_UNSIGNED,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_same,
     .activation = erf_activation,
     .row = activation_f32,
     .derivative = activation_derivative_f32,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, erf_run}, {HINGE_DOUBLE, erf_run},
                              {HINGE_FLOAT16, erf_run}, OP_SIGNED(erf), OP_UNSIGNED(erf))},
    {.name = "Erf",
     .gradient = "dy * 1.1283791670955126 * Exp(-x * x)",
     .since = 13,
     OP_ACTIVATION_ENTRY(erf, "input", "output")},
    OP_END,
};
