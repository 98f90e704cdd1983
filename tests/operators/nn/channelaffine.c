/* ChannelAffine against x scale[c] + shift[c] in double, with and without an activation. */
#include "tests/operators/harness.h"

#include <math.h>

static double activate(const struct hinge_activation *activation, double x)
{
    switch (activation->kind) {
    case HINGE_ACT_RELU: return x <= 0 ? 0 : x;
    case HINGE_ACT_TANH: return tanh(x);
    default: return x;
    }
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    const int64_t axis = harness_attr_int(call, "axis", 1);
    const int32_t at = (int32_t)(axis < 0 ? axis + x->rank : axis);
    int64_t count = hinge_count(x), inner = 1;
    for (int32_t d = at + 1; d < x->rank; d++)
        inner *= x->dims[d];
    for (int64_t i = 0; i < count; i++) {
        int64_t c = i / inner % x->dims[at];
        double value =
            harness_get(x, i) * harness_get(call->inputs[1], c) + harness_get(call->inputs[2], c);
        harness_set(y, i, activate(&call->c->epilogue.activation, value));
    }
}

/* x may be infinite or NaN; the constants are what a model's weights can be. */
#define FACTORS(is_constant, n_channels)                                                           \
    {                                                                                              \
        .type = HINGE_FLOAT, .rank = 1, .dims = {n_channels}, .low = -2, .high = 2,                \
        .constant = (is_constant), .specials = HARNESS_SPECIALS_NEVER                              \
    }

#define CHECK_AFFINE(kind_, is_constant, n_channels, ...)                                          \
    CHECK_ALONG(1, kind_, is_constant, n_channels, __VA_ARGS__)
#define CHECK_ALONG(axis, kind_, is_constant, n_channels, ...)                                     \
    CHECK_OP(.attributes = {ATTR_INT("axis", axis)}, .op = "ChannelAffine", .domain = "ai.hinge",  \
             .opsets = {1},                                                                        \
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__), FACTORS(is_constant, n_channels), \
                        FACTORS(is_constant, n_channels)},                                         \
             .epilogue = {.activation = {.kind = (kind_)}}, .reference = reference, .ulp = 2,      \
             .absolute = 2e-6)

void test_channelaffine(void)
{
    CHECK_AFFINE(HINGE_ACT_NONE, true, 3, 2, 3, HARNESS_N);
    CHECK_AFFINE(HINGE_ACT_RELU, true, 3, 2, 3, HARNESS_N);
    CHECK_AFFINE(HINGE_ACT_TANH, true, 3, 2, 3, HARNESS_N);
    CHECK_AFFINE(HINGE_ACT_NONE, false, HARNESS_N, 3, HARNESS_N);
    CHECK_AFFINE(HINGE_ACT_RELU, false, HARNESS_N, 3, HARNESS_N);
    CHECK_AFFINE(HINGE_ACT_TANH, false, HARNESS_N, 3, HARNESS_N);
    CHECK_AFFINE(HINGE_ACT_RELU, true, 5, 2, 5, 7, 11);
    CHECK_AFFINE(HINGE_ACT_RELU, true, 5, 2, 5, 3, 2, 1);
    CHECK_ALONG(-1, HINGE_ACT_TANH, true, 5, 2, 3, HARNESS_N, 5);
    CHECK_ALONG(2, HINGE_ACT_RELU, true, 3, 2, 4, 3, 7);
    CHECK_ALONG(0, HINGE_ACT_NONE, true, 5, 5);
    CHECK_OP(.op = "ChannelAffine", .domain = "ai.hinge", .opsets = {1},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 7), FACTORS(true, 7), FACTORS(true, 7)},
             .fails = HINGE_BAD_SHAPE, .says = "axis 1");
    CHECK_OP(.op = "ChannelAffine", .domain = "ai.hinge", .opsets = {1},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 7), FACTORS(true, 7), FACTORS(true, 6)},
             .fails = HINGE_BAD_SHAPE, .says = "input 2");
}
