/* Det against an elimination in long double that takes its pivots from the rows; Inverse against
 * minors over determinants. */
#include "tests/operators/harness.h"

#include <math.h>
#include <stdlib.h>

static long double eliminate(long double *a, int64_t n)
{
    long double det = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t best = k;
        for (int64_t j = k; j < n; j++)
            best = fabsl(a[k * n + j]) > fabsl(a[k * n + best]) ? j : best;
        for (int64_t i = k; i < n && best != k; i++) {
            const long double other = a[i * n + best];
            a[i * n + best] = -a[i * n + k];
            a[i * n + k] = other;
        }
        det *= a[k * n + k];
        for (int64_t i = k + 1; i < n && a[k * n + k] != 0; i++)
            for (int64_t j = n - 1; j >= k; j--)
                a[i * n + j] -= a[i * n + k] / a[k * n + k] * a[k * n + j];
    }
    return det;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const int64_t n = x->dims[x->rank - 1];
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank - 2, x->dims);
    long double *a = malloc((size_t)(n * n + 1) * sizeof *a);
    for (int64_t m = 0; m < hinge_count(y); m++) {
        for (int64_t i = 0; i < n * n; i++)
            a[i] = (long double)harness_get(x, m * n * n + i);
        harness_set(y, m, (double)eliminate(a, n));
    }
    free(a);
}

/* The determinant without a row and a column, with its sign. */
static long double cofactor(const hinge_tensor *x, int64_t matrix, int64_t n, int64_t row,
                            int64_t column)
{
    long double *a = malloc((size_t)(n * n + 1) * sizeof *a);
    int64_t count = 0;
    for (int64_t i = 0; i < n * n; i++)
        if (i / n != row && i % n != column)
            a[count++] = (long double)harness_get(x, matrix * n * n + i);
    const long double minor = eliminate(a, n - 1);
    free(a);
    return (row + column) % 2 ? -minor : minor;
}

static void inverse(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const int64_t n = x->dims[x->rank - 1];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t matrix = i / (n * n), row = i / n % n, column = i % n;
        long double det = 0;
        for (int64_t j = 0; j < n; j++)
            det += (long double)harness_get(x, matrix * n * n + j) * cofactor(x, matrix, n, 0, j);
        harness_set(y, i, det == 0 ? NAN : (double)(cofactor(x, matrix, n, column, row) / det));
    }
}

#define X(type_of, ...)                                                                            \
    {                                                                                              \
        .type = (type_of), .low = -2, .high = 2, .dims = {__VA_ARGS__},                            \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define NEAR .ulp = 1, .relative = 1e-10, .absolute = 1e-12

#define INVERSE(...) CHECK_OP(.op = "Inverse", .domain = "com.microsoft", __VA_ARGS__)

static void check_inverse(void)
{
    INVERSE(.types = HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_BFLOAT16), .reference = inverse,
            .inputs = {X(HARNESS_T, 2, 3, 4, 4)}, .ulp = 1, .relative = 1e-9, .absolute = 1e-10);
    for (int64_t n = 0; n < 8; n++)
        INVERSE(.inputs = {X(HINGE_DOUBLE, 2, n, n)}, .reference = inverse, .relative = 1e-9,
                .absolute = 1e-10);
    INVERSE(.inputs = {X(HINGE_FLOAT, HARNESS_N, 2, 2)}, .reference = inverse, .ulp = 1,
            .relative = 1e-9, .absolute = 1e-10);
    static const double singular[] = {1, 2, 2, 4}, swapped[] = {0, 1, 1, 0};
    INVERSE(.inputs = {{.type = HINGE_FLOAT, .rank = 2, .dims = {2, 2}, .values = singular}},
            .reference = inverse);
    INVERSE(.inputs = {{.type = HINGE_FLOAT, .rank = 2, .dims = {2, 2}, .values = swapped}},
            .reference = inverse);
    INVERSE(.inputs = {X(HINGE_FLOAT, 2, 3)}, .fails = HINGE_BAD_SHAPE,
            .says = "the last two dimensions are no square");
}

void test_det(void)
{
    check_inverse();
    const uint32_t old =
        HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16);
    CHECK_OP(.op = "Det", .opsets = {11}, .types = old,
             .inputs = {X(HARNESS_T, 2, HARNESS_N, 3, 3)}, .reference = reference, NEAR);
    CHECK_OP(.op = "Det", .types = HARNESS_FLOATS, .inputs = {X(HARNESS_T, HARNESS_N, 2, 2)},
             .reference = reference, NEAR);
    for (int64_t n = 0; n < 8; n++)
        CHECK_OP(.op = "Det", .inputs = {X(HINGE_DOUBLE, n, n)}, .reference = reference, NEAR);
    CHECK_OP(.op = "Det", .inputs = {X(HINGE_DOUBLE, 5, 40, 40)}, .reference = reference, NEAR);
    static const double singular[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, swapped[] = {0, 1, 1, 0};
    CHECK_OP(.op = "Det", .absolute = 1e-12,
             .inputs = {{.type = HINGE_DOUBLE, .rank = 2, .dims = {3, 3}, .values = singular}},
             .expect = {{.type = HINGE_DOUBLE, .values = (const double[]){0}}});
    CHECK_OP(.op = "Det",
             .inputs = {{.type = HINGE_FLOAT, .rank = 2, .dims = {2, 2}, .values = swapped}},
             .expect = {{.type = HINGE_FLOAT, .values = (const double[]){-1}}});
    CHECK_OP(.op = "Det", .inputs = {X(HINGE_FLOAT, 2, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "the last two dimensions are no square");
    CHECK_OP(.op = "Det", .inputs = {X(HINGE_FLOAT, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "square");
}
