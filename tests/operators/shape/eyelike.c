/* EyeLike against a loop that asks of every element whether it lies on the diagonal. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t k = harness_attr_int(call, "k", 0), at[2];
    hinge_tensor *y =
        harness_output(call, 0, (hinge_type)harness_attr_int(call, "dtype", x->type), 2, x->dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        harness_set(y, i, at[1] - at[0] == k);
    }
}

void test_eyelike(void)
{
    CHECK_OP(.op = "EyeLike", .opsets = {9, 22},
             .types = HARNESS_NUMBERS | HARNESS_TYPE(HINGE_BOOL),
             .inputs = {TENSOR(HARNESS_T, -9, 9, 5, HARNESS_N)}, .reference = reference);
    static const int64_t diagonals[] = {INT64_MIN, -4, -3, 2, 5, 6, INT64_MAX};
    for (size_t k = 0; k < sizeof diagonals / sizeof *diagonals; k++)
        CHECK_OP(.op = "EyeLike",
                 .attributes = {ATTR_INT("k", diagonals[k]), ATTR_INT("dtype", HINGE_DOUBLE)},
                 .inputs = {TENSOR(HINGE_INT32, -9, 9, 4, 6)}, .reference = reference);
    CHECK_OP(.op = "EyeLike", .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "rank 1");
    CHECK_OP(.op = "EyeLike", .attributes = {ATTR_INT("dtype", HINGE_STRING)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 3)}, .fails = HINGE_BAD_MODEL,
             .says = "signature");
}
