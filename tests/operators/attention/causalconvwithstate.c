/* CausalConvWithState: the joined sequence under the kernel, in double. */
#include "tests/operators/harness.h"

#include <math.h>

/* Number i of past state and input together. */
static double joined(const struct harness_call *call, int64_t row, int64_t i)
{
    const hinge_tensor *x = call->inputs[0];
    const hinge_tensor *past = call->n_inputs > 3 ? call->inputs[3] : NULL;
    const int64_t behind = call->inputs[1]->dims[2] - 1;
    if (i >= behind)
        return harness_get(x, row * x->dims[2] + i - behind);
    return past ? harness_get(past, row * behind + i) : 0;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *w = call->inputs[1];
    const hinge_tensor *bias = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const struct harness_attribute *activation = harness_attr(call, "activation");
    const int64_t kernel = w->dims[2], length = x->dims[2];
    const int64_t state[3] = {x->dims[0], x->dims[1], kernel - 1};
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const int64_t row = i / length, channel = row % x->dims[1];
        double sum = bias ? harness_get(bias, channel) : 0;
        for (int64_t k = 0; k < kernel; k++)
            sum += harness_get(w, channel * kernel + k) * joined(call, row, i % length + k);
        harness_set(y, i, activation && activation->s[0] == 's' ? sum / (1 + exp(-sum)) : sum);
    }
    hinge_tensor *present = harness_output(call, 1, x->type, 3, state);
    for (int64_t i = 0; i < hinge_count(present); i++)
        harness_set(present, i, joined(call, i / state[2], length + i % state[2]));
}

#define M(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = -2, .high = 2, .dims = {__VA_ARGS__},                            \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define CONV(...)                                                                                  \
    CHECK_OP(.op = "CausalConvWithState", .reference = reference, .n_outputs = 2, .ulp = 0.6,      \
             .types = HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_DOUBLE), .absolute = 2e-5, __VA_ARGS__)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "CausalConvWithState", .types = HARNESS_TYPE(HINGE_FLOAT), .n_outputs = 2,      \
             .fails = (status), .says = (text), __VA_ARGS__)

void test_causalconvwithstate(void)
{
    CONV(.inputs = {M(2, 3, HARNESS_N), M(3, 1, 4), M(3), M(2, 3, 3)});
    CONV(.inputs = {M(2, 3, HARNESS_N), M(3, 1, 4)},
         .attributes = {ATTR_STRING("activation", "silu")});
    CONV(.inputs = {M(2, 3, 2), M(3, 1, 6), OMITTED, M(2, 3, 5)},
         .attributes = {ATTR_STRING("activation", "swish")});
    CONV(.inputs = {M(2, 3, 2), M(3, 1, 6), M(3)});
    CONV(.inputs = {M(2, 3, 9), M(3, 1, 1)}, .attributes = {ATTR_STRING("activation", "none")});
    CONV(.inputs = {M(1, 300, 1), M(300, 1, 4), M(300), M(1, 300, 3)}, .unwanted = 2);
    CONV(.inputs = {M(1, 3, 600), M(3, 1, 300), M(3), M(1, 3, 299)}, .unwanted = 1);
    REFUSED(HINGE_BAD_MODEL, "activation is \"relu\"", .inputs = {M(2, 3, 9), M(3, 1, 4)},
            .attributes = {ATTR_STRING("activation", "relu")});
    REFUSED(HINGE_BAD_SHAPE, "input has rank 2", .inputs = {M(2, 3), M(3, 1, 4)});
    REFUSED(HINGE_BAD_SHAPE, "weight is not 3 x 1", .inputs = {M(2, 3, 9), M(4, 1, 4)});
    REFUSED(HINGE_BAD_SHAPE, "bias is not of 3", .inputs = {M(2, 3, 9), M(3, 1, 4), M(4)});
    REFUSED(HINGE_BAD_SHAPE, "past_state is not 2 x 3 x 3",
            .inputs = {M(2, 3, 9), M(3, 1, 4), OMITTED, M(2, 3, 4)});
}
