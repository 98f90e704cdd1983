/* OneHot against a loop that asks of every element whether the index there names it. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *indices = call->inputs[0], *values = call->inputs[2];
    int64_t depth = (int64_t)harness_get(call->inputs[1], 0);
    int64_t axis = harness_attr_int(call, "axis", -1), dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    axis = axis < 0 ? axis + indices->rank + 1 : axis;
    for (int32_t d = 0; d <= indices->rank; d++)
        dims[d] = d < axis ? indices->dims[d] : d == axis ? depth : indices->dims[d - 1];
    hinge_tensor *y = harness_output(call, 0, values->type, indices->rank + 1, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        int64_t own = at[axis];
        for (int64_t d = axis; d < indices->rank; d++)
            at[d] = at[d + 1];
        int64_t index = (int64_t)harness_get(indices, harness_index(indices, at));
        harness_move(y, i, values, index == own || index + depth == own);
    }
}

#define ONE(element, value)                                                                        \
    {                                                                                              \
        .type = (element), .values = (const double[])                                              \
        {                                                                                          \
            value                                                                                  \
        }                                                                                          \
    }

void test_onehot(void)
{
    CHECK_OP(.op = "OneHot", .opsets = {9, 11}, .types = HARNESS_SIZES,
             .attributes = {ATTR_INT("axis", 1)},
             .inputs = {TENSOR(HINGE_INT64, -7, 6, HARNESS_N, 3), ONE(HINGE_INT64, 5),
                        TENSOR(HARNESS_T, 1, 9, 2)},
             .reference = reference);
    CHECK_OP(.op = "OneHot",
             .types = HARNESS_INTEGERS | HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) |
                      HARNESS_TYPE(HINGE_FLOAT16),
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {9},
                         .low = 0,
                         .high = 6,
                         .specials = HARNESS_SPECIALS_NEVER},
                        ONE(HARNESS_T, 5),
                        LIST(HINGE_FLOAT, -1, 2)},
             .reference = reference);
    CHECK_OP(.op = "OneHot", .attributes = {ATTR_INT("axis", -3)},
             .inputs = {TENSOR(HINGE_INT32, 0, 4, 2, 3), ONE(HINGE_FLOAT, 5),
                        LIST(HINGE_INT32, 0, 1)},
             .reference = reference);
    CHECK_OP(.op = "OneHot", .attributes = {ATTR_INT("axis", 2)}, .fails = HINGE_BAD_SHAPE,
             .inputs = {LIST(HINGE_INT32, 1), ONE(HINGE_INT64, 5), LIST(HINGE_INT32, 0, 1)},
             .says = "axis 2");
    CHECK_OP(.op = "OneHot", .fails = HINGE_BAD_VALUE, .says = "depth is -5",
             .inputs = {LIST(HINGE_INT32, 1), ONE(HINGE_INT64, -5), LIST(HINGE_INT32, 0, 1)});
    CHECK_OP(.op = "OneHot", .fails = HINGE_BAD_SHAPE, .says = "values are not two",
             .inputs = {LIST(HINGE_INT32, 1), ONE(HINGE_INT64, 5), LIST(HINGE_INT32, 0, 1, 2)});
    CHECK_OP(.op = "OneHot", .fails = HINGE_BAD_MODEL, .says = "signature",
             .inputs = {LIST(HINGE_BOOL, 1), ONE(HINGE_INT64, 5), LIST(HINGE_INT32, 0, 1)});
}
