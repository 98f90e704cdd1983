/* Split against a loop that carries every element of every part over from its place. */
#include "tests/operators/harness.h"

/* Into the sizes that the case's own list states, or else into equal ones. */
static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *sizes = harness_attr(call, "split");
    int64_t axis = harness_attr_int(call, "axis", 0), dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    int64_t n = call->n_outputs, first = 0;
    axis = axis < 0 ? axis + x->rank : axis;
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d];
    for (uint32_t k = 0; k < call->n_outputs; k++, first += dims[axis]) {
        if (sizes)
            dims[axis] = sizes->ints[k];
        else if (call->n_inputs > 1)
            dims[axis] = harness_get_int(call->inputs[1], k);
        else
            dims[axis] = k + 1 < n ? (x->dims[axis] + n - 1) / n : x->dims[axis] - first;
        hinge_tensor *y = harness_output(call, k, x->type, x->rank, dims);
        for (int64_t i = 0; i < hinge_count(y); i++) {
            harness_coordinates(y, i, at);
            at[axis] += first;
            harness_move(y, i, x, harness_index(x, at));
        }
    }
}

#define X TENSOR(HARNESS_T, -50, 50, 2, 6, HARNESS_N)
#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

static void check_refusals(void)
{
    CHECK_OP(.op = "Split", .opsets = {13}, .n_outputs = 2, .inputs = {F32(5)},
             .fails = HINGE_BAD_SHAPE, .says = "cannot be split into 2");
    CHECK_OP(.op = "Split", .n_outputs = 4, .inputs = {F32(5)},
             .attributes = {ATTR_INT("num_outputs", 4)}, .fails = HINGE_BAD_SHAPE,
             .says = "cannot be split into 4");
    CHECK_OP(.op = "Split", .n_outputs = 2, .inputs = {F32(5)},
             .attributes = {ATTR_INT("num_outputs", 3)}, .fails = HINGE_BAD_MODEL,
             .says = "num_outputs is 3 for 2 outputs");
    CHECK_OP(.op = "Split", .n_outputs = 2, .inputs = {F32(5), CONSTANT_LIST(HINGE_INT64, 6, -1)},
             .fails = HINGE_BAD_SHAPE, .says = "part 0 of split is 6 with 5 left");
    CHECK_OP(.op = "Split", .n_outputs = 2, .inputs = {F32(5), CONSTANT_LIST(HINGE_INT64, 3, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "leave over 1 of 5");
    CHECK_OP(.op = "Split", .n_outputs = 3, .inputs = {F32(5), CONSTANT_LIST(HINGE_INT64, 3, 2)},
             .fails = HINGE_BAD_MODEL, .says = "2 entries for 3 outputs");
}

static void check_first_version(void)
{
    const uint32_t types =
        HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16);
    CHECK_OP(.op = "Split", .opsets = {1}, .types = types, .n_outputs = 3,
             .attributes = {ATTR_INT("axis", 1)}, .inputs = {X, LIST(HARNESS_T, 1, 3, 2)},
             .reference = reference);
    CHECK_OP(.op = "Split", .opsets = {1}, .types = types, .n_outputs = 3,
             .attributes = {ATTR_INT("axis", 1), ATTR_INTS("split", 1, 3, 2)}, .inputs = {X},
             .reference = reference);
    CHECK_OP(.op = "Split", .opsets = {1}, .n_outputs = 2, .inputs = {F32(4)},
             .reference = reference);
    CHECK_OP(.op = "Split", .opsets = {1}, .n_outputs = 2,
             .inputs = {F32(4), CONSTANT_LIST(HINGE_FLOAT, 1.5, 2.5)}, .fails = HINGE_BAD_VALUE,
             .says = "input 1 says 1.5 where a whole number belongs");
    CHECK_OP(.op = "Split", .opsets = {1}, .n_outputs = 2, .attributes = {ATTR_INTS("split", 1, 3)},
             .inputs = {F32(4), LIST(HINGE_FLOAT, 1, 3)}, .fails = HINGE_BAD_MODEL,
             .says = "as an attribute and as an input");
}

void test_split(void)
{
    check_first_version();
    CHECK_OP(.op = "Split", .opsets = {7, 11, 12}, .types = HARNESS_ALL_SIZES, .n_outputs = 3,
             .attributes = {ATTR_INT("axis", 1), ATTR_INTS("split", 1, 3, 2)}, .inputs = {X},
             .reference = reference);
    CHECK_OP(.op = "Split", .opsets = {7, 11, 13, 18}, .types = HARNESS_ALL_SIZES, .n_outputs = 3,
             .attributes = {ATTR_INT("axis", 1)}, .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Split", .opsets = {13, 18}, .types = HARNESS_ALL_SIZES, .n_outputs = 3,
             .attributes = {ATTR_INT("axis", -2)},
             .inputs = {X, CONSTANT_LIST(HINGE_INT64, 1, 0, 5)}, .reference = reference);
    CHECK_OP(.op = "Split", .n_outputs = 4, .attributes = {ATTR_INT("num_outputs", 4)},
             .inputs = {F32(7)}, .reference = reference);
    CHECK_OP(.op = "Split", .n_outputs = 2, .unwanted = 1, .attributes = {ATTR_INT("axis", 0)},
             .inputs = {F32(3, HARNESS_N), LIST(HINGE_INT64, 2, 1)}, .reference = reference);
    check_refusals();
}
