/* Erf against erf of libm. */
#include "tests/operators/harness.h"

#include <math.h>

static double error_function(double x)
{
    return erf(x);
}

static void reference(struct harness_call *call)
{
    harness_map(call, error_function);
}

static int64_t of_integer(int64_t x)
{
    return (int64_t)(float)erf((double)x);
}

static int64_t of_unsigned(int64_t x)
{
    return (int64_t)(float)erf((double)(uint64_t)x);
}

static void reference_signed(struct harness_call *call)
{
    harness_map_int(call, of_integer);
}

static void reference_unsigned(struct harness_call *call)
{
    harness_map_int(call, of_unsigned);
}

void test_erf(void)
{
    CHECK_OP(.op = "Erf", .opsets = {9, 13},
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -4, 4, HARNESS_N)}, .reference = reference, .ulp = 1.5);
    CHECK_OP(.op = "Erf", .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .inputs = {TENSOR(HARNESS_T, -4, 4, HARNESS_N)}, .reference = reference, .ulp = 0.51);
    CHECK_OP(.op = "Erf", .opsets = {9}, .types = HARNESS_TYPE(HINGE_FLOAT16),
             .inputs = {TENSOR(HARNESS_T, -4, 4, HARNESS_N)}, .reference = reference, .ulp = 0.51);
    CHECK_OP(.op = "Erf", .opsets = {9, 12}, .types = HARNESS_SIGNED,
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference_signed);
    CHECK_OP(.op = "Erf", .opsets = {9, 12}, .types = HARNESS_UNSIGNED,
             .inputs = {TENSOR(HARNESS_T, 0, 9, HARNESS_N)}, .reference = reference_unsigned);
}
