/* Neg against -x; the least integer stays. */
#include "tests/operators/harness.h"

static double of_floats(double x)
{
    return -x;
}

static int64_t of_integers(int64_t x)
{
    return (int64_t)(0 - (uint64_t)x);
}

static int64_t of_unsigned(int64_t x)
{
    return x;
}

static void reference(struct harness_call *call)
{
    if (harness_is_floating(call->inputs[0]->type))
        harness_map(call, of_floats);
    else
        harness_map_int(call, harness_is_signed(call->inputs[0]->type) ? of_integers : of_unsigned);
}

void test_neg(void)
{
    CHECK_OP(.op = "Neg", .opsets = {1, 6, 13}, .types = (HARNESS_FLOATS | HARNESS_SIGNED),
             .reference = reference, .signed_zeros = true,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {HARNESS_N},
                         .low = -99,
                         .high = 99,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = "Neg", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -99, 99, 2, 3, 5)});
    CHECK_OP(.op = "Neg", .reference = reference, .inputs = {SCALAR(HINGE_FLOAT, -99, 99)});
}
