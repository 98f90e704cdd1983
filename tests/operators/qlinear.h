/* For tests of com.microsoft's QLinear operators: numbers of 8 bits by scale and zero point. */
#ifndef TESTS_OPERATORS_QLINEAR_H
#define TESTS_OPERATORS_QLINEAR_H

#include <math.h>

#include "tests/operators/harness.h"

#define QLINEAR_EIGHT (HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_UINT8))
/* Numbers, a scale, a zero point. */
#define Q(...) TENSOR(HARNESS_T, 0, 127, __VA_ARGS__)
#define QLINEAR_SCALE(least, most)                                                                 \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = (least), .high = (most), .specials = HARNESS_SPECIALS_NEVER    \
    }
#define QLINEAR_ZERO SCALAR(HARNESS_T, 20, 90)

static inline const hinge_tensor *qlinear_input(const struct harness_call *call, uint32_t i)
{
    return i < call->n_inputs ? call->inputs[i] : NULL;
}

/* Element i of input x as a number, with the scale and zero point behind it. */
static inline double qlinear_get(const struct harness_call *call, uint32_t x, int64_t i)
{
    const hinge_tensor *zero = qlinear_input(call, x + 2);
    const double number = harness_get(call->inputs[x], i) - (zero ? harness_get(zero, 0) : 0);
    return (double)((float)number * (float)harness_get(call->inputs[x + 1], 0));
}

/* Sets output 0, by the scale of input and the zero point behind it. */
static inline void qlinear_set(struct harness_call *call, uint32_t scale, int64_t i, double value)
{
    hinge_tensor *y = call->outputs[0];
    const hinge_tensor *zero = qlinear_input(call, scale + 1);
    const double least = y->type == HINGE_INT8 ? -128 : 0;
    const float quotient = (float)value / (float)harness_get(call->inputs[scale], 0);
    const double sum = nearbyint((double)quotient) + (zero ? harness_get(zero, 0) : 0);
    harness_set(y, i, !(sum > least) ? least : sum > least + 255 ? least + 255 : sum);
}

#endif
