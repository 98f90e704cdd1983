/* Every activation that has attributes, and its derivative, with attributes of every sign and
 * magnitude, against the formula in long double. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/exactness/judge.h"
#include "tools/exactness/operator.h"

typedef long double function(long double x, long double alpha, long double beta);

static long double leaky_relu(long double x, long double alpha, long double beta)
{
    (void)beta;
    return x < 0 ? alpha * x : x;
}

static long double leaky_relu_slope(long double x, long double alpha, long double beta)
{
    (void)beta;
    return x < 0 ? alpha : 1;
}

static long double elu(long double x, long double alpha, long double beta)
{
    (void)beta;
    return x < 0 ? alpha * expm1l(x) : x;
}

static long double elu_slope(long double x, long double alpha, long double beta)
{
    (void)beta;
    return x < 0 ? alpha * (isinf(alpha) ? 1 : expl(x)) : 1;
}

static long double selu(long double x, long double alpha, long double gamma)
{
    return x < 0 ? alpha * gamma * expm1l(x) : gamma * x;
}

static long double selu_slope(long double x, long double alpha, long double gamma)
{
    const long double product = alpha * gamma;
    return x > 0 ? gamma : product * (isinf(product) ? 1 : expl(x));
}

/* An infinite alpha is the limit of large ones. */
static long double celu(long double x, long double alpha, long double beta)
{
    (void)beta;
    return x < 0 && !isinf(alpha) ? alpha * expm1l(x / alpha) : x;
}

static long double celu_slope(long double x, long double alpha, long double beta)
{
    (void)beta;
    return x < 0 ? expl(x / alpha) : 1;
}

/* A bound that is no number bounds nothing. */
static long double clip(long double x, long double low, long double high)
{
    const long double raised = x < low ? low : x;
    return raised > high ? high : raised;
}

static long double clip_slope(long double x, long double low, long double high)
{
    return x <= low || x >= high ? 0 : 1;
}

static long double thresholded_relu(long double x, long double alpha, long double beta)
{
    (void)beta;
    return x > alpha ? x : 0;
}

static long double thresholded_relu_slope(long double x, long double alpha, long double beta)
{
    (void)beta;
    return x > alpha;
}

static long double hard_sigmoid(long double x, long double alpha, long double beta)
{
    const long double y = alpha * x + beta;
    return y < 0 ? 0 : y > 1 ? 1 : y;
}

static long double hard_sigmoid_slope(long double x, long double alpha, long double beta)
{
    const long double y = alpha * x + beta;
    return isnan(y) ? y : alpha * x > -beta && alpha * x < 1 - beta ? alpha : 0;
}

static long double swish(long double x, long double alpha, long double beta)
{
    (void)beta;
    const long double gate = 1 / (1 + expl(-alpha * x));
    return gate == 0 ? 0 : x * gate;
}

static long double swiglu(long double x, long double alpha, long double factor)
{
    return factor * swish(x, alpha, 0);
}

static long double swish_slope(long double x, long double alpha, long double beta)
{
    (void)beta;
    /* x / 2 has a slope at infinity. */
    const long double u = alpha == 0 ? 0 : alpha * x;
    const long double gate = 1 / (1 + expl(-u));
    const long double other = 1 / (1 + expl(u));
    return gate == 0 || other == 0 ? gate : gate * (1 + u * other);
}

static long double shrink(long double x, long double lambda, long double bias)
{
    return x < -lambda ? x + bias : x > lambda ? x - bias : 0;
}

static long double shrink_slope(long double x, long double lambda, long double bias)
{
    (void)bias;
    return x < -lambda || x > lambda;
}

/* bound in units of the last place of float32, slope_bound those of the derivative. */
static const struct {
    const char *op, *alpha, *beta;
    enum reference_inputs inputs;
    function *value, *slope;
    double bound, slope_bound;
    bool zero_at_nan; /* where the other functions are NaN, as all derivatives are */
} rows[] = {
    {"LeakyRelu", "alpha", NULL, REFERENCE_X, leaky_relu, leaky_relu_slope, 0.501, 0},
    {"PRelu", NULL, NULL, REFERENCE_SLOPE, leaky_relu, leaky_relu_slope, 0.501, 0},
    {"Elu", "alpha", NULL, REFERENCE_X, elu, elu_slope, 2, 0.51},
    {"Selu", "alpha", "gamma", REFERENCE_X, selu, selu_slope, 2, 0.51},
    {"Celu", "alpha", NULL, REFERENCE_X, celu, celu_slope, 2, 0.51},
    {"Clip", NULL, NULL, REFERENCE_BOUNDS, clip, clip_slope, 0, 0},
    {"ThresholdedRelu", "alpha", NULL, REFERENCE_X, thresholded_relu, thresholded_relu_slope, 0, 0,
     true},
    {"HardSigmoid", "alpha", "beta", REFERENCE_X, hard_sigmoid, hard_sigmoid_slope, 1, 0},
    {"Swish", "alpha", NULL, REFERENCE_X, swish, swish_slope, 4, 0.51},
    {"SwiGLU", "alpha", NULL, REFERENCE_PAIRS, swiglu, NULL, 4, 0},
    {"Shrink", "lambd", "bias", REFERENCE_X, shrink, shrink_slope, 0.501, 0, true},
};

