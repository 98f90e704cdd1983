/* Mean against a sum in double. */
#include "tests/operators/harness/arithmetic.h"

static double plus(double a, double b)
{
    return a + b;
}

static void reference(struct harness_call *call)
{
    hinge_tensor *y = arithmetic_fold(call, plus);
    for (int64_t i = 0; i < hinge_count(y); i++)
        harness_set(y, i, harness_get(y, i) / call->n_inputs);
}

void test_mean(void)
{
    arithmetic_check_sum("Mean", reference);
}
