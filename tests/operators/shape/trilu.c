/* Trilu against a loop that asks of every element on which side of the diagonal it lies. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    int64_t k = call->n_inputs > 1 ? harness_get_int(call->inputs[1], 0) : 0, at[HINGE_MAX_RANK];
    bool upper = harness_attr_int(call, "upper", 1) != 0;
    for (int64_t i = 0; i < hinge_count(x); i++) {
        harness_coordinates(x, i, at);
        int64_t diagonal = at[x->rank - 1] - at[x->rank - 2];
        if (upper ? diagonal >= k : diagonal <= k)
            harness_move(y, i, x, i);
    }
}

#define DIAGONAL(value)                                                                            \
    {                                                                                              \
        .type = HINGE_INT64, .values = (const double[])                                            \
        {                                                                                          \
            value                                                                                  \
        }                                                                                          \
    }

void test_trilu(void)
{
    CHECK_OP(.op = "Trilu", .opsets = {14, 28}, .types = HARNESS_SIZES,
             .inputs = {TENSOR(HARNESS_T, 1, 50, 2, 9, HARNESS_N)}, .reference = reference);
    CHECK_OP(.op = "Trilu", .types = HARNESS_SIZES, .attributes = {ATTR_INT("upper", 0)},
             .inputs = {TENSOR(HARNESS_T, 1, 50, HARNESS_N, 7)}, .reference = reference);
    CHECK_OP(.op = "Trilu", .domain = "com.microsoft", .types = HARNESS_SIZES,
             .attributes = {ATTR_INT("upper", 0)},
             .inputs = {TENSOR(HARNESS_T, 1, 50, 2, HARNESS_N, 7), DIAGONAL(2)},
             .reference = reference);
    static const double diagonals[] = {-0x1p62, -6, -5, -1, 0, 2, 6, 7, 0x1p62};
    for (int upper = 0; upper < 2; upper++)
        for (size_t k = 0; k < sizeof diagonals / sizeof *diagonals; k++)
            CHECK_OP(.op = "Trilu", .attributes = {ATTR_INT("upper", upper)},
                     .inputs = {TENSOR(HINGE_FLOAT, 1, 9, 2, 5, 6), DIAGONAL(diagonals[k])},
                     .reference = reference);
    CHECK_OP(.op = "Trilu", .inputs = {TENSOR(HINGE_FLOAT, 1, 9, 5)}, .fails = HINGE_BAD_SHAPE,
             .says = "rank 1");
    CHECK_OP(.op = "Trilu", .inputs = {TENSOR(HINGE_FLOAT, 1, 9, 5, 5), LIST(HINGE_INT64, 1, 2)},
             .fails = HINGE_BAD_MODEL, .says = "k is not one int64");
}
