#include "tools/exactness/reference.h"

#include <math.h>

/* The operators' defaults, as the float32 numbers they are. */
#define LEAKY_ALPHA ((double)0.01F)
#define SELU_ALPHA ((double)1.67326319217681884765625F)
#define SELU_GAMMA ((double)1.05070102214813232421875F)
#define HARD_ALPHA ((double)0.2F)

static double relu(double x)
{
    return x < 0 ? 0 : x;
}

static double leaky_relu(double x)
{
    return x < 0 ? LEAKY_ALPHA * x : x;
}

static double elu(double x)
{
    return x < 0 ? expm1(x) : x;
}

static double selu(double x)
{
    return SELU_GAMMA * (x < 0 ? SELU_ALPHA * expm1(x) : x);
}

static double softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static double sigmoid(double x)
{
    const double e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

static double thresholded_relu(double x)
{
    return x <= 1 ? 0 : x;
}

static double hard_sigmoid(double x)
{
    const double y = HARD_ALPHA * x + 0.5;
    return y < 0 ? 0 : y > 1 ? 1 : y;
}

static double hard_swish(double x)
{
    return x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
}

static double softsign(double x)
{
    return isinf(x) ? copysign(1, x) : x / (1 + fabs(x));
}

static double shrink(double x)
{
    return fabs(x) <= 0.5 ? 0 : x;
}

/* x gate(x), where the gate vanishes faster than x grows. */
static double gated(double x, double gate)
{
    return gate == 0 ? copysign(0, x) : x * gate;
}

static double swish(double x)
{
    return gated(x, sigmoid(x));
}

static double mish(double x)
{
    const double e = exp(fmin(x, 40));
    return gated(x, e * (e + 2) / (e * (e + 2) + 2));
}

static double gelu(double x)
{
    return gated(x, erfc(-x * M_SQRT1_2) / 2);
}

static double gelu_tanh(double x)
{
    return gated(x, sigmoid(2 * sqrt(2 / M_PI) * x * (1 + 0.044715 * x * x)));
}

/* The same with MPFR; x finite. */

static void times_double(mpfr_t y, double factor)
{
    mpfr_mul_d(y, y, factor, MPFR_RNDN);
}

static void exact_leaky_relu(mpfr_t y, mpfr_t x)
{
    mpfr_set(y, x, MPFR_RNDN);
    if (mpfr_sgn(x) < 0)
        times_double(y, LEAKY_ALPHA);
}

static void exact_relu(mpfr_t y, mpfr_t x)
{
    mpfr_set(y, x, MPFR_RNDN);
    if (mpfr_sgn(x) < 0)
        mpfr_set_zero(y, 1);
}

static void exact_elu(mpfr_t y, mpfr_t x)
{
    if (mpfr_sgn(x) < 0)
        mpfr_expm1(y, x, MPFR_RNDN);
    else
        mpfr_set(y, x, MPFR_RNDN);
}

static void exact_selu(mpfr_t y, mpfr_t x)
{
    exact_elu(y, x);
    if (mpfr_sgn(x) < 0)
        times_double(y, SELU_ALPHA);
    times_double(y, SELU_GAMMA);
}

static void exact_softplus(mpfr_t y, mpfr_t x)
{
    mpfr_exp(y, x, MPFR_RNDN);
    mpfr_log1p(y, y, MPFR_RNDN);
}

static void exact_sigmoid(mpfr_t y, mpfr_t x)
{
    mpfr_neg(y, x, MPFR_RNDN);
    mpfr_exp(y, y, MPFR_RNDN);
    mpfr_add_ui(y, y, 1, MPFR_RNDN);
    mpfr_ui_div(y, 1, y, MPFR_RNDN);
}

static void exact_tanh(mpfr_t y, mpfr_t x)
{
    mpfr_tanh(y, x, MPFR_RNDN);
}

static void exact_thresholded_relu(mpfr_t y, mpfr_t x)
{
    mpfr_set(y, x, MPFR_RNDN);
    if (mpfr_cmp_d(x, 1) <= 0)
        mpfr_set_zero(y, 1);
}

static void exact_hard_sigmoid(mpfr_t y, mpfr_t x)
{
    mpfr_mul_d(y, x, HARD_ALPHA, MPFR_RNDN);
    mpfr_add_d(y, y, 0.5, MPFR_RNDN);
    if (mpfr_sgn(y) < 0)
        mpfr_set_zero(y, 1);
    else if (mpfr_cmp_d(y, 1) > 0)
        mpfr_set_d(y, 1, MPFR_RNDN);
}

static void exact_hard_swish(mpfr_t y, mpfr_t x)
{
    if (mpfr_cmp_d(x, -3) <= 0) {
        mpfr_set_zero(y, 1);
    } else if (mpfr_cmp_d(x, 3) >= 0) {
        mpfr_set(y, x, MPFR_RNDN);
    } else {
        mpfr_add_ui(y, x, 3, MPFR_RNDN);
        mpfr_mul(y, y, x, MPFR_RNDN);
        mpfr_div_ui(y, y, 6, MPFR_RNDN);
    }
}

static void exact_softsign(mpfr_t y, mpfr_t x)
{
    mpfr_abs(y, x, MPFR_RNDN);
    mpfr_add_ui(y, y, 1, MPFR_RNDN);
    mpfr_div(y, x, y, MPFR_RNDN);
}

static void exact_shrink(mpfr_t y, mpfr_t x)
{
    mpfr_set(y, x, MPFR_RNDN);
    if (mpfr_cmpabs(x, y) == 0 && mpfr_cmp_d(x, 0.5) <= 0 && mpfr_cmp_d(x, -0.5) >= 0)
        mpfr_set_zero(y, 1);
}

static void exact_swish(mpfr_t y, mpfr_t x)
{
    exact_sigmoid(y, x);
    mpfr_mul(y, y, x, MPFR_RNDN);
}

static void exact_mish(mpfr_t y, mpfr_t x)
{
    exact_softplus(y, x);
    mpfr_tanh(y, y, MPFR_RNDN);
    mpfr_mul(y, y, x, MPFR_RNDN);
}

static void exact_gelu(mpfr_t y, mpfr_t x)
{
    mpfr_sqrt_ui(y, 2, MPFR_RNDN);
    mpfr_div(y, x, y, MPFR_RNDN);
    mpfr_neg(y, y, MPFR_RNDN);
    mpfr_erfc(y, y, MPFR_RNDN);
    mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_div_ui(y, y, 2, MPFR_RNDN);
}

/* x sigmoid(sqrt(8 / pi) x (1 + 0.044715 x^2)), the standard's decimal constant taken exactly. */
static void exact_gelu_tanh(mpfr_t y, mpfr_t x)
{
    mpfr_t u;
    mpfr_init2(u, REFERENCE_PRECISION);
    mpfr_sqr(u, x, MPFR_RNDN);
    mpfr_mul_ui(u, u, 44715, MPFR_RNDN);
    mpfr_div_ui(u, u, 1000000, MPFR_RNDN);
    mpfr_add_ui(u, u, 1, MPFR_RNDN);
    mpfr_mul(u, u, x, MPFR_RNDN);
    mpfr_const_pi(y, MPFR_RNDN);
    mpfr_ui_div(y, 8, y, MPFR_RNDN);
    mpfr_sqrt(y, y, MPFR_RNDN);
    mpfr_mul(u, u, y, MPFR_RNDN);
    exact_sigmoid(y, u);
    mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_clear(u);
}

static void exact_erf(mpfr_t y, mpfr_t x)
{
    mpfr_erf(y, x, MPFR_RNDN);
}

static void exact_exp(mpfr_t y, mpfr_t x)
{
    mpfr_exp(y, x, MPFR_RNDN);
}

static void exact_log(mpfr_t y, mpfr_t x)
{
    mpfr_log(y, x, MPFR_RNDN);
}

const struct reference references[] = {
    {"Relu", "Relu", NULL, NULL, relu, exact_relu, true, 0.5},
    {"LeakyRelu", "LeakyRelu", NULL, NULL, leaky_relu, exact_leaky_relu, true, 0.5},
    {"ThresholdedRelu", "ThresholdedRelu", NULL, NULL, thresholded_relu, exact_thresholded_relu,
     true, 0.5},
    {"Shrink", "Shrink", NULL, NULL, shrink, exact_shrink, true, 0.5},
    {"Sigmoid", "Sigmoid", NULL, NULL, sigmoid, exact_sigmoid, true, 1.5},
    {"Tanh", "Tanh", NULL, NULL, tanh, exact_tanh, true, 1.5},
    {"Elu", "Elu", NULL, NULL, elu, exact_elu, true, 1.5},
    {"Selu", "Selu", NULL, NULL, selu, exact_selu, true, 1.5},
    {"Celu", "Celu", NULL, NULL, elu, exact_elu, true, 1.5},
    {"Softplus", "Softplus", NULL, NULL, softplus, exact_softplus, true, 1.5},
    {"Softsign", "Softsign", NULL, NULL, softsign, exact_softsign, true, 1.5},
    {"HardSigmoid", "HardSigmoid", NULL, NULL, hard_sigmoid, exact_hard_sigmoid, true, 1.5},
    {"HardSwish", "HardSwish", NULL, NULL, hard_swish, exact_hard_swish, false, 1.5},
    {"Exp", "Exp", NULL, NULL, exp, exact_exp, true, 1.5},
    {"Log", "Log", NULL, NULL, log, exact_log, true, 1.5},
    {"Erf", "Erf", NULL, NULL, erf, exact_erf, true, 1.5},
    {"Swish", "Swish", NULL, NULL, swish, exact_swish, false, 4},
    {"Mish", "Mish", NULL, NULL, mish, exact_mish, false, 4},
    {"Gelu", "Gelu", NULL, NULL, gelu, exact_gelu, false, 4},
    {"Gelu/tanh", "Gelu", "approximate", "tanh", gelu_tanh, exact_gelu_tanh, false, 4},
    {0},
};
