/* BatchNormalization against the formula in double, inference and training. */
#include "tests/operators/harness.h"

#include <math.h>

static void statistics(const hinge_tensor *x, int64_t c, int64_t channels, int64_t pixels,
                       double *mean, double *var)
{
    double sum = 0, squares = 0, count = 0;
    for (int64_t i = 0; i < hinge_count(x); i++)
        if (i / pixels % channels == c) {
            sum += harness_get(x, i);
            count++;
        }
    *mean = sum / count;
    for (int64_t i = 0; i < hinge_count(x); i++)
        if (i / pixels % channels == c)
            squares += pow(harness_get(x, i) - *mean, 2);
    *var = squares / count;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *const *in = call->inputs;
    const double epsilon = (double)harness_attr_float(call, "epsilon", 1e-5F);
    const double momentum = (double)harness_attr_float(call, "momentum", 0.9F);
    const bool training = call->opset < 7 ? harness_attr_int(call, "is_test", 0) == 0
                                          : harness_attr_int(call, "training_mode", 0) != 0;
    const bool spatial = harness_attr_int(call, "spatial", 1) != 0;
    int64_t channels = x->rank > 1 ? x->dims[1] : 1, pixels = 1;
    for (int32_t i = 2; i < x->rank; i++)
        *(spatial ? &pixels : &channels) *= x->dims[i];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (unsigned k = 1; k < call->n_outputs; k++)
        harness_output(call, k, in[3]->type, 1, &channels);
    for (int64_t c = 0; c < channels; c++) {
        double mean = harness_get(in[3], c), var = harness_get(in[4], c);
        if (training) {
            statistics(x, c, channels, pixels, &mean, &var);
            if (call->n_outputs > 2) {
                harness_set(call->outputs[1], c,
                            harness_get(in[3], c) * momentum + mean * (1 - momentum));
                harness_set(call->outputs[2], c,
                            harness_get(in[4], c) * momentum + var * (1 - momentum));
            }
        }
        for (int64_t i = 0; i < hinge_count(x); i++)
            if (i / pixels % channels == c)
                harness_set(y, i,
                            (harness_get(x, i) - mean) / sqrt(var + epsilon) *
                                    harness_get(in[1], c) +
                                harness_get(in[2], c));
    }
}

#define X(type_, constant_, low_, high_, ...)                                                      \
    {                                                                                              \
        .type = (type_), .low = (low_), .high = (high_), .dims = {__VA_ARGS__},                    \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .constant = (constant_),             \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define CHANNELS(n)                                                                                \
    X(HARNESS_T, true, -2, 2, n), X(HARNESS_T, true, -2, 2, n), X(HARNESS_T, true, -2, 2, n),      \
        X(HARNESS_T, true, 0.5, 3, n)
#define POSITIONS(...)                                                                             \
    X(HARNESS_T, true, -2, 2, __VA_ARGS__), X(HARNESS_T, true, -2, 2, __VA_ARGS__),                \
        X(HARNESS_T, true, -2, 2, __VA_ARGS__), X(HARNESS_T, true, 0.5, 3, __VA_ARGS__)
#define BATCH(...)                                                                                 \
    CHECK_OP(.op = "BatchNormalization", .reference = reference, .absolute = 3e-6,                 \
             .relative = 2e-6, __VA_ARGS__)

void test_batchnormalization(void)
{
    const uint32_t floats = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE);
    BATCH(.opsets = {7, 9, 14, 15}, .types = floats,
          .inputs = {X(HARNESS_T, false, -3, 3, 2, 3, HARNESS_N), CHANNELS(3)});
    BATCH(.types = floats, .attributes = {ATTR_FLOAT("epsilon", 0.1F)},
          .inputs = {X(HARNESS_T, false, -3, 3, 2, 5, 3, 7), CHANNELS(5)});
    BATCH(.types = HARNESS_TYPE(HINGE_FLOAT),
          .inputs = {X(HARNESS_T, false, -3, 3, 9, 4), CHANNELS(4)});
    const uint32_t halves = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16);
    CHECK_OP(.op = "BatchNormalization", .reference = reference, .opsets = {7, 9, 14, 15},
             .types = halves, .inputs = {X(HARNESS_T, false, -3, 3, 2, 3, HARNESS_N), CHANNELS(3)},
             .ulp = 0.55, .absolute = 3e-6);
    CHECK_OP(.op = "BatchNormalization", .reference = reference, .types = halves, .n_outputs = 3,
             .attributes = {ATTR_INT("training_mode", 1), ATTR_FLOAT("momentum", 0.7F)},
             .inputs = {X(HARNESS_T, false, -3, 3, 3, 4, 5, 5), CHANNELS(4)}, .ulp = 0.55,
             .absolute = 3e-6);
    /* Halves with parameters of float. */
    CHECK_OP(.op = "BatchNormalization", .reference = reference, .types = halves,
             .inputs = {X(HARNESS_T, false, -3, 3, 3, 2, 5), X(HINGE_FLOAT, true, -2, 2, 2),
                        X(HINGE_FLOAT, true, -2, 2, 2), X(HINGE_FLOAT, true, -2, 2, 2),
                        X(HINGE_FLOAT, true, 0.5, 3, 2)},
             .ulp = 0.55, .absolute = 3e-6);
    BATCH(.types = HARNESS_TYPE(HINGE_FLOAT), .n_outputs = 3,
          .attributes = {ATTR_INT("training_mode", 1), ATTR_FLOAT("momentum", 0.7F)},
          .inputs = {X(HARNESS_T, false, -3, 3, 3, 4, 5, 5), CHANNELS(4)});
    BATCH(.types = HARNESS_TYPE(HINGE_FLOAT),
          .inputs = {X(HARNESS_T, false, -3, 3, 2, 5, 3), CHANNELS(4)}, .fails = HINGE_BAD_SHAPE,
          .says = "list of 5 values");
    BATCH(.types = HARNESS_TYPE(HINGE_FLOAT), .opsets = {7}, .attributes = {ATTR_INT("spatial", 0)},
          .inputs = {X(HARNESS_T, false, -3, 3, 2, 4, 3), CHANNELS(4)}, .fails = HINGE_BAD_SHAPE,
          .says = "list of 12 values");
    /* Parameters for each position: the reference takes it for a channel. */
    BATCH(.types = HARNESS_TYPE(HINGE_FLOAT), .opsets = {6},
          .attributes = {ATTR_INT("spatial", 0), ATTR_INT("is_test", 1)},
          .inputs = {X(HARNESS_T, false, -3, 3, 5, 4), CHANNELS(4)});
    BATCH(.types = HARNESS_TYPE(HINGE_FLOAT), .opsets = {7}, .attributes = {ATTR_INT("spatial", 0)},
          .inputs = {X(HARNESS_T, false, -3, 3, 5, 2, 3), POSITIONS(2, 3)});
    BATCH(.types = HARNESS_TYPE(HINGE_FLOAT), .opsets = {1, 6},
          .attributes = {ATTR_INT("is_test", 1)},
          .inputs = {X(HARNESS_T, false, -3, 3, 2, 4, 3), CHANNELS(4)});
    BATCH(.types = HARNESS_TYPE(HINGE_FLOAT), .opsets = {6},
          .inputs = {X(HARNESS_T, false, -3, 3, 2, 4, 3), CHANNELS(4)});
}
