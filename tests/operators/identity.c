/* Identity: the same bytes, for numbers and strings. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
}

void test_identity(void)
{
    CHECK_OP(.op = "Identity", .opsets = {1, 13, 14, 16, 19, 21, 23},
             .types = HARNESS_NUMBERS | HARNESS_TYPE(HINGE_BOOL),
             .inputs = {TENSOR(HARNESS_T, -100, 100, 2, HARNESS_N)}, .reference = reference,
             .signed_zeros = true);
    CHECK_OP(.op = "Identity", .reference = reference,
             .inputs = {{.type = HINGE_STRING,
                         .rank = 1,
                         .dims = {3},
                         .strings = (const char *const[]){"", "a", "hinge"}}});
}
