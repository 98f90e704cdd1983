/* SwiGLU against b a / (1 + exp(-alpha a)). */
#include "tests/operators/harness.h"

#include <math.h>

static double alpha;

static double swiglu(double a, double b)
{
    const long double product = (long double)alpha * (long double)a;
    const long double gate = 1 / (1 + expl(-product));
    return (double)((gate == 0 ? 0 : (long double)a * gate) * (long double)b);
}

static void reference(struct harness_call *call)
{
    alpha = (double)harness_attr_float(call, "alpha", 1);
    harness_map2(call, HINGE_NO_TYPE, swiglu);
}

void test_swiglu(void)
{
    CHECK_OP(.op = "SwiGLU", .opsets = {28}, .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N), TENSOR(HARNESS_T, -2, 2, HARNESS_N)},
             .ulp = 4);
    CHECK_OP(.op = "SwiGLU", .opsets = {28}, .types = HARNESS_FLOATS, .reference = reference,
             .attributes = {ATTR_FLOAT("alpha", 1.702F)},
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N), TENSOR(HARNESS_T, -2, 2, HARNESS_N)},
             .ulp = 4);
    /* Where a b is beyond float32, and the gate brings it back. */
    CHECK_OP(.op = "SwiGLU", .types = HARNESS_TYPE(HINGE_FLOAT), .reference = reference,
             .attributes = {ATTR_FLOAT("alpha", 0.25F)},
             .inputs = {TENSOR(HARNESS_T, -600, 0, HARNESS_N),
                        TENSOR(HARNESS_T, -3e38, 3e38, HARNESS_N)},
             .ulp = 4);
    CHECK_OP(.op = "SwiGLU",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2), TENSOR(HINGE_FLOAT, -9, 9, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "shapes");
}
