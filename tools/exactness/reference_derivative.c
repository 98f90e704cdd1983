/* The derivatives. In a corner they are what operators/kernels/activation/activation_derivative.h
 * says. */
#include <math.h>

#include "tools/exactness/reference.h"

/* e / (1 + e)^2 with e = e^x, by another formula. */
static double bell(double x)
{
    const double c = cosh(x / 2);
    return 0.25 / (c * c);
}

static double relu(double x)
{
    return x > 0;
}

static double leaky_relu(double x, double alpha, double beta)
{
    (void)beta;
    return x < 0 ? alpha : 1;
}

static double thresholded_relu(double x)
{
    return x > 1;
}

static double clip(double x, double low, double high)
{
    return x > low && x < high;
}

static double shrink(double x, double lambda, double bias)
{
    (void)bias;
    return fabs(x) > lambda;
}

static double sech2(double x)
{
    return 4 * bell(2 * x);
}

static double elu(double x, double alpha, double beta)
{
    (void)beta;
    return x < 0 ? alpha * exp(x) : 1;
}

static double selu(double x, double alpha, double gamma)
{
    return gamma * (x > 0 ? 1 : alpha * exp(x));
}

static double celu(double x, double alpha, double beta)
{
    return elu(x / alpha, 1, beta);
}

static double softsign(double x)
{
    return 1 / ((1 + fabs(x)) * (1 + fabs(x)));
}

static double hard_sigmoid(double x, double alpha, double beta)
{
    const double y = alpha * x + beta;
    return y > 0 && y < 1 ? alpha : 0;
}

static double hard_swish(double x)
{
    return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
}

static double reciprocal(double x)
{
    return x < 0 ? (double)NAN : 1 / fabs(x);
}

static double gaussian(double x)
{
    return 2 / sqrt(M_PI) * exp(-x * x);
}

/* a + x b, where b vanishes faster than x grows. */
static double plus_product(double a, double x, double b)
{
    return b == 0 ? a : a + x * b;
}

static double swish(double x, double alpha, double beta)
{
    (void)beta;
    return plus_product(reference_sigmoid(alpha * x), alpha * x, bell(alpha * x));
}

