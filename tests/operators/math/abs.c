/* Abs against |x|; the least integer stays. */
#include <math.h>

#include "tests/operators/harness.h"

static double of_floats(double x)
{
    return fabs(x);
}

static int64_t of_integers(int64_t x)
{
    return x < 0 ? (int64_t)(0 - (uint64_t)x) : x;
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

void test_abs(void)
{
    CHECK_OP(.op = "Abs", .opsets = {1, 6, 13}, .types = HARNESS_NUMBERS, .reference = reference,
             .signed_zeros = true,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {HARNESS_N},
                         .low = -99,
                         .high = 99,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = "Abs", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -99, 99, 2, 3, 5)});
    CHECK_OP(.op = "Abs", .reference = reference, .inputs = {SCALAR(HINGE_FLOAT, -99, 99)});
    CHECK_OP(.op = "Abs", .opsets = {1}, .reference = reference,
             .attributes = {ATTR_INTS("consumed_inputs", 0)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 7)});
}
