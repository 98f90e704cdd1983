/* LRN and LRNChannelsLast against the formula in double. */
#include "tests/operators/harness.h"

#include <math.h>

/* A channel's neighbours are pixels elements apart. */
static void normalize(struct harness_call *call, int64_t channels, int64_t pixels)
{
    const hinge_tensor *x = call->inputs[0];
    const int64_t size = harness_attr_int(call, "size", 1);
    const double alpha = (double)harness_attr_float(call, "alpha", 0.0001F);
    const double beta = (double)harness_attr_float(call, "beta", 0.75F);
    const double bias = (double)harness_attr_float(call, "bias", 1);
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t c = i / pixels % channels;
        double squares = 0;
        for (int64_t d = -((size - 1) / 2); d <= size / 2; d++)
            if (c + d >= 0 && c + d < channels)
                squares += pow(harness_get(x, i + d * pixels), 2);
        harness_set(y, i, harness_get(x, i) / pow(bias + alpha / (double)size * squares, beta));
    }
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t pixels = 1;
    for (int32_t i = 2; i < x->rank; i++)
        pixels *= x->dims[i];
    normalize(call, x->dims[1], pixels);
}

static void channels_last_reference(struct harness_call *call)
{
    normalize(call, call->inputs[0]->dims[call->inputs[0]->rank - 1], 1);
}

#define X(...)                                                                                     \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = -20, .high = 20, .dims = {__VA_ARGS__},                        \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define Y(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = -20, .high = 20, .dims = {__VA_ARGS__},                          \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }

static void channels_last(void)
{
    for (int usual = 0; usual < 2; usual++)
        for (int64_t size = 1; size < 8; size += 2 - size % 2) {
            CHECK_OP(.op = "LRNChannelsLast", .domain = "ai.hinge", .opsets = {1},
                     .reference = channels_last_reference, .inputs = {X(2, 3, HARNESS_N)},
                     .attributes = {ATTR_INT("size", size), ATTR_FLOAT("alpha", 0.5F),
                                    ATTR_FLOAT("beta", usual ? 0.75F : 0.6F)},
                     .relative = 2e-6);
        }
    CHECK_OP(.op = "LRNChannelsLast", .domain = "ai.hinge", .opsets = {1},
             .reference = channels_last_reference, .inputs = {X(2, 50, 60, 3)},
             .attributes = {ATTR_INT("size", 40), ATTR_FLOAT("bias", 2)}, .relative = 1e-6);
    CHECK_OP(.op = "LRNChannelsLast", .domain = "ai.hinge", .opsets = {1},
             .reference = channels_last_reference, .inputs = {X(2, 0, 3)},
             .attributes = {ATTR_INT("size", 3)});
    CHECK_OP(.op = "LRNChannelsLast", .domain = "ai.hinge", .opsets = {1},
             .reference = channels_last_reference, .inputs = {X(1, 4, 3)},
             .attributes = {ATTR_INT("size", 0)}, .fails = HINGE_BAD_VALUE, .says = "size");
}

void test_lrn(void)
{
    channels_last();
    CHECK_OP(.op = "LRN", .opsets = {7, 13}, .reference = reference, .inputs = {X(2, 7, 5, 9)},
             .attributes = {ATTR_INT("size", 5)}, .relative = 1e-6);
    CHECK_OP(.op = "LRN", .reference = reference, .inputs = {X(1, 4, HARNESS_N)},
             .attributes = {ATTR_INT("size", 3), ATTR_FLOAT("alpha", 0.5F),
                            ATTR_FLOAT("beta", 0.6F), ATTR_FLOAT("bias", 2)},
             .relative = 2e-6);
    CHECK_OP(.op = "LRN", .reference = reference, .inputs = {X(1, 3, 4, 4)},
             .attributes = {ATTR_INT("size", 40), ATTR_FLOAT("alpha", 0.01F)}, .relative = 1e-6);
    for (int usual = 0; usual < 2; usual++) {
        const float beta = usual ? 0.75F : 0.6F;
        CHECK_OP(.op = "LRN", .reference = reference, .inputs = {Y(2, 4, HARNESS_N)},
                 .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
                 .attributes = {ATTR_INT("size", 3), ATTR_FLOAT("alpha", 0.01F),
                                ATTR_FLOAT("beta", beta)},
                 .ulp = 0.51);
        CHECK_OP(.op = "LRN", .reference = reference, .inputs = {Y(2, 4, HARNESS_N)},
                 .types = HARNESS_TYPE(HINGE_DOUBLE),
                 .attributes = {ATTR_INT("size", 3), ATTR_FLOAT("alpha", 0.01F),
                                ATTR_FLOAT("beta", beta)},
                 .relative = 1e-14);
    }
    CHECK_OP(.op = "LRN", .reference = reference, .inputs = {X(1, 3, 4, 4)},
             .attributes = {ATTR_INT("size", 0)}, .fails = HINGE_BAD_VALUE, .says = "size");
    CHECK_OP(.op = "LRN", .reference = reference, .inputs = {X(3)},
             .attributes = {ATTR_INT("size", 3)}, .fails = HINGE_BAD_SHAPE, .says = "channels");
}