static double mish(double x)
{
    const double s = (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
    return plus_product(tanh(s), x, reference_sigmoid(x) * sech2(s));
}

static double gelu(double x)
{
    return plus_product(erfc(-x * M_SQRT1_2) / 2, x, exp(-x * x / 2) / sqrt(2 * M_PI));
}

static double gelu_tanh(double x)
{
    const double c = 2 * sqrt(2 / M_PI);
    const double u = c * x * (1 + 0.044715 * x * x);
    const double slope = c * (1 + 3 * 0.044715 * x * x);
    return plus_product(reference_sigmoid(u), x, bell(u) == 0 ? 0 : bell(u) * slope);
}

/* The same with MPFR; x finite. The functions that only choose take double's answer. */

#define CHOICE(function)                                                                           \
    static void exact_##function(mpfr_t y, mpfr_t x)                                               \
    {                                                                                              \
        mpfr_set_d(y, function(mpfr_get_d(x, MPFR_RNDN)), MPFR_RNDN);                              \
    }
#define CHOICE_OF(function)                                                                        \
    static void exact_##function(mpfr_t y, mpfr_t x, double alpha, double beta)                    \
    {                                                                                              \
        mpfr_set_d(y, function(mpfr_get_d(x, MPFR_RNDN), alpha, beta), MPFR_RNDN);                 \
    }

CHOICE(relu)
CHOICE(thresholded_relu)
CHOICE_OF(leaky_relu)
CHOICE_OF(clip)
CHOICE_OF(shrink)

/* 1 / cosh(x)^2 */
static void exact_sech2(mpfr_t y, mpfr_t x)
{
    mpfr_sech(y, x, MPFR_RNDN);
    mpfr_sqr(y, y, MPFR_RNDN);
}

static void exact_bell(mpfr_t y, mpfr_t x)
{
    mpfr_div_ui(x, x, 2, MPFR_RNDN);
    exact_sech2(y, x);
    mpfr_div_ui(y, y, 4, MPFR_RNDN);
}

static void exact_elu(mpfr_t y, mpfr_t x, double alpha, double beta)
{
    (void)beta;
    mpfr_set_ui(y, 1, MPFR_RNDN);
    if (mpfr_sgn(x) < 0) {
        mpfr_exp(y, x, MPFR_RNDN);
        mpfr_mul_d(y, y, alpha, MPFR_RNDN);
    }
}

static void exact_selu(mpfr_t y, mpfr_t x, double alpha, double gamma)
{
    exact_elu(y, x, alpha, 0);
    if (mpfr_zero_p(x))
        mpfr_set_d(y, alpha, MPFR_RNDN);
    mpfr_mul_d(y, y, gamma, MPFR_RNDN);
}

static void exact_celu(mpfr_t y, mpfr_t x, double alpha, double beta)
{
    mpfr_div_d(x, x, alpha, MPFR_RNDN);
    exact_elu(y, x, 1, beta);
}

static void exact_softsign(mpfr_t y, mpfr_t x)
{
    mpfr_abs(y, x, MPFR_RNDN);
    mpfr_add_ui(y, y, 1, MPFR_RNDN);
    mpfr_sqr(y, y, MPFR_RNDN);
    mpfr_ui_div(y, 1, y, MPFR_RNDN);
}

static void exact_hard_sigmoid(mpfr_t y, mpfr_t x, double alpha, double beta)
{
    mpfr_mul_d(x, x, alpha, MPFR_RNDN);
    mpfr_add_d(x, x, beta, MPFR_RNDN);
    mpfr_set_d(y, mpfr_sgn(x) > 0 && mpfr_cmp_ui(x, 1) < 0 ? alpha : 0, MPFR_RNDN);
}

static void exact_hard_swish(mpfr_t y, mpfr_t x)
{
    mpfr_mul_ui(y, x, 2, MPFR_RNDN);
    mpfr_add_ui(y, y, 3, MPFR_RNDN);
    mpfr_div_ui(y, y, 6, MPFR_RNDN);
    if (mpfr_cmpabs_ui(x, 3) >= 0)
        mpfr_set_si(y, mpfr_sgn(x) > 0, MPFR_RNDN);
}

static void exact_exp(mpfr_t y, mpfr_t x)
{
    mpfr_exp(y, x, MPFR_RNDN);
}

static void exact_reciprocal(mpfr_t y, mpfr_t x)
{
    mpfr_abs(y, x, MPFR_RNDN);
    mpfr_ui_div(y, 1, y, MPFR_RNDN);
    if (mpfr_sgn(x) < 0)
        mpfr_set_nan(y);
}

static void exact_gaussian(mpfr_t y, mpfr_t x)
{
    mpfr_sqr(x, x, MPFR_RNDN);
    mpfr_neg(x, x, MPFR_RNDN);
    mpfr_exp(x, x, MPFR_RNDN);
    mpfr_const_pi(y, MPFR_RNDN);
    mpfr_rec_sqrt(y, y, MPFR_RNDN);
    mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_mul_ui(y, y, 2, MPFR_RNDN);
}

/* sigmoid(u) + product e^u / (1 + e^u)^2 */
static void exact_gate(mpfr_t y, mpfr_t u, mpfr_t product)
{
    reference_exact_sigmoid(y, u);
    exact_bell(u, u);
    mpfr_mul(u, u, product, MPFR_RNDN);
    mpfr_add(y, y, u, MPFR_RNDN);
}

static void exact_swish(mpfr_t y, mpfr_t x, double alpha, double beta)
{
    (void)beta;
    mpfr_t u;
    mpfr_init2(u, REFERENCE_PRECISION);
    mpfr_mul_d(u, x, alpha, MPFR_RNDN);
    mpfr_set(x, u, MPFR_RNDN);
    exact_gate(y, u, x);
    mpfr_clear(u);
}

static void exact_mish(mpfr_t y, mpfr_t x)
{
    mpfr_t s;
    mpfr_init2(s, REFERENCE_PRECISION);
    reference_exact_softplus(s, x);
    reference_exact_sigmoid(y, x);
    mpfr_mul(x, x, y, MPFR_RNDN);
    mpfr_tanh(y, s, MPFR_RNDN);
    exact_sech2(s, s);
    mpfr_mul(x, x, s, MPFR_RNDN);
    mpfr_add(y, y, x, MPFR_RNDN);
    mpfr_clear(s);
}

static void exact_gelu(mpfr_t y, mpfr_t x)
{
    mpfr_t density;
    mpfr_init2(density, REFERENCE_PRECISION);
    reference_exact_gelu_gate(y, x);
    /* phi(x) = erf'(x / sqrt 2) / sqrt 8 */
    mpfr_t u;
    mpfr_init2(u, REFERENCE_PRECISION);
    mpfr_sqrt_ui(u, 2, MPFR_RNDN);
    mpfr_div(u, x, u, MPFR_RNDN);
    exact_gaussian(density, u);
    mpfr_sqrt_ui(u, 8, MPFR_RNDN);
    mpfr_div(density, density, u, MPFR_RNDN);
    mpfr_mul(density, density, x, MPFR_RNDN);
    mpfr_add(y, y, density, MPFR_RNDN);
    mpfr_clears(density, u, (mpfr_ptr)NULL);
}

/* x u'(x) = 3 u(x) - 2 c x, c = sqrt(8 / pi). */
static void exact_gelu_tanh(mpfr_t y, mpfr_t x)
{
    mpfr_t u, product;
    mpfr_init2(u, REFERENCE_PRECISION);
    mpfr_init2(product, REFERENCE_PRECISION);
    reference_exact_gelu_tanh_argument(u, x);
    mpfr_const_pi(y, MPFR_RNDN);
    mpfr_ui_div(y, 8, y, MPFR_RNDN);
    mpfr_sqrt(y, y, MPFR_RNDN);
    mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_mul_ui(y, y, 2, MPFR_RNDN);
    mpfr_mul_ui(product, u, 3, MPFR_RNDN);
    mpfr_sub(product, product, y, MPFR_RNDN);
    exact_gate(y, u, product);
    mpfr_clears(u, product, (mpfr_ptr)NULL);
}

#define ROW(label, operator) .name = (label), .op = (operator), .derivative = true
#define IS(function) .value = function, .exact = exact_##function
#define OF(function) .value_of = function, .exact_of = exact_##function
#define ALPHA(number) .alpha_name = "alpha", .alpha = (number)
/* A choice among given numbers, and what is computed in float64 and then rounded. */
#define EXACT .bound = 0
#define ROUNDED .bound = 0.51

const struct reference reference_derivatives[] = {
    {ROW("Relu'", "Relu"), IS(relu), .increasing = true, EXACT},
    {ROW("LeakyRelu'", "LeakyRelu"), OF(leaky_relu), .alpha = REFERENCE_LEAKY_ALPHA,
     .increasing = true, EXACT},
    {ROW("LeakyRelu'/alpha=1.7", "LeakyRelu"), OF(leaky_relu), ALPHA(1.7F), EXACT},
    {ROW("PRelu'/scalar", "PRelu"), OF(leaky_relu), .inputs = REFERENCE_SLOPE, .alpha = 0.3125F,
     .increasing = true, EXACT},
    {ROW("ThresholdedRelu'", "ThresholdedRelu"), IS(thresholded_relu), .increasing = true, EXACT},
    {ROW("Clip'", "Clip"), OF(clip), .inputs = REFERENCE_BOUNDS, .alpha = -1.5F, .beta = 2.25F,
     EXACT},
    {ROW("Shrink'", "Shrink"), OF(shrink), .alpha = 0.5F, .symmetry = REFERENCE_EVEN, EXACT},
    {ROW("Shrink'/lambd=1.5,bias=0.7", "Shrink"), OF(shrink), .alpha_name = "lambd", .alpha = 1.5F,
     .beta_name = "bias", .beta = 0.7F, .symmetry = REFERENCE_EVEN, EXACT},
    {ROW("Sigmoid'", "Sigmoid"), IS(bell), .low = 0, .high = 0.25, .symmetry = REFERENCE_EVEN,
     ROUNDED},
    {ROW("Tanh'", "Tanh"), IS(sech2), .low = 0, .high = 1, .symmetry = REFERENCE_EVEN, ROUNDED},
    {ROW("Elu'", "Elu"), OF(elu), .alpha = 1, .increasing = true, .low = 0, .high = 1, ROUNDED},
    {ROW("Elu'/alpha=1.7", "Elu"), OF(elu), ALPHA(1.7F), ROUNDED},
    {ROW("Selu'", "Selu"), OF(selu), .alpha = REFERENCE_SELU_ALPHA, .beta = REFERENCE_SELU_GAMMA,
     ROUNDED},
    {ROW("Celu'", "Celu"), OF(celu), .alpha = 1, .increasing = true, .low = 0, .high = 1, ROUNDED},
    {ROW("Celu'/alpha=0.7", "Celu"), OF(celu), ALPHA(0.7F), .increasing = true, .low = 0, .high = 1,
     ROUNDED},
    {ROW("Softplus'", "Softplus"), .value = reference_sigmoid, .exact = reference_exact_sigmoid,
     .increasing = true, .low = 0, .high = 1, ROUNDED},
    {ROW("Softsign'", "Softsign"), IS(softsign), .low = 0, .high = 1, .symmetry = REFERENCE_EVEN,
     ROUNDED},
    {ROW("HardSigmoid'", "HardSigmoid"), OF(hard_sigmoid), .alpha = REFERENCE_HARD_ALPHA,
     .beta = 0.5F, EXACT},
    {ROW("HardSigmoid'/alpha=0.3,beta=0.4", "HardSigmoid"), OF(hard_sigmoid), ALPHA(0.3F),
     .beta_name = "beta", .beta = 0.4F, EXACT},
    {ROW("HardSwish'", "HardSwish"), IS(hard_swish), ROUNDED},
    {ROW("Exp'", "Exp"), .value = exp, .exact = exact_exp, .increasing = true, ROUNDED},
    {ROW("Log'", "Log"), IS(reciprocal), ROUNDED},
    {ROW("Erf'", "Erf"), IS(gaussian), .symmetry = REFERENCE_EVEN, ROUNDED},
    {ROW("Swish'", "Swish"), OF(swish), .alpha = 1, .zero = -1.278464543, ROUNDED},
    {ROW("Swish'/alpha=1.7", "Swish"), OF(swish), ALPHA(1.7F), .zero = -0.7520379452, ROUNDED},
    {ROW("Mish'", "Mish"), IS(mish), .zero = -1.192431215, .bound = 1},
    {ROW("Gelu'", "Gelu"), IS(gelu), .zero = -0.7517915247, ROUNDED},
    {ROW("Gelu'/tanh", "Gelu"), .attribute = "approximate", .string = "tanh", IS(gelu_tanh),
     .zero = -0.7524614221, ROUNDED},
    {0},
};
