/* Expand against a loop over the broadcast shape. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *shape = call->inputs[1];
    int32_t n_given = (int32_t)hinge_count(shape);
    int32_t rank = x->rank > n_given ? x->rank : n_given;
    int64_t dims[HINGE_MAX_RANK];
    for (int32_t d = 0; d < rank; d++) {
        int64_t own = d < rank - x->rank ? 1 : x->dims[d - (rank - x->rank)];
        int64_t given = d < rank - n_given ? 1 : harness_get_int(shape, d - (rank - n_given));
        dims[d] = own == 1 ? given : own;
    }
    hinge_tensor *y = harness_output(call, 0, x->type, rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++)
        harness_move(y, i, x, harness_broadcast_index(y, i, x));
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

void test_expand(void)
{
    CHECK_OP(.op = "Expand", .opsets = {8, 13}, .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, 3, 1, HARNESS_N),
                        CONSTANT_LIST(HINGE_INT64, 2, 1, 4, 1)},
             .reference = reference);
    CHECK_OP(.op = "Expand", .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, HARNESS_N, 1), LIST(HINGE_INT64, 1, 37)},
             .reference = reference);
    CHECK_OP(.op = "Expand", .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, HARNESS_N, 1), LIST(HINGE_INT64, 1, 15)},
             .reference = reference);
    CHECK_OP(.op = "Expand", .inputs = {SCALAR(HINGE_FLOAT, -9, 9), LIST(HINGE_INT64, 300, 200)},
             .reference = reference);
    CHECK_OP(.op = "Expand", .inputs = {F32(3, 1), LIST(HINGE_INT64, 3, 0)},
             .reference = reference);
    CHECK_OP(.op = "Expand", .inputs = {F32(3, 2), LIST(HINGE_INT64, 3, 4)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 1 of 2 cannot be expanded to 4");
    CHECK_OP(.op = "Expand", .inputs = {F32(3, 1), LIST(HINGE_INT64, 3, -1)},
             .fails = HINGE_BAD_SHAPE, .says = "expanded to -1");
}
