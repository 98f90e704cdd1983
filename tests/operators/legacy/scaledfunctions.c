/* Affine, ParametricSoftplus and ScaledTanh against their formulas. */
#include "tests/operators/harness.h"

#include <math.h>

static double alpha, beta;

static double affine(double x)
{
    return alpha * x + beta;
}

static double softplus(double x)
{
    return alpha * (beta * x > 30 ? beta * x : log1p(exp(beta * x)));
}

static double scaled_tanh(double x)
{
    return alpha * tanh(beta * x);
}

static void read(struct harness_call *call)
{
    alpha = (double)harness_attr_float(call, "alpha", 1);
    beta = (double)harness_attr_float(call, "beta", 0);
}

static void reference_affine(struct harness_call *call)
{
    read(call);
    harness_map(call, affine);
}

static void reference_softplus(struct harness_call *call)
{
    read(call);
    harness_map(call, softplus);
}

static void reference_tanh(struct harness_call *call)
{
    read(call);
    harness_map(call, scaled_tanh);
}

#define SCALED(name, ...)                                                                          \
    CHECK_OP(.op = (name), .opsets = {1, 9}, .ulp = 0.51, .relative = 1e-12,                       \
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) |                     \
                      HARNESS_TYPE(HINGE_FLOAT16),                                                 \
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, __VA_ARGS__)
#define BOTH(a, b)                                                                                 \
    {                                                                                              \
        ATTR_FLOAT("alpha", (a)), ATTR_FLOAT("beta", (b))                                          \
    }

void test_scaledfunctions(void)
{
    SCALED("Affine", .reference = reference_affine);
    SCALED("Affine", .reference = reference_affine, .attributes = BOTH(150, -0.5F));
    SCALED("ParametricSoftplus", .reference = reference_softplus, .attributes = BOTH(0.3F, 2));
    SCALED("ParametricSoftplus", .reference = reference_softplus, .attributes = BOTH(2, -0.7F));
    SCALED("ScaledTanh", .reference = reference_tanh, .attributes = BOTH(0.3F, 2));
}
