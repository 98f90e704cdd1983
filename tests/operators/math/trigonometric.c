/* The trigonometric and hyperbolic functions against C's in double. */
#include <math.h>

#include "tests/operators/harness.h"

#define REFERENCE(name)                                                                            \
    static void name##_reference(struct harness_call *call)                                        \
    {                                                                                              \
        harness_map(call, name);                                                                   \
    }

REFERENCE(sin)
REFERENCE(cos)
REFERENCE(tan)
REFERENCE(asin)
REFERENCE(acos)
REFERENCE(atan)
REFERENCE(sinh)
REFERENCE(cosh)
REFERENCE(asinh)
REFERENCE(acosh)
REFERENCE(atanh)

/* glibc states up to 2 ULP for its float and 1 for its double functions here. */
static void check(const char *op, uint32_t first_opset, void (*reference)(struct harness_call *),
                  double low, double high)
{
    CHECK_OP(.op = op, .opsets = {first_opset, 22}, .types = HARNESS_FLOATS, .ulp = 2,
             .reference = reference, .inputs = {TENSOR(HARNESS_T, low, high, HARNESS_N)});
    CHECK_OP(.op = op, .ulp = 2, .reference = reference,
             .inputs = {SCALAR(HINGE_FLOAT, low, high)});
}

/* Of angles up to where the C library takes over and beyond. */
static void check_angles(const char *op, void (*reference)(struct harness_call *), double most)
{
    CHECK_OP(.op = op, .ulp = 0.51, .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -most, most, HARNESS_N)});
    CHECK_OP(.op = op, .ulp = 0.51, .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -100 * most, 100 * most, HARNESS_N)});
}

void test_trigonometric(void)
{
    check_angles("Sin", sin_reference, 131072);
    check_angles("Cos", cos_reference, 131072);
    check_angles("Tan", tan_reference, 131072);
    check_angles("Atan", atan_reference, 1000);
    check("Sin", 7, sin_reference, -100, 100);
    check("Cos", 7, cos_reference, -100, 100);
    check("Tan", 7, tan_reference, -100, 100);
    check("Asin", 7, asin_reference, -1, 1);
    check("Acos", 7, acos_reference, -1, 1);
    check("Atan", 7, atan_reference, -9, 9);
    check("Sinh", 9, sinh_reference, -9, 9);
    check("Cosh", 9, cosh_reference, -9, 9);
    check("Asinh", 9, asinh_reference, -99, 99);
    check("Acosh", 9, acosh_reference, 1, 99);
    check("Atanh", 9, atanh_reference, -1, 1);
}
