/* Ceil against C's in double. */
#include <math.h>

#include "tests/operators/harness.h"

static double of_floats(double x)
{
    return ceil(x);
}

static void reference(struct harness_call *call)
{
    harness_map(call, of_floats);
}

void test_ceil(void)
{
    CHECK_OP(.op = "Ceil", .opsets = {1, 6, 13}, .types = HARNESS_FLOATS, .reference = reference,
             .signed_zeros = true,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {HARNESS_N},
                         .low = -9,
                         .high = 9,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = "Ceil", .reference = reference, .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 5)});
    CHECK_OP(.op = "Ceil", .reference = reference, .inputs = {SCALAR(HINGE_FLOAT, -9, 9)});
}