static const float attributes[] = {
    0,        1,      0.3F,      1.7F,   2.5F,      10,   300,   1e-3F, 1e-6F, 1e-12F,
    1e-20F,   1e-30F, 0x1p-126F, 1e-40F, 0x1p-149F, 1e6F, 1e12F, 1e20F, 1e30F, 0x1.fffffep127F,
    INFINITY, NAN};
enum { N_ATTRIBUTES = 2 * sizeof attributes / sizeof *attributes };

static float attribute(int i)
{
    const float magnitude = attributes[i / 2];
    return i % 2 ? -magnitude : magnitude;
}

/* Numbers of every exponent and both signs, with fractions that differ, then those around what an
 * exponential needs, and the special ones; as bits of the type. */
enum { MAX_X = 3000 };

static int fill(hinge_type type, uint64_t *x)
{
    const int fraction = type == HINGE_DOUBLE    ? 52
                         : type == HINGE_FLOAT   ? 23
                         : type == HINGE_FLOAT16 ? 10
                                                 : 7;
    const int width = type == HINGE_DOUBLE ? 64 : type == HINGE_FLOAT ? 32 : 16;
    const int exponents = 1 << (width - 1 - fraction);
    const int step = exponents > 256 ? 5 : 1;
    const uint64_t sign = UINT64_C(1) << (width - 1);
    uint64_t random = 88172645463325252U;
    int n = 0;
    for (int e = 0; e < exponents; e += step)
        for (int k = 0; k < 4; k++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            const uint64_t bits = k < 2 ? 0 : random >> (64 - fraction);
            x[n++] = (uint64_t)e << fraction | bits | (k % 2 ? sign : 0);
        }
    x[n++] = (uint64_t)(exponents - 1) << fraction | UINT64_C(1) << (fraction - 1);
    return n;
}

static size_t size_of(hinge_type type)
{
    return type == HINGE_DOUBLE ? 8 : type == HINGE_FLOAT ? 4 : 2;
}

static double number(hinge_type type, const void *values, int i)
{
    if (type == HINGE_DOUBLE)
        return ((const double *)values)[i];
    return judge_number(type, judge_bits(type, values, (size_t)i));
}

/* |y - exact| in units of the type's last place at exact, infinity being the next power of 2. */
static double error_of(hinge_type type, double y, long double exact)
{
    const int fraction = type == HINGE_DOUBLE    ? 52
                         : type == HINGE_FLOAT   ? 23
                         : type == HINGE_FLOAT16 ? 10
                                                 : 7;
    const int least = type == HINGE_DOUBLE ? -1022 : type == HINGE_FLOAT16 ? -14 : -126;
    const int most = type == HINGE_DOUBLE ? 1023 : type == HINGE_FLOAT16 ? 15 : 127;
    if ((long double)y == exact) /* most often, and soon told */
        return 0;
    const long double limit = ldexpl(1, most + 1);
    if (isnan(exact) || isnan(y))
        return isnan(exact) && isnan(y) ? 0 : (double)INFINITY;
    const long double bounded = fminl(limit, fmaxl(-limit, exact));
    const long double got = fminl(limit, fmaxl(-limit, (long double)y));
    int exponent = bounded == 0 ? least : ilogbl(bounded);
    exponent = exponent < least ? least : exponent > most ? most : exponent;
    return (double)ldexpl(fabsl(got - bounded), fraction - exponent);
}

struct check {
    const char *isa;
    size_t row;
    float alpha, beta;
    hinge_type type;
    bool derivative;
    double bound;
};

