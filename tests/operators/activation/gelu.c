/* Gelu against x erfc(-x / sqrt 2) / 2 in long double (the error of erfc's argument counts x^2
 * times over), and its approximation against the formula of the standard.
 */
#include "tests/operators/harness.h"

#include <math.h>

static double gelu(double x)
{
    const long double gate = erfcl(-(long double)x / sqrtl(2)) / 2;
    return gate == 0 ? 0 : (double)((long double)x * gate);
}

static void reference(struct harness_call *call)
{
    harness_map(call, gelu);
}

/* (1 + tanh u) / 2 = 1 / (1 + exp(-2 u)), which does not cancel. */
static double gelu_tanh(double x)
{
    const long double z = x;
    const long double u = sqrtl(2 / acosl(-1)) * z * (1 + 0.044715L * z * z);
    const long double gate = 1 / (1 + expl(-2 * u));
    return gate == 0 ? 0 : (double)(z * gate);
}

static void reference_tanh(struct harness_call *call)
{
    harness_map(call, gelu_tanh);
}

#define SINGLE_AND_HALF                                                                            \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16))

void test_gelu(void)
{
    CHECK_OP(.op = "Gelu", .opsets = {20}, .types = HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -15, 15, HARNESS_N)}, .reference = reference, .ulp = 8,
             .relative = 1e-14);
    CHECK_OP(.op = "Gelu", .opsets = {20}, .types = HARNESS_TYPE(HINGE_DOUBLE),
             .inputs = {TENSOR(HARNESS_T, -7, 15, HARNESS_N)}, .reference = reference_tanh,
             .attributes = {ATTR_STRING("approximate", "tanh")}, .relative = 1e-13);
    CHECK_OP(.op = "Gelu", .opsets = {20}, .types = SINGLE_AND_HALF, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -15, 15, HARNESS_N)}, .ulp = 4);
    CHECK_OP(.op = "Gelu", .opsets = {20}, .types = SINGLE_AND_HALF, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -15, 15, HARNESS_N)}, .ulp = 4,
             .attributes = {ATTR_STRING("approximate", "none")});
    CHECK_OP(.op = "Gelu", .opsets = {20}, .types = SINGLE_AND_HALF, .reference = reference_tanh,
             .inputs = {TENSOR(HARNESS_T, -10, 10, HARNESS_N)}, .ulp = 4,
             .attributes = {ATTR_STRING("approximate", "tanh")});
    CHECK_OP(.op = "Gelu", .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3)},
             .attributes = {ATTR_STRING("approximate", "tan")}, .fails = HINGE_BAD_MODEL,
             .says = "approximate");
}
