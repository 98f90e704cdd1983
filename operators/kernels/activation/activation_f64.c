/* The activation functions in float64, element by element through libm; they also decide how the
 * half types are rounded where float32 leaves that open. */
#include <math.h>

#include "operators/kernels/activation/activation.h"

static double sigmoid(double x)
{
    const double e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* tanh(log(1 + e^x)) */
static double mish_gate(double x)
{
    const double e = exp(fmin(x, 40));
    return e * (e + 2) / (e * (e + 2) + 2);
}

/* Phi(x). Its relative error is x^2 times that of erfc's argument, whose rounding is made good. */
static double gelu_gate(double x)
{
    const double bounded = clamp(x, -60, 60);
    const double z = bounded * -0.70710678118654752440;
    const double error =
        fma(bounded, -0.70710678118654752440, -z) + bounded * 4.83364665672645672e-17;
    return (erfc(z) - 1.12837916709551257390 * exp(-z * z) * error) / 2;
}

/* x factor sigmoid(u + error). Far below 0 that is x factor e^u, which may be there when e^u alone
 * is 0 and the product infinite. */
static double gated(double x, double factor, double u, double error)
{
    const double open = isfinite(error) ? error : 0;
    const double product = x * factor;
    if (u < -700) {
        const double root = exp(u / 2);
        if (root == 0)
            return factor * copysign(0, x);
        return (isinf(product) ? root * x * (root * factor) : root * product * root) * (1 + open);
    }
    const double gate = sigmoid(u);
    const double near = gate + gate * sigmoid(-u) * open;
    return isinf(product) ? x * (near * factor) : product * near;
}

double activation_gated_swish_at(double x, double factor, double alpha)
{
    const double u = alpha * x, error = fma(alpha, x, -u);
    return gated(x, factor, u, error);
}

static double gelu_tanh(double x)
{
    return gated(x, 1, 1.59576912160573071176 * x * (1 + 0.044715 * x * x), 0);
}

/* alpha (e^(x / alpha) - 1), of which x is left where the quotient is tiny. */
static double celu(double x, double alpha)
{
    const double quotient = x / alpha;
    if (fabs(quotient) < 0x1p-60 || isinf(alpha))
        return x;
    const double rest = fma(-quotient, alpha, x) / alpha;
    const double y = expm1(quotient);
    return alpha * (isfinite(rest) && isfinite(y) ? y + (y + 1) * rest : y);
}

/* x times a factor that vanishes faster than x grows, also for x = -Inf. */
static double times(double x, double factor)
{
    return factor == 0 ? copysign(0, x) : x * factor;
}

double activation_at(const struct hinge_activation *a, double x)
{
    const double alpha = (double)a->alpha;
    const double beta = (double)a->beta;
    const bool chooses_zero = a->kind == HINGE_ACT_THRESHOLDED_RELU || a->kind == HINGE_ACT_SHRINK;
    if (isnan(x) && !chooses_zero)
        return x;
    switch (a->kind) {
    case HINGE_ACT_RELU: return x < 0 ? 0 : x;
    case HINGE_ACT_LEAKY_RELU: return x < 0 ? alpha * x : x;
    case HINGE_ACT_ELU: return x < 0 ? alpha * expm1(x) : x;
    case HINGE_ACT_SOFTPLUS: return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
    case HINGE_ACT_SIGMOID: return sigmoid(x);
    case HINGE_ACT_TANH: return tanh(x);
    case HINGE_ACT_CLIP: return fmin(fmax(x, alpha), beta);
    case HINGE_ACT_SELU: return x < 0 ? alpha * beta * expm1(x) : beta * x;
    case HINGE_ACT_CELU: return x < 0 ? celu(x, alpha) : x;
    case HINGE_ACT_THRESHOLDED_RELU: return x > alpha ? x : 0;
    case HINGE_ACT_HARD_SIGMOID: return clamp(fma(alpha, x, beta), 0, 1);
    case HINGE_ACT_HARD_SWISH: return times(x, clamp((x + 3) / 6, 0, 1));
    case HINGE_ACT_SWISH: return activation_gated_swish_at(x, 1, alpha);
    case HINGE_ACT_MISH: return x < -40 ? gated(x, 1, x, 0) : x * mish_gate(x);
    case HINGE_ACT_GELU: return times(x, gelu_gate(x));
    case HINGE_ACT_GELU_TANH: return gelu_tanh(x);
    case HINGE_ACT_SOFTSIGN: return isinf(x) ? copysign(1, x) : x / (1 + fabs(x));
    case HINGE_ACT_SHRINK: return x < -alpha ? x + beta : x > alpha ? x - beta : 0;
    case HINGE_ACT_ERF: return erf(x);
    case HINGE_ACT_EXP: return exp(x);
    case HINGE_ACT_LOG: return log(x);
    case HINGE_ACT_NONE:
    case HINGE_ACT_OWN:
    case HINGE_N_ACTIVATIONS: break;
    }
    return x;
}

void activation_f64(const struct hinge_activation *activation, const double *x, double *y,
                    int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = activation_at(activation, x[i]);
}
