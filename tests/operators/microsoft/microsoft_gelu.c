/* Gelu, BiasGelu, FastGelu and QuickGelu of com.microsoft against their formulas. */
#include "tests/operators/harness.h"

#include <math.h>

static long double phi(long double x)
{
    return erfcl(-x / sqrtl(2)) / 2;
}

static long double phi_tanh(long double x)
{
    return 1 / (1 + expl(-2 * sqrtl(2 / acosl(-1)) * x * (1 + 0.044715L * x * x)));
}

static void compute(struct harness_call *call, long double (*gate)(long double), double alpha)
{
    const hinge_tensor *x = call->inputs[0];
    const hinge_tensor *bias = call->n_inputs > 1 ? call->inputs[1] : NULL;
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const double z = harness_get(x, i) + (bias ? harness_get(bias, i % bias->dims[0]) : 0);
        const long double g =
            gate ? gate((long double)z) : 1 / (1 + expl(-(long double)alpha * (long double)z));
        harness_set(y, i, g == 0 ? 0 : (double)((long double)z * g));
    }
}

static void gelu(struct harness_call *call)
{
    compute(call, phi, 0);
}

static void fast_gelu(struct harness_call *call)
{
    compute(call, phi_tanh, 0);
}

static void quick_gelu(struct harness_call *call)
{
    compute(call, NULL, (double)harness_attr_float(call, "alpha", 1.702F));
}

#define GELU(name, ...) CHECK_OP(.op = (name), .domain = "com.microsoft", .ulp = 8, __VA_ARGS__)
#define X TENSOR(HARNESS_T, -6, 9, HARNESS_N)

static void check_bias(const char *name, void (*reference)(struct harness_call *call))
{
    GELU(name, .types = HARNESS_FLOATS, .reference = reference, .absolute = 1e-6,
         .inputs = {TENSOR(HARNESS_T, -4, 4, 3, HARNESS_N), TENSOR(HARNESS_T, -2, 2, HARNESS_N)});
    GELU(name, .types = HARNESS_FLOATS, .reference = reference, .absolute = 1e-6,
         .inputs = {TENSOR(HARNESS_T, -4, 4, 5, 3, 700), TENSOR(HARNESS_T, -2, 2, 700)});
    GELU(name, .types = HARNESS_FLOATS, .reference = reference, .absolute = 1e-6,
         .inputs = {TENSOR(HARNESS_T, -4, 4, 80), TENSOR(HARNESS_T, -2, 2, 80)});
    GELU(name, .inputs = {TENSOR(HINGE_FLOAT, -4, 4, 3, 5), TENSOR(HINGE_FLOAT, -2, 2, 3)},
         .fails = HINGE_BAD_SHAPE, .says = "the bias is not a list");
    GELU(name, .inputs = {SCALAR(HINGE_FLOAT, -4, 4), TENSOR(HINGE_FLOAT, -2, 2, 1)},
         .fails = HINGE_BAD_SHAPE, .says = "the bias is not a list");
}

void test_microsoft_gelu(void)
{
    GELU("Gelu", .types = HARNESS_FLOATS, .reference = gelu, .inputs = {X}, .relative = 1e-14);
    GELU("FastGelu", .types = HARNESS_FLOATS, .reference = fast_gelu, .inputs = {X},
         .relative = 1e-13);
    GELU("QuickGelu", .types = HARNESS_FLOATS, .reference = quick_gelu, .inputs = {X});
    GELU("QuickGelu", .types = HARNESS_FLOATS, .reference = quick_gelu, .inputs = {X},
         .attributes = {ATTR_FLOAT("alpha", 1)});
    check_bias("BiasGelu", gelu);
    check_bias("FastGelu", fast_gelu);
}
