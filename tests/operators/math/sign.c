/* Sign against -1, 0, 1; NaN and zeros stay. */
#include <math.h>

#include "tests/operators/harness.h"

static double of_floats(double x)
{
    return isnan(x) || x == 0 ? x : copysign(1, x);
}

static int64_t of_integers(int64_t x)
{
    return x < 0 ? -1 : x > 0;
}

static int64_t of_unsigned(int64_t x)
{
    return x != 0;
}

static void reference(struct harness_call *call)
{
    if (harness_is_floating(call->inputs[0]->type))
        harness_map(call, of_floats);
    else
        harness_map_int(call, harness_is_signed(call->inputs[0]->type) ? of_integers : of_unsigned);
}

void test_sign(void)
{
    CHECK_OP(.op = "Sign", .opsets = {9, 13}, .types = HARNESS_NUMBERS, .reference = reference,
             .signed_zeros = true,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {HARNESS_N},
                         .low = -2,
                         .high = 2,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = "Sign", .reference = reference, .inputs = {TENSOR(HINGE_FLOAT, -2, 2, 2, 3, 5)});
    CHECK_OP(.op = "Sign", .reference = reference, .inputs = {SCALAR(HINGE_FLOAT, -2, 2)});
}
