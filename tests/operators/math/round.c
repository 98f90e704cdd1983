/* Round against C's nearbyint in double. */
#include <math.h>

#include "tests/operators/harness.h"

static double of_floats(double x)
{
    return nearbyint(x);
}

static void reference(struct harness_call *call)
{
    harness_map(call, of_floats);
}

void test_round(void)
{
    CHECK_OP(.op = "Round", .opsets = {11, 22}, .types = HARNESS_FLOATS, .reference = reference,
             .signed_zeros = true,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {HARNESS_N},
                         .low = -9,
                         .high = 9,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = "Round", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 5)});
    CHECK_OP(.op = "Round", .types = HARNESS_FLOATS, .reference = reference, .signed_zeros = true,
             .inputs = {LIST(HARNESS_T, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, -0.25, 1023.5)});
    CHECK_OP(.op = "Round", .reference = reference, .inputs = {SCALAR(HINGE_FLOAT, -9, 9)});
}
