/* Normalizer against plain loops over the rows. */
#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *norm = harness_attr(call, "norm");
    const int64_t n = x->dims[x->rank - 1], n_rows = x->rank == 2 ? x->dims[0] : 1;
    hinge_tensor *y = harness_output(call, 0, HINGE_FLOAT, x->rank, x->dims);
    for (int64_t row = 0; row < n_rows; row++) {
        double most = norm ? 0 : -INFINITY, sum = 0, squares = 0;
        for (int64_t i = 0; i < n; i++) {
            const double number = harness_get(x, row * n + i);
            const double a = norm ? fabs(number) : number;
            most = isnan(a) || a > most ? a : most;
        }
        for (int64_t i = 0; i < n; i++) {
            const double a = fabs(harness_get(x, row * n + i)) / most;
            sum += a;
            squares += a * a;
        }
        const double by = !norm ? 1 : !strcmp(norm->s, "L1") ? sum : sqrt(squares);
        for (int64_t i = 0; i < n; i++) {
            const double number = harness_get(x, row * n + i);
            harness_set(y, row * n + i, most == 0 ? number : number / most / by);
        }
    }
}

#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_INT64) |          \
     HARNESS_TYPE(HINGE_INT32))
#define NORMALIZER .op = "Normalizer", .domain = "ai.onnx.ml"

void test_normalizer(void)
{
    const char *const norms[] = {"L1", "L2"};
    CHECK_OP(NORMALIZER, .types = TYPES, .inputs = {TENSOR(HARNESS_T, -9, 9, 3, HARNESS_N)},
             .reference = reference, .ulp = 1);
    /* By the greatest number, which is not the greatest magnitude. */
    CHECK_OP(NORMALIZER, .inputs = {LIST(HINGE_FLOAT, -8, 2, 1)},
             .expect = {LIST(HINGE_FLOAT, -4, 1, 0.5)});
    CHECK_OP(NORMALIZER, .inputs = {LIST(HINGE_INT64, -8, 0, -1)},
             .expect = {LIST(HINGE_FLOAT, -8, 0, -1)});
    for (int i = 0; i < 2; i++) {
        CHECK_OP(NORMALIZER, .types = TYPES, .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N, 5)},
                 .attributes = {ATTR_STRING("norm", norms[i])}, .reference = reference, .ulp = 1);
        CHECK_OP(NORMALIZER, .types = TYPES, .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)},
                 .attributes = {ATTR_STRING("norm", norms[i])}, .reference = reference, .ulp = 1);
        CHECK_OP(NORMALIZER, .inputs = {TENSOR(HINGE_INT32, 0, 0, 2, 3)},
                 .attributes = {ATTR_STRING("norm", norms[i])}, .reference = reference);
    }
    CHECK_OP(NORMALIZER, .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3)}, .fails = HINGE_BAD_VALUE,
             .attributes = {ATTR_STRING("norm", "L3")}, .says = "norm is not MAX, L1 or L2");
    CHECK_OP(NORMALIZER, .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 2, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "X has rank 3");
}
