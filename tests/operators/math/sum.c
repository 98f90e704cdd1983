/* Sum against a sum in double. */
#include "tests/operators/harness/arithmetic.h"

static double plus(double a, double b)
{
    return a + b;
}

static void reference(struct harness_call *call)
{
    arithmetic_fold(call, plus);
}

void test_sum(void)
{
    arithmetic_check_sum("Sum", reference);
}
