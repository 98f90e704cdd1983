/* QLinearConv against a plain loop in double, scaled in float32. */
#include "tests/operators/conv8.h"

#include <math.h>

static double take(const struct harness_call *call, double sum, int64_t map)
{
    const hinge_tensor *const *in = call->inputs;
    const float w = (float)harness_get(in[4], hinge_count(in[4]) == 1 ? 0 : map);
    const float scale = (float)harness_get(in[1], 0) * w / (float)harness_get(in[6], 0);
    if (call->n_inputs > 8)
        sum += harness_get(in[8], map);
    const float product = (float)sum * scale;
    const double rounded = nearbyint((double)product) + harness_get(in[7], 0);
    const double least = in[7]->type == HINGE_INT8 ? -128 : 0;
    return rounded < least ? least : rounded > least + 255 ? least + 255 : rounded;
}

static void reference(struct harness_call *call)
{
    const struct conv8_case c = {call->inputs[0], call->inputs[3], call->inputs[2],
                                 call->inputs[5]};
    conv8_sums(call, c, call->inputs[7]->type, take);
}

#define EIGHT (HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_UINT8))
#define CONV(...) CHECK_OP(.op = "QLinearConv", .reference = reference, .types = EIGHT, __VA_ARGS__)
#define M(type_, constant_, ...)                                                                   \
    {                                                                                              \
        .type = (type_), .low = (type_) == HINGE_INT8 ? -128 : 0,                                  \
        .high = (type_) == HINGE_INT8 ? 127 : 255, .dims = {__VA_ARGS__}, .constant = (constant_), \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__)                                       \
    }
#define X(...) TENSOR(HARNESS_T, 0, 127, __VA_ARGS__)
#define F(...)                                                                                     \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = 0.01, .high = 0.04, .dims = {__VA_ARGS__},                     \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define BIAS(n) TENSOR(HINGE_INT32, -5000, 5000, n)

static void signs(hinge_type w, hinge_type y)
{
    CONV(.inputs = {X(1, 3, 5, HARNESS_N), F(1), X(1), M(w, true, 4, 3, 3, 3), F(4), M(w, true, 4),
                    F(1), M(y, false, 1), BIAS(4)},
         .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV(.inputs = {X(2, 20, 9, 11), F(1), X(1), M(w, true, 33, 20, 1, 1), F(1), M(w, false, 1),
                    F(1), M(y, false, 1)});
    CONV(.inputs = {X(2, 6, 13, 14), F(1), X(1), M(w, true, 6, 1, 3, 3), F(6), M(w, false, 6), F(1),
                    M(y, false, 1), BIAS(6)},
         .attributes = {ATTR_INT("group", 6), ATTR_INTS("pads", 1, 1, 1, 1)});
}

void test_qlinearconv(void)
{
    const hinge_type eight[] = {HINGE_INT8, HINGE_UINT8};
    for (int w = 0; w < 2; w++)
        for (int y = 0; y < 2; y++)
            signs(eight[w], eight[y]);
#define W M(HINGE_INT8, true, 2, 3, 2, 2)
#define W_ZERO M(HINGE_INT8, true, 1)
    CONV(.opsets = {10, 28},
         .inputs = {X(1, 3, 5, 5), F(1), X(1), W, F(1), W_ZERO, F(1), M(HINGE_INT8, true, 1)});
    CONV(.inputs = {X(1, 3, 5, 5), F(1), X(1), W, F(3), W_ZERO, F(1), M(HINGE_INT8, true, 1)},
         .fails = HINGE_BAD_SHAPE, .says = "the scale of w is neither one number nor 2");
    CONV(.inputs = {X(1, 3, 5, 5), F(2), X(1), W, F(1), W_ZERO, F(1), M(HINGE_INT8, true, 1)},
         .fails = HINGE_BAD_SHAPE, .says = "not one number each");
    CONV(.inputs = {X(1, 3, 5, 5), F(1), X(1), W, F(1), W_ZERO, F(1), M(HINGE_INT8, true, 1),
                    BIAS(3)},
         .fails = HINGE_BAD_SHAPE, .says = "the bias is not a list of 2 values");
}
