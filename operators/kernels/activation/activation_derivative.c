/* The derivatives of the activation functions over arrays of float32. */
#include "operators/kernels/activation/activation_derivative.h"

#include <string.h>

void activation_derivative_f32(const struct hinge_activation *activation, const float *x, float *y,
                               int64_t count)
{
    const struct hinge_activation a = *activation;
    for (int64_t i = 0; i < count; i += VF64_LANES) {
        float last[VF64_LANES] = {0};
        const size_t left = (size_t)(count - i);
        const bool whole = left >= VF64_LANES;
        if (!whole)
            memcpy(last, x + i, left * sizeof *x);
        const vf64 v = vf64_load_f32(whole ? x + i : last);
        const vf64 derivative = activation_apply_derivative(a.kind, a.alpha, a.beta, v);
        vf64_store_f32(whole ? y + i : last, derivative);
        if (!whole)
            memcpy(y + i, last, left * sizeof *y);
    }
}
