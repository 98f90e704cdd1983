/* Gather against a loop over the coordinates of the result. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *indices = call->inputs[1];
    int64_t axis = harness_attr_int(call, "axis", 0), dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    int32_t rank = 0;
    axis = axis < 0 ? axis + x->rank : axis;
    for (int32_t d = 0; d < x->rank; d++) {
        if (d != axis)
            dims[rank++] = x->dims[d];
        for (int32_t k = 0; d == axis && k < indices->rank; k++)
            dims[rank++] = indices->dims[k];
    }
    hinge_tensor *y = harness_output(call, 0, x->type, rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t from[HINGE_MAX_RANK];
        harness_coordinates(y, i, at);
        int64_t index = harness_get_int(indices, harness_index(indices, at + axis));
        for (int32_t d = 0; d < x->rank; d++)
            if (d != axis)
                from[d] = d < axis ? at[d] : at[d + indices->rank - 1];
        from[axis] = index < 0 ? index + x->dims[axis] : index;
        harness_move(y, i, x, harness_index(x, from));
    }
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

void test_gather(void)
{
    CHECK_OP(.op = "Gather", .opsets = {7, 11, 13}, .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, 10, 3), TENSOR(HINGE_INT64, -10, 9, HARNESS_N)},
             .reference = reference);
    CHECK_OP(.op = "Gather", .attributes = {ATTR_INT("axis", -2)},
             .inputs = {F32(2, 5, 3), TENSOR(HINGE_INT32, 0, 4, 4, 2)}, .reference = reference);
    CHECK_OP(.op = "Gather", .types = HARNESS_ALL_SIZES, .attributes = {ATTR_INT("axis", 2)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, 2, HARNESS_N, 3), TENSOR(HINGE_INT32, 0, 2, 4)},
             .reference = reference);
    CHECK_OP(.op = "Gather", .inputs = {F32(5, 3), SCALAR(HINGE_INT64, 0, 4)},
             .reference = reference);
    CHECK_OP(.op = "Gather", .inputs = {F32(1000, 300), TENSOR(HINGE_INT64, 0, 999, 77)},
             .reference = reference);
    CHECK_OP(.op = "Gather", .inputs = {F32(5, 3), LIST(HINGE_INT64, 0, 1, 5)},
             .fails = HINGE_BAD_VALUE, .says = "index 5 at position 2 is not in [-5, 5)");
    CHECK_OP(.op = "Gather", .inputs = {F32(5, 3), LIST(HINGE_INT64, -6)}, .fails = HINGE_BAD_VALUE,
             .says = "index -6 at position 0");
    CHECK_OP(.op = "Gather", .inputs = {F32(5), LIST(HINGE_FLOAT, 0)}, .fails = HINGE_BAD_MODEL,
             .says = "signature");
    CHECK_OP(.op = "Gather", .attributes = {ATTR_INT("axis", 1)},
             .inputs = {F32(5), LIST(HINGE_INT64, 0)}, .fails = HINGE_BAD_SHAPE, .says = "axis 1");
}
