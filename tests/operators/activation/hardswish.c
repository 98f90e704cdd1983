/* HardSwish against x (x + 3) / 6 between -3 and 3. */
#include "tests/operators/harness.h"

#include <math.h>

static double hard_swish(double x)
{
    return x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
}

static void reference(struct harness_call *call)
{
    harness_map(call, hard_swish);
}

void test_hardswish(void)
{
    CHECK_OP(.op = "HardSwish", .opsets = {14, 22}, .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {TENSOR(HARNESS_T, -5, 5, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "HardSwish", .opsets = {14, 22}, .types = HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -5, 5, HARNESS_N)}, .reference = reference, .ulp = 3);
    CHECK_OP(.op = "HardSwish", .opsets = {14, 22},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -5, 5, HARNESS_N)}, .reference = reference, .ulp = 0.51);
}
