/* The groups of inputs and outputs of the optimizers, for references. */
#ifndef TESTS_OPERATORS_TRAINING_H
#define TESTS_OPERATORS_TRAINING_H

#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

/* One element of what is optimized, its gradient and up to two states. */
struct element {
    double x, g, states[2];
};

/* Sets all outputs from update of each element; rate and count are inputs 0 and 1. */
static inline void training_reference(struct harness_call *call, uint32_t n_states,
                                      void (*update)(const struct harness_call *call, double rate,
                                                     double count, struct element *e))
{
    const uint32_t n = (call->n_inputs - 2) / (2 + n_states);
    const double rate = harness_get(call->inputs[0], 0), count = harness_get(call->inputs[1], 0);
    for (uint32_t k = 0; k < n; k++) {
        hinge_tensor *outputs[3];
        const hinge_tensor *const *inputs = call->inputs + 2 + k;
        outputs[0] = harness_output_like(call, k, inputs[0]);
        for (uint32_t s = 0; s < n_states; s++)
            outputs[1 + s] = harness_output_like(call, k + (1 + s) * n, inputs[(2 + s) * n]);
        for (int64_t i = 0; i < hinge_count(inputs[0]); i++) {
            struct element e = {.x = harness_get(inputs[0], i), .g = harness_get(inputs[n], i)};
            for (uint32_t s = 0; s < n_states; s++)
                e.states[s] = harness_get(inputs[(2 + s) * n], i);
            update(call, rate, count, &e);
            harness_set(outputs[0], i, e.x);
            for (uint32_t s = 0; s < n_states; s++)
                harness_set(outputs[1 + s], i, e.states[s]);
        }
    }
}

#define DOMAIN .domain = "ai.onnx.preview.training"
#define NEAR .ulp = 1, .relative = 1e-14, .absolute = 1e-14
#define RATE LIST(HINGE_FLOAT, 0.125)
#define COUNT(n) LIST(HINGE_INT64, n)
#define TWO (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE))
#define X(...) TENSOR(HARNESS_T, -3, 3, __VA_ARGS__)
#define F32(...) TENSOR(HINGE_FLOAT, -3, 3, __VA_ARGS__)
#define F64(...) TENSOR(HINGE_DOUBLE, -3, 3, __VA_ARGS__)
/* Of what a root is taken. */
#define SQUARES(type, ...) TENSOR(type, 0, 9, __VA_ARGS__)

#endif
