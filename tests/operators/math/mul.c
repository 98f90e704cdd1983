/* Mul against a b; integers wrap. */
#include "tests/operators/harness/aligned.h"
#include "tests/operators/harness/arithmetic.h"

static double of_floats(double a, double b)
{
    return a * b;
}

static int64_t of_integers(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

static void reference(struct harness_call *call)
{
    arithmetic_map2(call, of_floats, of_integers, of_integers);
}

void test_mul(void)
{
    arithmetic_check_binary("Mul", 99, 1, reference);
    aligned_check("Mul", HARNESS_NUMBERS, HINGE_NO_TYPE, of_floats);
}
