/* MatMulInteger against a plain loop in double. */
#include "tests/operators/matmul8.h"

static void take(void *argument, double sum, const int64_t *batch, int32_t batch_rank, int64_t row,
                 int64_t column, int64_t at)
{
    (void)batch, (void)batch_rank, (void)row, (void)column;
    struct harness_call *call = argument;
    harness_set(call->outputs[0], at, sum);
}

static void reference(struct harness_call *call)
{
    const struct matmul8_case c = {*call->inputs[0], *call->inputs[1],
                                   call->n_inputs > 2 ? call->inputs[2] : NULL,
                                   call->n_inputs > 3 ? call->inputs[3] : NULL};
    matmul8_sums(call, c, HINGE_INT32, take, call);
}

#define EIGHT (HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_UINT8))
#define MATMUL(...)                                                                                \
    CHECK_OP(.op = "MatMulInteger", .reference = reference, .types = EIGHT, __VA_ARGS__)
/* All of the range of the type. */
#define M(type_, constant_, ...)                                                                   \
    {                                                                                              \
        .type = (type_), .low = (type_) == HINGE_INT8 ? -128 : 0,                                  \
        .high = (type_) == HINGE_INT8 ? 127 : 255, .dims = {__VA_ARGS__}, .constant = (constant_), \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__)                                       \
    }
#define A(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = 0, .high = 127, .dims = {__VA_ARGS__},                           \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_ALWAYS  \
    }
#define ZERO                                                                                       \
    {                                                                                              \
        .type = HARNESS_T, .low = 1, .high = 127                                                   \
    }

static void signs(hinge_type type)
{
    MATMUL(.inputs = {A(HARNESS_N, 37), M(type, true, 37, 41), ZERO, M(type, false, 1)});
    MATMUL(.inputs = {A(3, HARNESS_N), M(type, false, HARNESS_N, 5), ZERO, M(type, false, 1)});
    MATMUL(.inputs = {A(100, 600), M(type, true, 600, 300), ZERO, M(type, true, 300)});
    MATMUL(.inputs = {A(101, 1501), M(type, false, 1501, 67), A(101), M(type, false, 67)});
    MATMUL(.inputs = {A(7, 9), M(type, true, 9, 13)});
    MATMUL(.inputs = {A(1, 400), M(type, true, 400, 90), OMITTED, M(type, false, 1)});
    MATMUL(.inputs = {A(9), M(type, true, 9), ZERO});
    MATMUL(.inputs = {A(9), M(type, false, 2, 3, 9, 5), ZERO, M(type, false, 2, 3, 1, 5)});
    MATMUL(.inputs = {A(2, 3, 5, 9), M(type, false, 9)});
    MATMUL(.inputs = {A(2, 5, 7, 9), M(type, true, 9, 20), A(2, 5, 7, 1), M(type, false, 20)});
    MATMUL(.inputs = {A(2, 7, 9), M(type, true, 9, 20), A(7), M(type, false, 1, 20)});
    MATMUL(.inputs = {A(2, 3, 7, 9), M(type, false, 2, 3, 9, 20), A(2, 3, 7, 1),
                      M(type, false, 2, 3, 1, 20)});
    MATMUL(.inputs = {A(4, 1, 7, 9), M(type, false, 3, 9, 5), A(4, 1, 7, 1),
                      M(type, false, 3, 1, 5)});
    MATMUL(.inputs = {A(0, 7, 9), M(type, true, 9, 5)});
    MATMUL(.inputs = {A(2, 3, 0), M(type, true, 0, 5), ZERO, M(type, false, 1)});
}

void test_matmulinteger(void)
{
    signs(HINGE_INT8);
    signs(HINGE_UINT8);
    MATMUL(.opsets = {10, 13, 28}, .inputs = {A(7, 9), M(HINGE_INT8, true, 9, 13), ZERO});
    MATMUL(.inputs = {A(3, 4), M(HINGE_INT8, true, 5, 6)}, .fails = HINGE_BAD_SHAPE,
           .says = "4 columns of A meet 5");
    MATMUL(.inputs = {A(3, 4), M(HINGE_INT8, true, 4, 6), A(4)}, .fails = HINGE_BAD_SHAPE,
           .says = "a's zero point is neither one number nor one for each row of A");
    MATMUL(.inputs = {A(3, 4), M(HINGE_INT8, true, 4, 6), ZERO, M(HINGE_INT8, true, 6, 1)},
           .fails = HINGE_BAD_SHAPE, .says = "b's zero point");
}
