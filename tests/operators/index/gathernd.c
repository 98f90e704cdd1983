/* GatherND against a loop over the result's coordinates. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *indices = call->inputs[1];
    int64_t batch = harness_attr_int(call, "batch_dims", 0);
    int64_t n_named = indices->dims[indices->rank - 1], dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    int32_t rank = 0, last = indices->rank - 1;
    for (int32_t d = 0; d < last; d++)
        dims[rank++] = indices->dims[d];
    for (int64_t d = batch + n_named; d < x->rank; d++)
        dims[rank++] = x->dims[d];
    hinge_tensor *y = harness_output(call, 0, x->type, rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t tuple[HINGE_MAX_RANK], from[HINGE_MAX_RANK];
        harness_coordinates(y, i, at);
        for (int32_t d = 0; d < last; d++)
            tuple[d] = at[d];
        for (int64_t d = 0; d < x->rank; d++) {
            tuple[last] = d - batch;
            if (d < batch) {
                from[d] = at[d];
            } else if (d < batch + n_named) {
                int64_t index = harness_get_int(indices, harness_index(indices, tuple));
                from[d] = index < 0 ? index + x->dims[d] : index;
            } else {
                from[d] = at[last + d - batch - n_named];
            }
        }
        harness_move(y, i, x, harness_index(x, from));
    }
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

void test_gathernd(void)
{
    CHECK_OP(.op = "GatherND", .opsets = {11, 12, 13}, .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, 4, 4, 3),
                        TENSOR(HINGE_INT64, -4, 3, HARNESS_N, 2)},
             .reference = reference);
    CHECK_OP(.op = "GatherND", .attributes = {ATTR_INT("batch_dims", 2)},
             .inputs = {F32(2, 3, 5, 6, 7), TENSOR(HINGE_INT64, 0, 4, 2, 3, 9, 2)},
             .reference = reference);
    CHECK_OP(.op = "GatherND", .inputs = {F32(5), TENSOR(HINGE_INT64, 0, 4, 2, 3, 1)},
             .reference = reference);
    CHECK_OP(.op = "GatherND", .inputs = {F32(3, 2), LIST(HINGE_INT64, 1, 2)},
             .fails = HINGE_BAD_VALUE, .says = "index 2 at position 1 is not in [-2, 2)");
    CHECK_OP(.op = "GatherND", .inputs = {F32(3, 2), LIST(HINGE_INT64, 0, 0, 0)},
             .fails = HINGE_BAD_SHAPE, .says = "name 3 dimensions of 2");
    CHECK_OP(.op = "GatherND", .attributes = {ATTR_INT("batch_dims", 1)},
             .inputs = {F32(3, 2), LIST(HINGE_INT64, 0)}, .fails = HINGE_BAD_SHAPE,
             .says = "batch_dims is 1");
    CHECK_OP(.op = "GatherND", .attributes = {ATTR_INT("batch_dims", 1)},
             .inputs = {F32(3, 2), TENSOR(HINGE_INT64, 0, 1, 2, 1)}, .fails = HINGE_BAD_SHAPE,
             .says = "batch dimension 0 is 3 and 2");
}
