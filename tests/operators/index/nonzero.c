/* NonZero against a loop over the coordinates of what is not zero. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t dims[2] = {x->rank ? x->rank : 1, 0}, at[HINGE_MAX_RANK] = {0}, n = 0;
    for (int64_t i = 0; i < hinge_count(x); i++)
        dims[1] += harness_get(x, i) != 0;
    hinge_tensor *y = harness_output(call, 0, HINGE_INT64, 2, dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        if (harness_get(x, i) == 0)
            continue;
        harness_coordinates(x, i, at);
        for (int64_t d = 0; d < dims[0]; d++)
            harness_set_int(y, d * dims[1] + n, at[d]);
        n++;
    }
}

void test_nonzero(void)
{
    CHECK_OP(.op = "NonZero", .opsets = {9, 13},
             .types = HARNESS_NUMBERS | HARNESS_TYPE(HINGE_BOOL) | HARNESS_TYPE(HINGE_COMPLEX64) |
                      HARNESS_TYPE(HINGE_COMPLEX128),
             .inputs = {TENSOR(HARNESS_T, -1, 1, 3, HARNESS_N)}, .reference = reference);
    CHECK_OP(.op = "NonZero", .inputs = {TENSOR(HINGE_INT32, 0, 1, 4, 5, 6)},
             .reference = reference);
    CHECK_OP(.op = "NonZero", .inputs = {LIST(HINGE_FLOAT, 0, -0.0, 2, 0)}, .reference = reference);
    CHECK_OP(.op = "NonZero", .inputs = {LIST(HINGE_FLOAT16, 0, -0.0, 2, 0)},
             .reference = reference);
    CHECK_OP(.op = "NonZero", .inputs = {SCALAR(HINGE_FLOAT, 1, 2)}, .reference = reference);
    CHECK_OP(.op = "NonZero",
             .inputs = {{.type = HINGE_STRING,
                         .rank = 1,
                         .dims = {4},
                         .strings = (const char *const[]){"a", "", "0", ""}}},
             .expect = {{.type = HINGE_INT64,
                         .rank = 2,
                         .dims = {1, 2},
                         .values = (const double[]){0, 2}}});
    CHECK_OP(.op = "NonZero", .inputs = {TENSOR(HINGE_INT4, 0, 1, 3)}, .fails = HINGE_BAD_MODEL,
             .says = "signature");
}
