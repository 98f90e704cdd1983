/* Mean-1, -6, -8, -13: the mean of any number of inputs, broadcast. */
#include "operators/op/elementwise.h"

static void divide_f32(void *y_row, uint32_t n_inputs, int64_t count)
{
    float *y = y_row;
    for (int64_t i = 0; i < count; i++)
        y[i] /= (float)n_inputs;
}

static void divide_f64(void *y_row, uint32_t n_inputs, int64_t count)
{
    double *y = y_row;
    for (int64_t i = 0; i < count; i++)
        y[i] /= n_inputs;
}

OP_VARIADIC(mean_f32, float, a + b, divide_f32)
OP_VARIADIC(mean_f64, double, a + b, divide_f64)

static bool is_identity(const struct hinge_node *node)
{
    return node->n_inputs == 1;
}

const struct hinge_op op_mean[] = {
    OP_SINCE_1(.name = "Mean",
               .gradient = "mean:", .signature = "(data_0...: T) -> (mean: T); T: " OP_TYPES_FLOAT,
               .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE | HINGE_OP_COMMUTES,
               .infer = op_infer_broadcast, .is_identity = is_identity,
               .kernels = HINGE_KERNELS(OP_FLOATS(mean))),
    OP_END,
};
