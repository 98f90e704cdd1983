/* ScatterND against a loop over the updates' elements. */
#include "tests/operators/scatter.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *indices = call->inputs[1], *updates = call->inputs[2];
    const int32_t last = indices->rank - 1;
    const int64_t n_named = indices->dims[last];
    int64_t at[HINGE_MAX_RANK], to[HINGE_MAX_RANK];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
    for (int64_t i = 0; i < hinge_count(updates); i++) {
        harness_coordinates(updates, i, at);
        for (int64_t d = n_named; d < x->rank; d++)
            to[d] = at[last + d - n_named];
        for (int64_t d = 0; d < n_named; d++) {
            at[last] = d;
            const int64_t index = harness_get_int(indices, harness_index(indices, at));
            to[d] = index < 0 ? index + x->dims[d] : index;
        }
        scatter_update(call, y, harness_index(y, to), i);
    }
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

static void reductions(void)
{
    static const char *const names[] = {"add", "mul", "max", "min"};
    for (int i = 0; i < 4; i++) {
        /* Each element at most once, so that there is one rounding. */
        CHECK_OP(.op = "ScatterND", .opsets = {i < 2 ? 16 : 18}, .types = HARNESS_NUMBERS,
                 .attributes = {ATTR_STRING("reduction", names[i])},
                 .inputs = {TENSOR(HARNESS_T, -9, 9, 4, HARNESS_N),
                            TENSOR(HINGE_INT64, -4, 3, 1, 1),
                            TENSOR(HARNESS_T, -9, 9, 1, HARNESS_N)},
                 .reference = reference);
        CHECK_OP(.op = "ScatterND", .types = HARNESS_INTEGERS,
                 .attributes = {ATTR_STRING("reduction", names[i])},
                 .inputs = {TENSOR(HARNESS_T, -100, 100, 3, 2, 2),
                            TENSOR(HINGE_INT64, -2, 1, HARNESS_N, 2),
                            {.type = HARNESS_T,
                             .rank = 2,
                             .dims = {HARNESS_N, 2},
                             .low = -100,
                             .high = 100,
                             .specials = HARNESS_SPECIALS_ALWAYS}},
                 .reference = reference);
    }
    CHECK_OP(.op = "ScatterND", .types = HARNESS_FLOATS,
             .attributes = {ATTR_STRING("reduction", "min")},
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, HARNESS_N), TENSOR(HINGE_INT64, -3, 2, 7, 1),
                        TENSOR(HARNESS_T, -9, 9, 7, HARNESS_N)},
             .reference = reference);
    CHECK_OP(.op = "ScatterND", .opsets = {16}, .attributes = {ATTR_STRING("reduction", "min")},
             .inputs = {F32(3), TENSOR(HINGE_INT64, 0, 2, 1, 1), F32(1)}, .fails = HINGE_BAD_MODEL,
             .says = "reduction 'min' is not none, add, mul");
}

static void errors(void)
{
    CHECK_OP(.op = "ScatterND",
             .inputs = {F32(3, 2), LIST(HINGE_INT64, 1, 2), SCALAR(HINGE_FLOAT, 0, 1)},
             .fails = HINGE_BAD_VALUE, .says = "index 2 at position 1 is not in [-2, 2)");
    CHECK_OP(.op = "ScatterND",
             .inputs = {F32(3, 2), LIST(HINGE_INT64, 1, 1, 1), SCALAR(HINGE_FLOAT, 0, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "name 3 dimensions of 2");
    CHECK_OP(.op = "ScatterND", .inputs = {F32(3, 2), LIST(HINGE_INT64, 1), F32(1, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "the updates have rank 2, not 1");
    CHECK_OP(.op = "ScatterND", .inputs = {F32(3, 2), LIST(HINGE_INT64, 1), F32(3)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 0 of the updates is 3, not 2");
    CHECK_OP(.op = "ScatterND", .inputs = {F32(3, 2), SCALAR(HINGE_INT64, 0, 0), F32(3)},
             .fails = HINGE_BAD_SHAPE, .says = "rank 2, the indices 0");
    CHECK_OP(.op = "ScatterND", .inputs = {SCALAR(HINGE_FLOAT, 0, 1), LIST(HINGE_INT64, 0), F32(3)},
             .fails = HINGE_BAD_SHAPE, .says = "rank 0, the indices 1");
}

void test_scatternd(void)
{
    CHECK_OP(.op = "ScatterND", .opsets = {11, 13, 16, 18}, .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, 4, 3, HARNESS_N),
                        TENSOR(HINGE_INT64, -3, 2, 5, 2), TENSOR(HARNESS_T, -50, 50, 5, HARNESS_N)},
             .reference = reference);
    CHECK_OP(.op = "ScatterND", .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, 9), TENSOR(HINGE_INT64, -9, 8, 2, HARNESS_N, 1),
                        TENSOR(HARNESS_T, -50, 50, 2, HARNESS_N)},
             .reference = reference);
    CHECK_OP(.op = "ScatterND", .inputs = {F32(3, 0), TENSOR(HINGE_INT64, 0, 2, 2, 1), F32(2, 0)},
             .reference = reference);
    CHECK_OP(.op = "ScatterND",
             .inputs = {F32(3, 2), TENSOR(HINGE_INT64, 0, 2, 2, 0), F32(2, 3, 2)},
             .reference = reference);
    reductions();
    errors();
}
