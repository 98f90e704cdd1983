/* ScatterElements and Scatter against a loop over the updates. */
#include "tests/operators/scatter.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *indices = call->inputs[1];
    int64_t axis = harness_attr_int(call, "axis", 0), at[HINGE_MAX_RANK];
    hinge_tensor *y = harness_output_like(call, 0, x);
    axis = axis < 0 ? axis + x->rank : axis;
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
    for (int64_t i = 0; i < hinge_count(indices); i++) {
        const int64_t index = harness_get_int(indices, i);
        harness_coordinates(indices, i, at);
        at[axis] = index < 0 ? index + x->dims[axis] : index;
        scatter_update(call, y, harness_index(y, at), i);
    }
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

static void reductions(void)
{
    static const char *const names[] = {"add", "mul", "max", "min"};
    for (int i = 0; i < 4; i++) {
        /* Each element at most once, so that there is one rounding. */
        CHECK_OP(.op = "ScatterElements", .opsets = {i < 2 ? 16 : 18}, .types = HARNESS_NUMBERS,
                 .attributes = {ATTR_STRING("reduction", names[i]), ATTR_INT("axis", 1)},
                 .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N, 4),
                            TENSOR(HINGE_INT64, -4, 3, HARNESS_N, 1),
                            TENSOR(HARNESS_T, -9, 9, HARNESS_N, 1)},
                 .reference = reference);
        CHECK_OP(.op = "ScatterElements", .types = HARNESS_INTEGERS,
                 .attributes = {ATTR_STRING("reduction", names[i])},
                 .inputs = {TENSOR(HARNESS_T, -100, 100, 3, HARNESS_N),
                            TENSOR(HINGE_INT32, -3, 2, 7, HARNESS_N),
                            {.type = HARNESS_T,
                             .rank = 2,
                             .dims = {7, HARNESS_N},
                             .low = -100,
                             .high = 100,
                             .specials = HARNESS_SPECIALS_ALWAYS}},
                 .reference = reference);
    }
    CHECK_OP(.op = "ScatterElements", .types = HARNESS_FLOATS,
             .attributes = {ATTR_STRING("reduction", "max")},
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, HARNESS_N),
                        TENSOR(HINGE_INT64, -3, 2, 5, HARNESS_N),
                        TENSOR(HARNESS_T, -9, 9, 5, HARNESS_N)},
             .reference = reference);
    CHECK_OP(.op = "ScatterElements", .opsets = {16},
             .attributes = {ATTR_STRING("reduction", "max")},
             .inputs = {F32(3), LIST(HINGE_INT64, 1), F32(1)}, .fails = HINGE_BAD_MODEL,
             .says = "reduction 'max' is not none, add, mul");
    CHECK_OP(.op = "ScatterElements", .attributes = {ATTR_STRING("reduction", "sum")},
             .inputs = {F32(3), LIST(HINGE_INT64, 1), F32(1)}, .fails = HINGE_BAD_MODEL,
             .says = "reduction 'sum' is not none, add, mul, max, min");
    CHECK_OP(.op = "ScatterElements", .attributes = {ATTR_STRING("reduction", "add")},
             .inputs = {TENSOR(HINGE_BOOL, 0, 1, 3), LIST(HINGE_INT64, 1), LIST(HINGE_BOOL, 1)},
             .fails = HINGE_BAD_MODEL, .says = "reduction 'add' is for numbers");
}

static void errors(void)
{
    CHECK_OP(.op = "ScatterElements", .inputs = {F32(3), LIST(HINGE_INT64, 3), F32(1)},
             .fails = HINGE_BAD_VALUE, .says = "index 3 at position 0 is not in [-3, 3)");
    CHECK_OP(.op = "ScatterElements", .inputs = {F32(0), LIST(HINGE_INT64, 0), F32(1)},
             .fails = HINGE_BAD_VALUE, .says = "index 0");
    CHECK_OP(.op = "ScatterElements", .inputs = {F32(3, 2), LIST(HINGE_INT64, 0), F32(1)},
             .fails = HINGE_BAD_SHAPE, .says = "indices have rank 1, updates 1, the data 2");
    CHECK_OP(.op = "ScatterElements", .inputs = {F32(3), LIST(HINGE_INT64, 0), F32(2)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 0 of the updates is 2, of the indices 1");
    CHECK_OP(.op = "ScatterElements",
             .inputs = {F32(3, 2), TENSOR(HINGE_INT64, 0, 0, 1, 3), F32(1, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 1 of the indices is 3, above 2");
    CHECK_OP(.op = "ScatterElements", .attributes = {ATTR_INT("axis", 1)},
             .inputs = {F32(3), LIST(HINGE_INT64, 0), F32(1)}, .fails = HINGE_BAD_SHAPE,
             .says = "axis");
    CHECK_OP(.op = "ScatterElements",
             .inputs = {SCALAR(HINGE_FLOAT, 0, 1), SCALAR(HINGE_INT64, 0, 0),
                        SCALAR(HINGE_FLOAT, 0, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "axis");
}

void test_scatterelements(void)
{
    CHECK_OP(.op = "ScatterElements", .opsets = {11, 13, 16, 18}, .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INT("axis", 1)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, 5, 4, HARNESS_N),
                        TENSOR(HINGE_INT64, -4, 3, 3, 6, HARNESS_N),
                        TENSOR(HARNESS_T, -50, 50, 3, 6, HARNESS_N)},
             .reference = reference);
    CHECK_OP(.op = "Scatter", .opsets = {9, 10}, .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INT("axis", -1)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, HARNESS_N, 6),
                        TENSOR(HINGE_INT32, -6, 5, HARNESS_N, 4),
                        TENSOR(HARNESS_T, -50, 50, HARNESS_N, 4)},
             .reference = reference);
    CHECK_OP(.op = "ScatterElements",
             .inputs = {F32(3, 0), TENSOR(HINGE_INT64, 0, 2, 2, 0), F32(2, 0)},
             .reference = reference);
    CHECK_OP(.op = "ScatterElements",
             .inputs = {F32(3, 2), TENSOR(HINGE_INT64, 0, 2, 0, 2), F32(0, 2)},
             .reference = reference);
    CHECK_OP(.op = "ScatterElements",
             .inputs = {{.type = HINGE_STRING,
                         .rank = 1,
                         .dims = {3},
                         .strings = (const char *const[]){"a", "", "hinge"}},
                        LIST(HINGE_INT64, 0, -1),
                        {.type = HINGE_STRING,
                         .rank = 1,
                         .dims = {2},
                         .strings = (const char *const[]){"long", "er"}}},
             .reference = reference);
    reductions();
    errors();
}
