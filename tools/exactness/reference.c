#include "tools/exactness/reference.h"

#include <math.h>

double reference_value(const struct reference *reference, double x, double second)
{
    if (isnan(x))
        return reference->zero_at_nan ? 0 : x;
    if (reference->value)
        return reference->value(x);
    const bool pairs = reference->inputs == REFERENCE_PAIRS;
    return reference->value_of(x, (double)reference->alpha,
                               pairs ? second : (double)reference->beta);
}

void reference_exact(const struct reference *reference, mpfr_t y, mpfr_t x, double second)
{
    const bool pairs = reference->inputs == REFERENCE_PAIRS;
    if (reference->exact)
        reference->exact(y, x);
    else
        reference->exact_of(y, x, (double)reference->alpha,
                            pairs ? second : (double)reference->beta);
}

static double relu(double x)
{
    return x < 0 ? 0 : x;
}

static double leaky_relu(double x, double alpha, double beta)
{
    (void)beta;
    return x < 0 ? alpha * x : x;
}

/* PRelu with a slope for each element. */
static double parametric_relu(double x, double alpha, double slope)
{
    (void)alpha;
    return x < 0 ? slope * x : x;
}

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static double elu(double x, double alpha, double beta)
{
    (void)beta;
    return x < 0 ? alpha * expm1(x) : x;
}

static double selu(double x, double alpha, double gamma)
{
    return gamma * (x < 0 ? alpha * expm1(x) : x);
}

static double celu(double x, double alpha, double beta)
{
    (void)beta;
    return x < 0 ? alpha * expm1(x / alpha) : x;
}

static double softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

