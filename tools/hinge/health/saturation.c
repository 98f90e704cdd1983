#include "health/saturation.h"

#include <hinge/plugin.h>
#include <math.h>

#define SLOPE SATURATION_SLOPE

/* No end: NaN, which no value reaches, not even an infinite one. */
#define NO_END ((double)NAN)

static struct saturation between(double low, double high)
{
    return (struct saturation){.known = true, .low = low, .high = high};
}

static struct saturation never(void)
{
    return between(NO_END, NO_END);
}

/* x where x >= 0, and 0 below. */
static struct saturation where_zero(void)
{
    struct saturation saturation = never();
    saturation.zero = true;
    return saturation;
}

/* y' = y + limit for y < 0, towards -limit; the slope above 0 is rise. */
static struct saturation exponential(double limit, double rise)
{
    if (limit == 0 && rise == 1)
        return where_zero();
    if (!(limit > 0) || !(rise > 0))
        return (struct saturation){0};
    /* y < 0, without 0 itself, is flat throughout where limit is that small. */
    return between(fmin(SLOPE - limit, nextafter(0, -1)), rise < SLOPE ? 0 : NO_END);
}

static struct saturation leaky(double slope)
{
    if (slope == 0)
        return where_zero();
    if (fabs(slope) >= SLOPE)
        return never();
    return slope > 0 ? between(nextafter(0, -1), NO_END) : (struct saturation){0};
}

struct saturation saturation_of(const hinge_activation_info *activation)
{
    const double alpha = (double)activation->alpha, beta = (double)activation->beta;
    /* Sigmoid: y (1 - y) = SLOPE at this y and at 1 - y. */
    const double sigmoid = (1 - sqrt(1 - 4 * SLOPE)) / 2;
    const double tanh_end = sqrt(1 - SLOPE);     /* y' = 1 - y^2 */
    const double softsign_end = 1 - sqrt(SLOPE); /* y' = (1 - |y|)^2 */
    /* y' = 2 / sqrt(pi) e^(-x^2), y = erf x */
    const double erf_end = erf(sqrt(log(2 / sqrt(acos(-1)) / SLOPE)));
    switch (activation->kind) {
    case HINGE_ACT_RELU:
    case HINGE_ACT_THRESHOLDED_RELU: return where_zero();
    case HINGE_ACT_LEAKY_RELU: return leaky(alpha);
    case HINGE_ACT_ELU: return exponential(alpha, 1);
    case HINGE_ACT_SELU: return exponential(alpha * beta, beta);
    case HINGE_ACT_CELU: /* y' = y / alpha + 1 for y < 0 */
        return alpha > 0 ? between(alpha * (SLOPE - 1), NO_END) : never();
    case HINGE_ACT_SOFTPLUS: /* y' = 1 - e^-y */ return between(-log1p(-SLOPE), NO_END);
    case HINGE_ACT_SIGMOID: return between(sigmoid, 1 - sigmoid);
    case HINGE_ACT_TANH: return between(-tanh_end, tanh_end);
    case HINGE_ACT_CLIP: return between(alpha, beta);
    case HINGE_ACT_HARD_SIGMOID:
        return fabs(alpha) < SLOPE ? between(INFINITY, -INFINITY) : between(0, 1);
    case HINGE_ACT_SOFTSIGN: return between(-softsign_end, softsign_end);
    case HINGE_ACT_SHRINK: return alpha >= 0 ? where_zero() : never();
    case HINGE_ACT_ERF: return between(-erf_end, erf_end);
    case HINGE_ACT_EXP: /* y' = y */ return between(SLOPE, NO_END);
    case HINGE_ACT_LOG: /* y' = 1 / x = e^-y */ return between(NO_END, -log(SLOPE));
    default: return (struct saturation){0};
    }
}

bool saturation_is_squashing(const hinge_activation_info *activation)
{
    switch (activation->kind) {
    case HINGE_ACT_SIGMOID:
    case HINGE_ACT_TANH:
    case HINGE_ACT_HARD_SIGMOID:
    case HINGE_ACT_SOFTSIGN:
    case HINGE_ACT_ERF: return true;
    default: return false;
    }
}