/* How many of the count results are further away than the bound; says where the worst one is. */
static int verify(const struct check *c, const void *x, const void *seconds, const void *y,
                  int count)
{
    int n_wrong = 0, at = 0;
    double worst = 0;
    function *const f = c->derivative ? rows[c->row].slope : rows[c->row].value;
    const double at_nan = rows[c->row].zero_at_nan && !c->derivative ? 0 : (double)NAN;
    for (int i = 0; i < count; i++) {
        const double argument = number(c->type, x, i);
        const double beta = seconds ? number(c->type, seconds, i) : (double)c->beta;
        if (seconds && !isfinite(beta))
            continue;
        const long double exact =
            isnan(argument) ? (long double)at_nan : f(argument, c->alpha, beta);
        const double error = error_of(c->type, number(c->type, y, i), exact);
        n_wrong += error > c->bound;
        if (error > worst)
            worst = error, at = i;
    }
    if (n_wrong) {
        const double beta = seconds ? number(c->type, seconds, at) : (double)c->beta;
        const double argument = number(c->type, x, at);
        printf("%s %s%s type %d alpha %g beta %g: %d wrong, at %g it is %g, not %Lg (%g ULP)\n",
               c->isa, rows[c->row].op, c->derivative ? "'" : "", (int)c->type, (double)c->alpha,
               beta, n_wrong, argument, number(c->type, y, at), f(argument, c->alpha, beta), worst);
    }
    return n_wrong;
}

static int check(const struct hinge_op *op, const struct check *c)
{
    static uint64_t bits[MAX_X], x[2 * MAX_X], y[MAX_X];
    const int count = fill(c->type, bits);
    for (int i = 0; i < 2 * count; i++) {
        const uint64_t number = bits[i < count ? i : i * 7 % count];
        if (c->type == HINGE_DOUBLE)
            x[i] = number;
        else if (c->type == HINGE_FLOAT)
            ((uint32_t *)x)[i] = (uint32_t)number;
        else
            ((uint16_t *)x)[i] = (uint16_t)number;
    }
    const void *const seconds = rows[c->row].inputs == REFERENCE_PAIRS
                                    ? (const char *)x + size_of(c->type) * (size_t)count
                                    : NULL;
    const struct reference reference = {.op = rows[c->row].op,
                                        .inputs = rows[c->row].inputs,
                                        .alpha_name = rows[c->row].alpha,
                                        .beta_name = rows[c->row].beta,
                                        .alpha = c->alpha,
                                        .beta = c->beta,
                                        .derivative = c->derivative};
    memset(y, 0xff, size_of(c->type) * (size_t)count);
    if (!operator_apply(op, &reference, c->type, x, seconds, y, count)) {
        printf("%s %s cannot be run\n", c->isa, rows[c->row].op);
        return 1;
    }
    return verify(c, x, seconds, y, count);
}

/* With these attributes, every type and the derivative. Numbers that are inputs are given in the
 * type, so only those that every type holds. */
static int check_all(const struct hinge_op *op, struct check c)
{
    static const hinge_type types[] = {HINGE_FLOAT, HINGE_FLOAT16, HINGE_BFLOAT16, HINGE_DOUBLE};
    int n_wrong = 0;
    const bool as_inputs =
        rows[c.row].inputs == REFERENCE_SLOPE || rows[c.row].inputs == REFERENCE_BOUNDS;
    for (int t = 0; t < (as_inputs ? 1 : 4); t++) {
        c.type = types[t];
        c.bound = c.type == HINGE_FLOAT ? rows[c.row].bound : c.type == HINGE_DOUBLE ? 4 : 0.5;
        n_wrong += check(op, &c);
    }
    if (!rows[c.row].slope)
        return n_wrong;
    c.type = HINGE_FLOAT;
    c.derivative = true;
    c.bound = rows[c.row].slope_bound;
    return n_wrong + check(op, &c);
}

int main(void)
{
    const char *isas[OPERATOR_MAX_ISAS];
    int n_wrong = 0;
    operator_isas(isas);
    for (int k = 0; isas[k]; k++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/onnx-%s.so", EXACTNESS_PLUGINS, isas[k]);
        for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
            const struct hinge_op *op = operator_find(path, rows[row].op);
            if (!op)
                return 1;
            const bool two = rows[row].beta || rows[row].inputs == REFERENCE_BOUNDS;
            for (int i = 0; i < N_ATTRIBUTES; i++)
                for (int j = 0; j < (two ? N_ATTRIBUTES : 1); j++)
                    n_wrong += check_all(op, (struct check){.isa = isas[k],
                                                            .row = row,
                                                            .alpha = attribute(i),
                                                            .beta = attribute(j)});
        }
    }
    printf("%d wrong\n", n_wrong);
    return n_wrong != 0;
}
