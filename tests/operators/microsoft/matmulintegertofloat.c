/* MatMulIntegerToFloat and DynamicQuantizeMatMul against plain loops. */
#include <math.h>

#include "tests/operators/matmul8.h"

static void take_integers(void *argument, double sum, const int64_t *batch, int32_t batch_rank,
                          int64_t row, int64_t column, int64_t at)
{
    struct harness_call *call = argument;
    const hinge_tensor *const *in = call->inputs;
    const float a = (float)matmul8_number(in[2], batch, batch_rank, row, false, 1);
    const float b = (float)matmul8_number(in[3], batch, batch_rank, column, true, 1);
    const float product = (float)sum * (a * b);
    const float bias = call->n_inputs > 6 ? (float)harness_get(in[6], column) : 0;
    harness_set(call->outputs[0], at, (double)(product + bias));
}

static void integers(struct harness_call *call)
{
    const struct matmul8_case c = {*call->inputs[0], *call->inputs[1],
                                   call->n_inputs > 4 ? call->inputs[4] : NULL,
                                   call->n_inputs > 5 ? call->inputs[5] : NULL};
    matmul8_sums(call, c, call->inputs[2]->type, take_integers, call);
}

static float dynamic_scale;

static void take_dynamic(void *argument, double sum, const int64_t *batch, int32_t batch_rank,
                         int64_t row, int64_t column, int64_t at)
{
    (void)row;
    struct harness_call *call = argument;
    const hinge_tensor *const *in = call->inputs;
    const float b = (float)matmul8_number(in[2], batch, batch_rank, column, true, 1);
    const float product = (float)sum * (dynamic_scale * b);
    const float bias = call->n_inputs > 4 ? (float)harness_get(in[4], column) : 0;
    harness_set(call->outputs[0], at, (double)(product + bias));
}

static double saturated(double value)
{
    return !(value > 0) ? 0 : value > 255 ? 255 : value;
}

static void dynamic(struct harness_call *call)
{
    static uint8_t bytes[1 << 18], zero;
    hinge_tensor a = *call->inputs[0];
    const hinge_tensor a_zero = {.type = HINGE_UINT8, .data = &zero};
    float least = 0, largest = 0;
    for (int64_t i = 0; i < hinge_count(&a); i++) {
        const float value = (float)harness_get(&a, i);
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
    }
    dynamic_scale = largest > least ? (largest - least) / 255 : 1;
    zero = (uint8_t)nearbyint(saturated((double)(-least / dynamic_scale)));
    for (int64_t i = 0; i < hinge_count(&a); i++) {
        const float quotient = (float)harness_get(&a, i) / dynamic_scale;
        bytes[i] = (uint8_t)saturated(nearbyint((double)quotient) + zero);
    }
    a.type = HINGE_UINT8;
    a.data = bytes;
    const struct matmul8_case c = {a, *call->inputs[1], &a_zero,
                                   call->n_inputs > 3 ? call->inputs[3] : NULL};
    matmul8_sums(call, c, HINGE_FLOAT, take_dynamic, call);
}

#define MATMUL(...)                                                                                \
    CHECK_OP(.op = "MatMulIntegerToFloat", .domain = "com.microsoft", .reference = integers,       \
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16), __VA_ARGS__)
#define DYNAMIC(...)                                                                               \
    CHECK_OP(.op = "DynamicQuantizeMatMul", .domain = "com.microsoft", .reference = dynamic,       \
             __VA_ARGS__)
#define M(type_, constant_, ...)                                                                   \
    {                                                                                              \
        .type = (type_), .low = (type_) == HINGE_INT8 ? -128 : 0,                                  \
        .high = (type_) == HINGE_INT8 ? 127 : 255, .dims = {__VA_ARGS__}, .constant = (constant_), \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__)                                       \
    }
#define S(type_, ...)                                                                              \
    {                                                                                              \
        .type = (type_), .low = 0.01, .high = 0.04, .dims = {__VA_ARGS__},                         \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define F(...) S(HARNESS_T, __VA_ARGS__)
#define A(...)                                                                                     \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = -3, .high = 9, .dims = {__VA_ARGS__},                          \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }

static void signs(hinge_type a, hinge_type b)
{
    MATMUL(.inputs = {M(a, false, HARNESS_N, 37), M(b, true, 37, 41), F(1), F(1), M(a, false, 1),
                      M(b, false, 1), F(41)});
    MATMUL(.inputs = {M(a, false, 70, 600), M(b, true, 600, 300), F(70), F(300), M(a, false, 70),
                      M(b, false, 300)});
    MATMUL(.inputs = {M(a, false, 2, 3, 7, 9), M(b, false, 2, 3, 9, 20), F(1), F(2, 3, 1, 20),
                      OMITTED, M(b, false, 2, 3, 1, 20), F(20)});
}

void test_matmulintegertofloat(void)
{
    const hinge_type eight[] = {HINGE_INT8, HINGE_UINT8};
    for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 2; b++)
            signs(eight[a], eight[b]);
        DYNAMIC(.inputs = {A(HARNESS_N, 3), M(eight[a], true, 3, 41), S(HINGE_FLOAT, 1),
                           M(eight[a], false, 1), S(HINGE_FLOAT, 41)});
        DYNAMIC(.inputs = {A(2, 7, 90), M(eight[a], true, 90, 41), S(HINGE_FLOAT, 41),
                           M(eight[a], false, 41)});
        DYNAMIC(.inputs = {A(2, 7, 9), M(eight[a], false, 2, 9, 41), S(HINGE_FLOAT, 1)});
    }
    MATMUL(.inputs = {M(HINGE_INT8, false, 7, 9), M(HINGE_INT8, true, 9, 13), F(2), F(1)},
           .fails = HINGE_BAD_SHAPE, .says = "a_scale is neither one number");
    MATMUL(.inputs = {M(HINGE_INT8, false, 7, 9), M(HINGE_INT8, true, 9, 13), F(1), F(1), OMITTED,
                      OMITTED, F(7)},
           .fails = HINGE_BAD_SHAPE, .says = "the bias is not a list of 13 values");
    DYNAMIC(.inputs = {A(7, 9), M(HINGE_INT8, true, 9, 13), S(HINGE_FLOAT, 2)},
            .fails = HINGE_BAD_SHAPE, .says = "b_scale is neither one number");
}
