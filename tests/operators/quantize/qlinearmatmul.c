/* QLinearMatMul against a plain loop in double, scaled in float32. */
#include <math.h>

#include "tests/operators/harness/float8.h"
#include "tests/operators/matmul8.h"

static void take(void *argument, double sum, const int64_t *batch, int32_t batch_rank, int64_t row,
                 int64_t column, int64_t at)
{
    struct harness_call *call = argument;
    const hinge_tensor *const *in = call->inputs;
    const hinge_type type = in[7]->type;
    const float a = (float)matmul8_number(in[1], batch, batch_rank, row, false, 1);
    const float b = (float)matmul8_number(in[4], batch, batch_rank, column, true, 1);
    const float scale = a * b / (float)harness_get(in[6], 0);
    const float product = (float)sum * scale;
    const double rounded = nearbyint((double)product) + harness_get(in[7], 0);
    const double least = type == HINGE_INT8 ? -128 : 0;
    harness_set(call->outputs[0], at,
                rounded < least         ? least
                : rounded > least + 255 ? least + 255
                                        : rounded);
}

static void reference(struct harness_call *call)
{
    const struct matmul8_case c = {*call->inputs[0], *call->inputs[3], call->inputs[2],
                                   call->inputs[5]};
    matmul8_sums(call, c, call->inputs[7]->type, take, call);
}

#define EIGHT (HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_UINT8))
#define MATMUL(...)                                                                                \
    CHECK_OP(.op = "QLinearMatMul", .reference = reference, .types = EIGHT, __VA_ARGS__)
#define M(type_, constant_, ...)                                                                   \
    {                                                                                              \
        .type = (type_), .low = (type_) == HINGE_INT8 ? -128 : 0,                                  \
        .high = (type_) == HINGE_INT8 ? 127 : 255, .dims = {__VA_ARGS__}, .constant = (constant_), \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__)                                       \
    }
#define A(...) TENSOR(HARNESS_T, 0, 127, __VA_ARGS__)
#define S(type_, ...)                                                                              \
    {                                                                                              \
        .type = (type_), .low = 0.01, .high = 0.04, .dims = {__VA_ARGS__},                         \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define F(...) S(HINGE_FLOAT, __VA_ARGS__)

static void signs(hinge_type b, hinge_type y)
{
    MATMUL(.inputs = {A(HARNESS_N, 37), F(1), A(1), M(b, true, 37, 41), F(1), M(b, false, 1), F(1),
                      M(y, false, 1)});
    MATMUL(.inputs = {A(70, 600), F(70), A(70), M(b, true, 600, 300), F(300), M(b, true, 300), F(1),
                      M(y, false, 1)});
    MATMUL(.inputs = {A(2, 3, 7, 9), F(2, 3, 7, 1), A(2, 3, 7, 1), M(b, false, 2, 3, 9, 20),
                      F(2, 3, 1, 20), M(b, false, 2, 3, 1, 20), F(1), M(y, false, 1)});
    MATMUL(.inputs = {A(2, 7, 9), F(7), A(1), M(b, true, 9, 20), F(20), M(b, false, 20), F(1),
                      M(y, false, 1)});
    MATMUL(.inputs = {A(9), F(1), A(1), M(b, true, 9, 20), F(20), M(b, false, 20), F(1),
                      M(y, false, 1)});
}

/* Float8 of all kinds, and int8 beside them. */
static double number(const hinge_tensor *x, int64_t i)
{
    return float8_is(x->type) ? float8_value(x->type, (unsigned)harness_get_int(x, i))
                              : harness_get(x, i);
}

static void reals(struct harness_call *call)
{
    const hinge_tensor *const *in = call->inputs;
    const int64_t rows = in[0]->dims[0], depth = in[0]->dims[1], columns = in[3]->dims[1];
    const hinge_type type = in[7]->type;
    hinge_tensor *y = harness_output(call, 0, type, 2, (const int64_t[]){rows, columns});
    for (int64_t at = 0; at < rows * columns; at++) {
        const int64_t i = at / columns, j = at % columns;
        const float scale = (float)harness_get(in[1], i) * (float)harness_get(in[4], j) /
                            (float)harness_get(in[6], 0);
        double sum = 0;
        for (int64_t k = 0; k < depth; k++)
            sum += (number(in[0], i * depth + k) - number(in[2], i)) *
                   (number(in[3], k * columns + j) - number(in[5], j));
        const float product = (float)sum * scale;
        const double least = type == HINGE_INT8 ? -128 : 0;
        const double rounded = nearbyint((double)product) + number(in[7], 0);
        if (float8_is(type))
            harness_set_int(
                y, at, float8_nearest(type, (double)(product + (float)number(in[7], 0)), true, ""));
        else
            harness_set(y, at,
                        rounded < least         ? least
                        : rounded > least + 255 ? least + 255
                                                : rounded);
    }
}

static void minifloats(void)
{
    const hinge_type all[] = {HINGE_FLOAT8E4M3FN, HINGE_FLOAT8E4M3FNUZ, HINGE_FLOAT8E5M2,
                              HINGE_FLOAT8E5M2FNUZ, HINGE_INT8};
    for (size_t a = 0; a < 5; a++)
        for (size_t y = 0; y < 5; y++)
            CHECK_OP(.op = "QLinearMatMul", .opsets = {21, 28}, .reference = reals,
                     .inputs = {TENSOR(all[a], 30, 60, 7, 9), F(7), TENSOR(all[a], 30, 60, 7),
                                TENSOR(all[(a + y) % 5], 30, 60, 9, 13), F(13),
                                TENSOR(all[(a + y) % 5], 30, 60, 13), F(1),
                                TENSOR(all[y], 0, 60, 1)});
}

void test_qlinearmatmul(void)
{
    minifloats();
    const hinge_type eight[] = {HINGE_INT8, HINGE_UINT8};
    for (int b = 0; b < 2; b++)
        for (int y = 0; y < 2; y++)
            signs(eight[b], eight[y]);
    MATMUL(.opsets = {10, 20, 21, 28},
           .inputs = {A(7, 9), F(1), A(1), M(HINGE_INT8, true, 9, 13), F(1), M(HINGE_INT8, true, 1),
                      F(1), M(HINGE_INT8, true, 1)});
    CHECK_OP(.op = "QLinearMatMul", .reference = reference, .opsets = {21},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {M(HINGE_UINT8, false, 7, 9), S(HARNESS_T, 7), M(HINGE_UINT8, false, 7),
                        M(HINGE_INT8, true, 9, 13), S(HARNESS_T, 13), M(HINGE_INT8, true, 13),
                        S(HARNESS_T, 1), M(HINGE_INT8, true, 1)});
    MATMUL(.inputs = {A(7, 9), F(2), A(1), M(HINGE_INT8, true, 9, 13), F(1), M(HINGE_INT8, true, 1),
                      F(1), M(HINGE_INT8, true, 1)},
           .fails = HINGE_BAD_SHAPE, .says = "a_scale is neither one number");
    MATMUL(.inputs = {A(7, 9), F(1), A(1), M(HINGE_INT8, true, 9, 13), F(2), M(HINGE_INT8, true, 1),
                      F(1), M(HINGE_INT8, true, 1)},
           .fails = HINGE_BAD_SHAPE, .says = "b_scale is neither one number");
    MATMUL(.inputs = {A(7, 9), F(1), A(1), M(HINGE_INT8, true, 9, 13), F(1), M(HINGE_INT8, true, 1),
                      F(7), M(HINGE_INT8, true, 1)},
           .fails = HINGE_UNSUPPORTED, .says = "y has 7 scales");
}
