/* Min against a < b ? a : b; NaN where one is. */
#include <math.h>

#include "tests/operators/harness/arithmetic.h"

static double of_floats(double a, double b)
{
    return isnan(a) || a < b ? a : b;
}

static int64_t of_signed(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t of_unsigned(int64_t a, int64_t b)
{
    return (uint64_t)a < (uint64_t)b ? a : b;
}

static void reference(struct harness_call *call)
{
    arithmetic_map2(call, of_floats, of_signed, of_unsigned);
}

static void several(struct harness_call *call)
{
    arithmetic_fold(call, of_floats);
}

void test_min(void)
{
    arithmetic_check_extremum("Min", reference, several);
}
