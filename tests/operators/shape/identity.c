/* Identity: the same bytes, for numbers and strings, and the same values of other kinds. */
#include "tests/operators/values.h"

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
    CHECK_OP(.op = "Identity", .opsets = {16, 21, 25},
             .types = HARNESS_TYPE(HINGE_INT4) | HARNESS_TYPE(HINGE_UINT2),
             .inputs = {TENSOR(HARNESS_T, -8, 7, 2, HARNESS_N)}, .reference = reference);
    CHECK_OP(.op = "Identity", .reference = reference,
             .inputs = {{.type = HINGE_STRING,
                         .rank = 1,
                         .dims = {3},
                         .strings = (const char *const[]){"", "a", "hinge"}}});
    CHECK_VALUES(.op = "Identity", .opset = 14,
                 .inputs = {SEQUENCE(HINGE_STRING, STRINGS("a", "b"), STRINGS(""))},
                 .outputs = {SEQUENCE(HINGE_STRING, STRINGS("a", "b"), STRINGS(""))});
    CHECK_VALUES(.op = "Identity",
                 .inputs = {HOLDING(SEQUENCE_TYPE(HINGE_FLOAT), SEQUENCE(HINGE_FLOAT, FLOATS(1)))},
                 .outputs = {
                     HOLDING(SEQUENCE_TYPE(HINGE_FLOAT), SEQUENCE(HINGE_FLOAT, FLOATS(1)))});
    CHECK_VALUES(.op = "Identity", .opset = 16, .inputs = {EMPTY(HINGE_OPTIONAL, HINGE_FLOAT)},
                 .outputs = {EMPTY(HINGE_OPTIONAL, HINGE_FLOAT)});
}