double reference_sigmoid(double x)
{
    const double e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

static double thresholded_relu(double x)
{
    return x <= 1 ? 0 : x;
}

static double hard_sigmoid(double x, double alpha, double beta)
{
    return clip(alpha * x + beta, 0, 1);
}

static double hard_swish(double x)
{
    return x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
}

static double softsign(double x)
{
    return isinf(x) ? copysign(1, x) : x / (1 + fabs(x));
}

static double shrink(double x, double lambda, double bias)
{
    return fabs(x) <= lambda ? 0 : x < 0 ? x + bias : x - bias;
}

/* x gate(x), where the gate vanishes faster than x grows. */
static double gated(double x, double gate)
{
    return gate == 0 ? copysign(0, x) : x * gate;
}

static double swish(double x, double alpha, double beta)
{
    (void)beta;
    return gated(x, reference_sigmoid(alpha * x));
}

static double swiglu(double x, double alpha, double factor)
{
    return factor * swish(x, alpha, 0);
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
    return gated(x, reference_sigmoid(2 * sqrt(2 / M_PI) * x * (1 + 0.044715 * x * x)));
}

/* The same with MPFR; x finite. */

static void times_double(mpfr_t y, double factor)
{
    mpfr_mul_d(y, y, factor, MPFR_RNDN);
}

static void exact_leaky_relu(mpfr_t y, mpfr_t x, double alpha, double beta)
{
    (void)beta;
    mpfr_set(y, x, MPFR_RNDN);
    if (mpfr_sgn(x) < 0)
        times_double(y, alpha);
}

static void exact_parametric_relu(mpfr_t y, mpfr_t x, double alpha, double slope)
{
    (void)alpha;
    exact_leaky_relu(y, x, slope, 0);
}

static void exact_clip(mpfr_t y, mpfr_t x, double low, double high)
{
    mpfr_set(y, x, MPFR_RNDN);
    if (mpfr_cmp_d(x, low) < 0)
        mpfr_set_d(y, low, MPFR_RNDN);
    else if (mpfr_cmp_d(x, high) > 0)
        mpfr_set_d(y, high, MPFR_RNDN);
}

static void exact_relu(mpfr_t y, mpfr_t x)
{
    mpfr_set(y, x, MPFR_RNDN);
    if (mpfr_sgn(x) < 0)
        mpfr_set_zero(y, 1);
}

static void exact_elu(mpfr_t y, mpfr_t x, double alpha, double beta)
{
    (void)beta;
    mpfr_set(y, x, MPFR_RNDN);
    if (mpfr_sgn(x) < 0) {
        mpfr_expm1(y, x, MPFR_RNDN);
        times_double(y, alpha);
    }
}

static void exact_selu(mpfr_t y, mpfr_t x, double alpha, double gamma)
{
    exact_elu(y, x, alpha, 0);
    times_double(y, gamma);
}

static void exact_celu(mpfr_t y, mpfr_t x, double alpha, double beta)
{
    if (mpfr_sgn(x) < 0)
        mpfr_div_d(x, x, alpha, MPFR_RNDN);
    exact_elu(y, x, alpha, beta);
}

void reference_exact_softplus(mpfr_t y, mpfr_t x)
{
    mpfr_exp(y, x, MPFR_RNDN);
    mpfr_log1p(y, y, MPFR_RNDN);
}

void reference_exact_sigmoid(mpfr_t y, mpfr_t x)
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

static void exact_hard_sigmoid(mpfr_t y, mpfr_t x, double alpha, double beta)
{
    mpfr_mul_d(x, x, alpha, MPFR_RNDN);
    mpfr_add_d(x, x, beta, MPFR_RNDN);
    exact_clip(y, x, 0, 1);
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

static void exact_shrink(mpfr_t y, mpfr_t x, double lambda, double bias)
{
    if (mpfr_cmp_d(x, lambda) > 0)
        mpfr_sub_d(y, x, bias, MPFR_RNDN);
    else if (mpfr_cmp_d(x, -lambda) < 0)
        mpfr_add_d(y, x, bias, MPFR_RNDN);
    else
        mpfr_set_zero(y, 1);
}

static void exact_swish(mpfr_t y, mpfr_t x, double alpha, double beta)
{
    (void)beta;
    mpfr_t u;
    mpfr_init2(u, REFERENCE_PRECISION);
    mpfr_mul_d(u, x, alpha, MPFR_RNDN);
    reference_exact_sigmoid(y, u);
    mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_clear(u);
}

static void exact_swiglu(mpfr_t y, mpfr_t x, double alpha, double factor)
{
    exact_swish(y, x, alpha, 0);
    times_double(y, factor);
}

static void exact_mish(mpfr_t y, mpfr_t x)
{
    reference_exact_softplus(y, x);
    mpfr_tanh(y, y, MPFR_RNDN);
    mpfr_mul(y, y, x, MPFR_RNDN);
}

void reference_exact_gelu_gate(mpfr_t y, mpfr_t x)
{
    mpfr_sqrt_ui(y, 2, MPFR_RNDN);
    mpfr_div(y, x, y, MPFR_RNDN);
    mpfr_neg(y, y, MPFR_RNDN);
    mpfr_erfc(y, y, MPFR_RNDN);
    mpfr_div_ui(y, y, 2, MPFR_RNDN);
}

static void exact_gelu(mpfr_t y, mpfr_t x)
{
    reference_exact_gelu_gate(y, x);
    mpfr_mul(y, y, x, MPFR_RNDN);
}

void reference_exact_gelu_tanh_argument(mpfr_t u, mpfr_t x)
{
    mpfr_t factor;
    mpfr_init2(factor, REFERENCE_PRECISION);
    mpfr_sqr(u, x, MPFR_RNDN);
    mpfr_mul_ui(u, u, 44715, MPFR_RNDN);
    mpfr_div_ui(u, u, 1000000, MPFR_RNDN);
    mpfr_add_ui(u, u, 1, MPFR_RNDN);
    mpfr_mul(u, u, x, MPFR_RNDN);
    mpfr_const_pi(factor, MPFR_RNDN);
    mpfr_ui_div(factor, 8, factor, MPFR_RNDN);
    mpfr_sqrt(factor, factor, MPFR_RNDN);
    mpfr_mul(u, u, factor, MPFR_RNDN);
    mpfr_clear(factor);
}

static void exact_gelu_tanh(mpfr_t y, mpfr_t x)
{
    mpfr_t u;
    mpfr_init2(u, REFERENCE_PRECISION);
    reference_exact_gelu_tanh_argument(u, x);
    reference_exact_sigmoid(y, u);
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

/* The same function at the operator's defaults and with attributes of its own. */
#define OF(function) .value_of = function, .exact_of = exact_##function
#define ALPHA(number) .alpha_name = "alpha", .alpha = (number)

const struct reference references[] = {
    {"Relu", "Relu", .value = relu, .exact = exact_relu, .increasing = true, .bound = 0.5},
    {"LeakyRelu", "LeakyRelu", OF(leaky_relu), .alpha = REFERENCE_LEAKY_ALPHA, .increasing = true,
     .bound = 0.5},
    {"LeakyRelu/alpha=1.7", "LeakyRelu", OF(leaky_relu), ALPHA(1.7F), .increasing = true,
     .bound = 0.5},
    {"PRelu/scalar", "PRelu", OF(leaky_relu), .inputs = REFERENCE_SLOPE, .alpha = 0.3125F,
     .increasing = true, .bound = 0.5},
    {"PRelu/elements", "PRelu", OF(parametric_relu), .inputs = REFERENCE_PAIRS, .bound = 0.5},
    {"ThresholdedRelu", "ThresholdedRelu", .value = thresholded_relu, .zero_at_nan = true,
     .exact = exact_thresholded_relu, .increasing = true, .bound = 0.5},
    {"Clip", "Clip", OF(clip), .inputs = REFERENCE_BOUNDS, .alpha = -1.5F, .beta = 2.25F,
     .increasing = true, .low = -1.5, .high = 2.25, .bound = 0.5},
    {"Shrink", "Shrink", OF(shrink), .alpha = 0.5F, .increasing = true, .zero_at_nan = true,
     .bound = 0.5},
    {"Shrink/lambd=1.5,bias=0.7", "Shrink", OF(shrink), .alpha_name = "lambd", .alpha = 1.5F,
     .beta_name = "bias", .beta = 0.7F, .increasing = true, .zero_at_nan = true, .bound = 0.5},
    {"Sigmoid", "Sigmoid", .value = reference_sigmoid, .exact = reference_exact_sigmoid,
     .increasing = true, .low = 0, .high = 1, .bound = 1.5},
    {"Tanh", "Tanh", .value = tanh, .exact = exact_tanh, .increasing = true, .low = -1, .high = 1,
     .symmetry = REFERENCE_ODD, .bound = 1.5},
    {"Elu", "Elu", OF(elu), .alpha = 1, .increasing = true, .bound = 1.5},
    {"Elu/alpha=1.7", "Elu", OF(elu), ALPHA(1.7F), .increasing = true, .bound = 1.5},
    {"Selu", "Selu", OF(selu), .alpha = REFERENCE_SELU_ALPHA, .beta = REFERENCE_SELU_GAMMA,
     .increasing = true, .bound = 1.5},
    {"Celu", "Celu", OF(celu), .alpha = 1, .increasing = true, .bound = 1.5},
    {"Celu/alpha=0.7", "Celu", OF(celu), ALPHA(0.7F), .increasing = true, .bound = 1.5},
    {"Softplus", "Softplus", .value = softplus, .exact = reference_exact_softplus,
     .increasing = true, .low = 0, .high = (double)INFINITY, .above_x = true, .bound = 1.5},
    {"Softsign", "Softsign", .value = softsign, .exact = exact_softsign, .increasing = true,
     .low = -1, .high = 1, .symmetry = REFERENCE_ODD, .bound = 1.5},
    {"HardSigmoid", "HardSigmoid", OF(hard_sigmoid), .alpha = REFERENCE_HARD_ALPHA, .beta = 0.5F,
     .increasing = true, .low = 0, .high = 1, .bound = 1.5},
    {"HardSigmoid/alpha=0.3,beta=0.4", "HardSigmoid", OF(hard_sigmoid), ALPHA(0.3F),
     .beta_name = "beta", .beta = 0.4F, .increasing = true, .low = 0, .high = 1, .bound = 1.5},
    {"HardSwish", "HardSwish", .value = hard_swish, .exact = exact_hard_swish, .bound = 1.5},
    {"Exp", "Exp", .value = exp, .exact = exact_exp, .increasing = true, .bound = 1.5},
    {"Log", "Log", .value = log, .exact = exact_log, .increasing = true, .bound = 1.5},
    {"Erf", "Erf", .value = erf, .exact = exact_erf, .increasing = true, .low = -1, .high = 1,
     .symmetry = REFERENCE_ODD, .bound = 1.5},
    {"Swish", "Swish", OF(swish), .alpha = 1, .bound = 4},
    {"Swish/alpha=1.7", "Swish", OF(swish), ALPHA(1.7F), .bound = 4},
    {"SwiGLU", "SwiGLU", OF(swiglu), .inputs = REFERENCE_PAIRS, .alpha = 1, .bound = 4},
    {"SwiGLU/alpha=1.7", "SwiGLU", OF(swiglu), .inputs = REFERENCE_PAIRS, ALPHA(1.7F), .bound = 4},
    {"Mish", "Mish", .value = mish, .exact = exact_mish, .bound = 4},
    {"Gelu", "Gelu", .value = gelu, .exact = exact_gelu, .bound = 4},
    {"Gelu/tanh", "Gelu", "approximate", "tanh", .value = gelu_tanh, .exact = exact_gelu_tanh,
     .bound = 4},
    {0},
};
