/* QGemm against plain loops. */
#include <math.h>
#include <stdlib.h>

#include "tests/operators/harness.h"

enum { A, A_SCALE, A_ZERO, B, B_SCALE, B_ZERO, C, Y_SCALE, Y_ZERO };

static const hinge_tensor *input(const struct harness_call *call, uint32_t i)
{
    return i < call->n_inputs ? call->inputs[i] : NULL;
}

/* What belongs to column j: one for all, or one for each. */
static double of_column(const hinge_tensor *x, int64_t j)
{
    return harness_get(x, hinge_count(x) == 1 ? 0 : j);
}

static double bias_at(const hinge_tensor *c, int64_t i, int64_t j)
{
    if (!c)
        return 0;
    const int64_t height = c->rank == 2 ? c->dims[0] : 1;
    const int64_t width = c->rank ? c->dims[c->rank - 1] : 1;
    return harness_get(c, (height == 1 ? 0 : i) * width + (width == 1 ? 0 : j));
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *a = input(call, A), *b = input(call, B), *y_zero = input(call, Y_ZERO);
    const bool turned_a = harness_attr_int(call, "transA", 0) != 0;
    const bool turned_b = harness_attr_int(call, "transB", 0) != 0;
    const int64_t rows = a->dims[turned_a], depth = a->dims[!turned_a],
                  columns = b->dims[!turned_b];
    const float alpha = (float)harness_attr_float(call, "alpha", 1);
    double *a_numbers = harness_numbers(a), *b_numbers = harness_numbers(b);
    const double a_zero = harness_get(input(call, A_ZERO), 0);
    hinge_tensor *y =
        harness_output(call, 0, y_zero ? y_zero->type : HINGE_FLOAT, 2, (int64_t[]){rows, columns});
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            const double b_zero = of_column(input(call, B_ZERO), j);
            double sum = bias_at(input(call, C), i, j);
            for (int64_t k = 0; k < depth; k++)
                sum += (a_numbers[turned_a ? k * rows + i : i * depth + k] - a_zero) *
                       (b_numbers[turned_b ? j * depth + k : k * columns + j] - b_zero);
            float scale = alpha * (float)harness_get(input(call, A_SCALE), 0) *
                          (float)of_column(input(call, B_SCALE), j);
            if (y_zero)
                scale /= (float)harness_get(input(call, Y_SCALE), 0);
            double value = (double)((float)sum * scale);
            if (y_zero) {
                const double least = y_zero->type == HINGE_INT8 ? -128 : 0;
                value = nearbyint(value) + harness_get(y_zero, 0);
                value = value < least ? least : value > least + 255 ? least + 255 : value;
            }
            harness_set(y, i * columns + j, value);
        }
    free(a_numbers);
    free(b_numbers);
}

#define QGEMM(...)                                                                                 \
    CHECK_OP(.op = "QGemm", .domain = "com.microsoft", .reference = reference, __VA_ARGS__)
#define M(type_, constant_, ...)                                                                   \
    {                                                                                              \
        .type = (type_), .low = (type_) == HINGE_INT8 ? -128 : 0,                                  \
        .high = (type_) == HINGE_INT8 ? 127 : 255, .dims = {__VA_ARGS__}, .constant = (constant_), \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__)                                       \
    }
#define F(low_, ...)                                                                               \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = (low_), .high = 2 * (low_), .dims = {__VA_ARGS__},             \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define I(...) TENSOR(HINGE_INT32, -90000, 90000, __VA_ARGS__)
#define TURNED(a, b)                                                                               \
    {                                                                                              \
        ATTR_INT("transA", a), ATTR_INT("transB", b)                                               \
    }

static void signs(hinge_type a, hinge_type b, hinge_type y)
{
    QGEMM(.inputs = {M(a, false, HARNESS_N, 37), F(0.02, 1), M(a, false, 1), M(b, true, 37, 41),
                     F(0.01, 1), M(b, false, 1), I(41), F(1, 1), M(y, false, 1)});
    QGEMM(.inputs = {M(a, false, 70, 300), F(0.02, 1), M(a, false, 1), M(b, true, 300, 290),
                     F(0.01, 290), M(b, false, 290), OMITTED, F(1, 1), M(y, false, 1)});
    QGEMM(.inputs = {M(a, false, 7, 9), F(0.02, 1), M(a, false, 1), M(b, true, 41, 9), F(0.01, 41),
                     M(b, false, 41), I(7, 41)},
          .attributes = {ATTR_INT("transB", 1), ATTR_FLOAT("alpha", 0.7F)});
    QGEMM(.inputs = {M(a, false, 9, 7), F(0.02, 1), M(a, false, 1), M(b, false, 9, 41), F(0.01, 1),
                     M(b, false, 1), I(7, 1), F(1, 1), M(y, false, 1)},
          .attributes = TURNED(1, 0));
    QGEMM(.inputs = {M(a, false, 9, 7), F(0.02, 1), M(a, false, 1), M(b, true, 41, 9), F(0.01, 1),
                     M(b, false, 1), I(1)},
          .attributes = TURNED(1, 1));
}

void test_qgemm(void)
{
    const hinge_type eight[] = {HINGE_INT8, HINGE_UINT8};
    for (int i = 0; i < 8; i++)
        signs(eight[i & 1], eight[i >> 1 & 1], eight[i >> 2]);
#define AB(depth, n)                                                                               \
    M(HINGE_UINT8, false, 7, 9), F(0.02, 1), M(HINGE_UINT8, false, 1),                             \
        M(HINGE_INT8, true, depth, 13), F(0.01, n), M(HINGE_INT8, false, 1)
    QGEMM(.inputs = {AB(8, 1)}, .fails = HINGE_BAD_SHAPE, .says = "A has 9 columns, B 8 rows");
    QGEMM(.inputs = {AB(9, 2)}, .fails = HINGE_BAD_SHAPE, .says = "neither one number nor 13");
    QGEMM(.inputs = {AB(9, 1), I(2)}, .fails = HINGE_BAD_SHAPE, .says = "C does not broadcast");
    QGEMM(.inputs = {AB(9, 1), OMITTED, F(1, 2), M(HINGE_INT8, false, 1)}, .fails = HINGE_BAD_SHAPE,
          .says = "input 7 has 2 elements");
    QGEMM(.inputs = {AB(9, 1), OMITTED, F(1, 1)}, .fails = HINGE_BAD_MODEL,
          .says = "only one of Y's scale and zero point");
    QGEMM(.inputs = {M(HINGE_UINT8, false, 7), F(0.02, 1), M(HINGE_UINT8, false, 1),
                     M(HINGE_INT8, true, 9, 13), F(0.01, 1), M(HINGE_INT8, false, 1)},
          .fails = HINGE_BAD_SHAPE, .says = "rank 1 and 2, not 2");
}
