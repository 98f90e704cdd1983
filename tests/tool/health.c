/* Statistics of tensors against plain loops over the same values in double precision. */
#include "health/health.h"
#include "base/number.h"
#include "tool.h"

#include <hinge/plugin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 5000, CHANNELS = 7 };

static uint64_t state;

static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) / 9007199254740992.0;
}

static const struct saturation none = {.known = false};

static bool close_to(double got, double want)
{
    return fabs(got - want) <= 1e-12 * fabs(want) + 1e-300;
}

/* Whether all counts and numbers are those of these values, by two passes over all of them. */
static void check(const struct health *health, const double *values, size_t n, double low,
                  double high)
{
    uint64_t n_zero = 0, n_nan = 0, n_inf = 0, n_saturated = 0, n_finite = 0, n_binned = 0;
    double sum = 0, squares = 0, min = 0, max = 0;
    for (size_t i = 0; i < n; i++) {
        n_zero += values[i] == 0;
        n_nan += values[i] != values[i];
        n_inf += fabs(values[i]) > 1.7976931348623157e308;
        n_saturated += values[i] <= low || values[i] >= high;
        if (!(fabs(values[i]) <= 1.7976931348623157e308))
            continue;
        min = n_finite == 0 || values[i] < min ? values[i] : min;
        max = n_finite == 0 || values[i] > max ? values[i] : max;
        sum += values[i];
        n_finite++;
    }
    double mean = n_finite ? sum / (double)n_finite : 0;
    for (size_t i = 0; i < n; i++)
        if (fabs(values[i]) <= 1.7976931348623157e308)
            squares += (values[i] - mean) * (values[i] - mean);
    CU_ASSERT_EQUAL(health->count, n);
    CU_ASSERT_EQUAL(health->n_zero, n_zero);
    CU_ASSERT_EQUAL(health->n_nan, n_nan);
    CU_ASSERT_EQUAL(health->n_inf, n_inf);
    CU_ASSERT_EQUAL(health->n_saturated, n_saturated);
    CU_ASSERT_EQUAL(health->n_finite, n_finite);
    if (n_finite == 0) {
        CU_ASSERT_TRUE(isnan(health_deviation(health)));
        return;
    }
    CU_ASSERT_EQUAL(health->min, min);
    CU_ASSERT_EQUAL(health->max, max);
    CU_ASSERT_TRUE(fabs(health->mean - mean) <= 1e-13 * fmax(fabs(min), fabs(max)));
    CU_ASSERT_TRUE(fabs(health_deviation(health) - sqrt(squares / (double)n_finite)) <=
                   1e-12 * sqrt(squares / (double)n_finite) + 1e-15 * fabs(mean));
    for (size_t b = 0; b < HEALTH_N_BINS; b++) {
        uint64_t in_bin = 0;
        double left =
            ldexp((double)(health->histogram.first + (int64_t)b), health->histogram.exponent);
        double width = ldexp(1, health->histogram.exponent);
        for (size_t i = 0; i < n; i++)
            in_bin += values[i] >= left && values[i] < left + width;
        CU_ASSERT_EQUAL(health->histogram.bins[b], in_bin);
        n_binned += in_bin;
    }
    CU_ASSERT_EQUAL(n_binned, n_finite);
}

/* Zeros of both signs, NaN, infinities, and numbers of many sizes. */
static double random_value(void)
{
    double kind = uniform(), value = (uniform() - 0.3) * exp(8 * uniform() - 6);
    return kind < 0.2    ? 0
           : kind < 0.25 ? -0.0
           : kind < 0.27 ? (double)NAN
           : kind < 0.28 ? (double)INFINITY
           : kind < 0.29 ? -(double)INFINITY
                         : value;
}

/* Several tensors of a type, one after the other, are as one. */
static void check_type(hinge_type type)
{
    static double values[3 * N];
    static unsigned char data[N * sizeof(double)];
    const struct saturation saturation = {.known = true, .low = -0.25, .high = 0.5};
    struct health health = {0};
    hinge_error error;
    size_t n_values = 0;
    int64_t counts[3] = {N, 1023, 1};
    for (int part = 0; part < 3; part++) {
        hinge_tensor tensor = hinge_tensor_over(type, 1, &counts[part], data);
        memset(data, 0, sizeof data);
        for (int64_t i = 0; i < counts[part]; i++) {
            double value = random_value();
            if (type == HINGE_DOUBLE)
                ((double *)data)[i] = value;
            else if (type == HINGE_FLOAT)
                ((float *)data)[i] = (float)value;
            else /* any bits: half of them are numbers beyond 1, some no numbers */
                ((uint16_t *)data)[i] = value == 0 ? 0x8000 : (uint16_t)(65536 * uniform());
            values[n_values++] = number_value(&tensor, i);
        }
        CU_ASSERT_TRUE(health_add(&health, &tensor, HEALTH_NO_AXIS, &saturation, &error));
    }
    check(&health, values, n_values, saturation.low, saturation.high);
    CU_ASSERT_EQUAL(health.n_channels, 0);
    health_free(&health);
}

static void test_types(void)
{
    state = 1;
    check_type(HINGE_FLOAT);
    check_type(HINGE_DOUBLE);
    check_type(HINGE_FLOAT16);
    check_type(HINGE_BFLOAT16);
    CU_ASSERT_TRUE(health_takes(HINGE_FLOAT16));
    CU_ASSERT_FALSE(health_takes(HINGE_INT32));
    CU_ASSERT_FALSE(health_takes(HINGE_FLOAT8E5M2));
}

static void add_doubles(struct health *health, double *values, int64_t count)
{
    hinge_error error;
    hinge_tensor tensor = hinge_tensor_over(HINGE_DOUBLE, 1, &count, values);
    CU_ASSERT_TRUE(health_add(health, &tensor, HEALTH_NO_AXIS, &none, &error));
}

static void check_doubles(double *values, size_t n)
{
    struct health health = {0};
    add_doubles(&health, values, (int64_t)n);
    check(&health, values, n, (double)NAN, (double)NAN);
    health_free(&health);
}

static void test_edges(void)
{
    double zeros[3000] = {0};
    check_doubles(zeros, 0);
    check_doubles(zeros, 1);
    check_doubles(zeros, 3000);
    check_doubles((double[]){-0.0}, 1);
    check_doubles((double[]){(double)NAN}, 1);
    check_doubles((double[]){(double)INFINITY, -(double)INFINITY, (double)NAN}, 3);
    check_doubles((double[]){42}, 1);
    check_doubles((double[]){-1e-320, 1e-320}, 2);
    check_doubles((double[]){-1.5e-45, 3e38}, 2);
    check_doubles((double[]){-1, -2, -3}, 3);
    check_doubles((double[]){64, 0, -1}, 3);
}

/* A mean a million times the spread: sums of squares would lose it. */
static void test_stability(void)
{
    static double values[100000];
    state = 2;
    for (size_t i = 0; i < 100000; i++)
        values[i] = 1e8 + (i % 2 ? 1 : -1);
    struct health health = {0};
    add_doubles(&health, values, 99000);
    add_doubles(&health, values + 99000, 1000);
    CU_ASSERT_TRUE(close_to(health_deviation(&health), 1));
    CU_ASSERT_TRUE(close_to(health.mean, 1e8));
    health_free(&health);
}

/* The histogram does not depend on the order in which ranges appear. */
static void test_order(void)
{
    double values[] = {0.001, -0.002, 0, 5, -300, 7e9, 1e-30, -0.25, 1};
    enum { COUNT = sizeof values / sizeof *values };
    struct health forwards = {0}, backwards = {0};
    for (size_t i = 0; i < COUNT; i++) {
        add_doubles(&forwards, &values[i], 1);
        add_doubles(&backwards, &values[COUNT - 1 - i], 1);
    }
    check(&forwards, values, COUNT, (double)NAN, (double)NAN);
    CU_ASSERT_EQUAL(forwards.histogram.exponent, backwards.histogram.exponent);
    CU_ASSERT_EQUAL(forwards.histogram.first, backwards.histogram.first);
    CU_ASSERT_EQUAL(
        memcmp(forwards.histogram.bins, backwards.histogram.bins, sizeof forwards.histogram.bins),
        0);
    health_free(&forwards);
    health_free(&backwards);
}

/* Every axis of a tensor of every type, with channels that are zero, minus zero, NaN once, and
 * other than zero only in the second of two tensors. */
static void check_axis(hinge_type type, int32_t axis)
{
    int64_t dims[3] = {3, 4, 5};
    dims[axis] = CHANNELS;
    static unsigned char data[CHANNELS * 5 * 4 * sizeof(double)];
    struct health health = {0};
    hinge_error error;
    for (int part = 0; part < 2; part++) {
        hinge_tensor tensor = hinge_tensor_over(type, 3, dims, data);
        memset(data, 0, sizeof data);
        for (int64_t i = 0; i < hinge_count(&tensor); i++) {
            int64_t at[3] = {i / (dims[1] * dims[2]), i / dims[2] % dims[1], i % dims[2]};
            int64_t channel = at[axis];
            bool once = at[(axis + 1) % 3] == 1 && at[(axis + 2) % 3] == 2;
            double value = channel == 1 || (channel == 2 && once) ? 0.5
                           : channel == 4 && once && part == 1    ? -0.25
                                                                  : 0;
            number_set_bits(&tensor, i, number_encode(type, channel == 3 ? -0.0 : value));
            if (channel == 5 && once && type == HINGE_FLOAT)
                ((float *)data)[i] = NAN;
        }
        CU_ASSERT_TRUE(health_add(&health, &tensor, axis, &none, &error));
        CU_ASSERT_EQUAL(health_is_dead(&health, 4), part == 0);
    }
    CU_ASSERT_EQUAL(health.n_channels, CHANNELS);
    for (size_t c = 0; c < CHANNELS + 1; c++)
        CU_ASSERT_EQUAL(health_is_dead(&health, c),
                        c == 0 || c == 3 || c == 6 || (c == 5 && type != HINGE_FLOAT));
    CU_ASSERT_EQUAL(health_n_dead(&health), type == HINGE_FLOAT ? 3 : 4);
    health_free(&health);
}

static void test_channels(void)
{
    static const hinge_type types[] = {HINGE_FLOAT, HINGE_DOUBLE, HINGE_FLOAT16, HINGE_BFLOAT16};
    for (int t = 0; t < 4; t++)
        for (int32_t axis = 0; axis < 3; axis++)
            check_axis(types[t], axis);
    /* Nothing seen is not dead; other numbers of channels are not counted. */
    float data[12] = {0};
    struct health health = {0};
    hinge_error error;
    hinge_tensor empty = hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){0, 3}, data);
    hinge_tensor three = hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){2, 3}, data);
    hinge_tensor four = hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){3, 4}, data);
    CU_ASSERT_TRUE(health_add(&health, &empty, 1, &none, &error));
    CU_ASSERT_EQUAL(health_n_dead(&health), 0);
    CU_ASSERT_TRUE(health_add(&health, &three, 1, &none, &error));
    CU_ASSERT_EQUAL(health_n_dead(&health), 3);
    CU_ASSERT_TRUE(health_add(&health, &four, 1, &none, &error));
    CU_ASSERT_TRUE(health.channels_differ);
    CU_ASSERT_EQUAL(health_n_dead(&health), 0);
    CU_ASSERT_EQUAL(health.count, 18);
    health_free(&health);
}

static void test_find(void)
{
    static float data[3000];
    hinge_tensor tensor = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){3000}, data);
    CU_ASSERT_EQUAL(health_find(&tensor, false), -1);
    data[2999] = NAN;
    data[2050] = -INFINITY;
    data[2049] = 3.4e38f;
    CU_ASSERT_EQUAL(health_find(&tensor, false), 2999);
    CU_ASSERT_EQUAL(health_find(&tensor, true), 2050);
    double doubles[2] = {1, (double)INFINITY};
    uint16_t halves[3] = {0x7BFF, 0xFC00, 0x7C01}, brains[3] = {0x7F7F, 0x7F81, 0xFF80};
    hinge_tensor d = hinge_tensor_over(HINGE_DOUBLE, 1, (int64_t[]){2}, doubles);
    hinge_tensor h = hinge_tensor_over(HINGE_FLOAT16, 1, (int64_t[]){3}, halves);
    hinge_tensor b = hinge_tensor_over(HINGE_BFLOAT16, 1, (int64_t[]){3}, brains);
    hinge_tensor i = hinge_tensor_over(HINGE_INT32, 1, (int64_t[]){3000}, data);
    CU_ASSERT_EQUAL(health_find(&d, true), 1);
    CU_ASSERT_EQUAL(health_find(&d, false), -1);
    CU_ASSERT_EQUAL(health_find(&h, true), 1);
    CU_ASSERT_EQUAL(health_find(&h, false), 2);
    CU_ASSERT_EQUAL(health_find(&b, true), 2);
    CU_ASSERT_EQUAL(health_find(&b, false), 1);
    CU_ASSERT_EQUAL(health_find(&i, false), -1);
}

/* Value and slope of each activation at x, from its definition. */
struct point {
    double y, slope;
};

static struct point point_of(uint32_t kind, double a, double b, double x)
{
    double e = exp(x), s = 1 / (1 + exp(-x));
    switch (kind) {
    case HINGE_ACT_RELU: return x > 0 ? (struct point){x, 1} : (struct point){0, 0};
    case HINGE_ACT_LEAKY_RELU: return x >= 0 ? (struct point){x, 1} : (struct point){a * x, a};
    case HINGE_ACT_ELU: return x >= 0 ? (struct point){x, 1} : (struct point){a * expm1(x), a * e};
    case HINGE_ACT_SELU:
        return x > 0 ? (struct point){b * x, b} : (struct point){b * a * expm1(x), b * a * e};
    case HINGE_ACT_CELU:
        return x >= 0 ? (struct point){x, 1} : (struct point){a * expm1(x / a), exp(x / a)};
    case HINGE_ACT_SOFTPLUS: return (struct point){log1p(e), s};
    case HINGE_ACT_SIGMOID: return (struct point){s, s / (1 + e)};
    case HINGE_ACT_TANH: return (struct point){tanh(x), 1 / (cosh(x) * cosh(x))};
    case HINGE_ACT_CLIP:
        return x <= a ? (struct point){a, 0} : x >= b ? (struct point){b, 0} : (struct point){x, 1};
    case HINGE_ACT_THRESHOLDED_RELU: return x > a ? (struct point){x, 1} : (struct point){0, 0};
    case HINGE_ACT_HARD_SIGMOID:
        x = a * x + b;
        return x <= 0 ? (struct point){0, 0} : x >= 1 ? (struct point){1, 0} : (struct point){x, a};
    case HINGE_ACT_SOFTSIGN:
        return (struct point){x / (1 + fabs(x)), 1 / ((1 + fabs(x)) * (1 + fabs(x)))};
    case HINGE_ACT_SHRINK:
        return x < -a  ? (struct point){x + b, 1}
               : x > a ? (struct point){x - b, 1}
                       : (struct point){0, 0};
    case HINGE_ACT_ERF: return (struct point){erf(x), 1.1283791670955126 * exp(-x * x)};
    case HINGE_ACT_EXP: return (struct point){e, e};
    case HINGE_ACT_LOG: return (struct point){log(x), 1 / x};
    default: return (struct point){(double)NAN, 0};
    }
}

/* Inputs over the whole range: the float32 output tells what the slope at x says, but where that
 * is within what rounding of y may move it. */
static void check_saturation(uint32_t kind, float a, float b, bool some, bool others)
{
    const hinge_activation_info info = {.kind = kind, .alpha = a, .beta = b};
    const struct saturation saturation = saturation_of(&info);
    size_t n_in = 0, n_out = 0, n_wrong = 0;
    CU_ASSERT_TRUE(saturation.known);
    for (double x = kind == HINGE_ACT_LOG ? 0.01 : -40.01; x < 40; x += 0.0003) {
        double at = fabs(x) < 20 ? x : x * fabs(x) * 0.25;
        struct point point = point_of(kind, (double)a, (double)b, at);
        if (fabs(fabs(point.slope) - 1e-3) < 1e-6)
            continue;
        bool flat = saturation_has(&saturation, (double)(float)point.y);
        n_wrong += flat != (fabs(point.slope) < 1e-3);
        n_in += flat;
        n_out += !flat;
    }
    CU_ASSERT_EQUAL(n_wrong, 0);
    CU_ASSERT_EQUAL(n_in > 0, some);
    CU_ASSERT_EQUAL(n_out > 0, others);
    CU_ASSERT_FALSE(saturation_has(&saturation, (double)NAN));
}

static void test_saturation(void)
{
    check_saturation(HINGE_ACT_RELU, 0, 0, true, true);
    check_saturation(HINGE_ACT_LEAKY_RELU, 0.01f, 0, false, true);
    check_saturation(HINGE_ACT_LEAKY_RELU, 0.0001f, 0, true, true);
    check_saturation(HINGE_ACT_LEAKY_RELU, 0, 0, true, true);
    check_saturation(HINGE_ACT_LEAKY_RELU, -0.5f, 0, false, true);
    check_saturation(HINGE_ACT_ELU, 1, 0, true, true);
    check_saturation(HINGE_ACT_ELU, 0.3f, 0, true, true);
    check_saturation(HINGE_ACT_ELU, 0.0005f, 0, true, true);
    check_saturation(HINGE_ACT_ELU, 0, 0, true, true);
    check_saturation(HINGE_ACT_SELU, 1.6732632f, 1.0507010f, true, true);
    check_saturation(HINGE_ACT_CELU, 2, 0, true, true);
    check_saturation(HINGE_ACT_SOFTPLUS, 0, 0, true, true);
    check_saturation(HINGE_ACT_SIGMOID, 0, 0, true, true);
    check_saturation(HINGE_ACT_TANH, 0, 0, true, true);
    check_saturation(HINGE_ACT_CLIP, 0, 6, true, true);
    check_saturation(HINGE_ACT_CLIP, -INFINITY, INFINITY, false, true);
    check_saturation(HINGE_ACT_THRESHOLDED_RELU, 1.5f, 0, true, true);
    check_saturation(HINGE_ACT_HARD_SIGMOID, 0.2f, 0.5f, true, true);
    check_saturation(HINGE_ACT_HARD_SIGMOID, 0.0001f, 0.5f, true, false);
    check_saturation(HINGE_ACT_SOFTSIGN, 0, 0, true, true);
    check_saturation(HINGE_ACT_SHRINK, 0.5f, 0, true, true);
    check_saturation(HINGE_ACT_ERF, 0, 0, true, true);
    check_saturation(HINGE_ACT_EXP, 0, 0, true, true);
    check_saturation(HINGE_ACT_LOG, 0, 0, false, true);
    const struct saturation log_end =
        saturation_of(&(hinge_activation_info){.kind = HINGE_ACT_LOG});
    CU_ASSERT_FALSE(saturation_has(&log_end, log(999)));
    CU_ASSERT_TRUE(saturation_has(&log_end, log(1001)));
    static const uint32_t unknown[] = {HINGE_ACT_NONE, HINGE_ACT_HARD_SWISH, HINGE_ACT_SWISH,
                                       HINGE_ACT_MISH, HINGE_ACT_GELU,       HINGE_ACT_GELU_TANH,
                                       HINGE_ACT_OWN};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        CU_ASSERT_FALSE(saturation_of(&(hinge_activation_info){.kind = unknown[i]}).known);
    CU_ASSERT_FALSE(
        saturation_of(&(hinge_activation_info){.kind = HINGE_ACT_ELU, .alpha = -1}).known);
}

CU_TestInfo tool_health_tests[] = {
    {"all types", test_types},
    {"edges", test_edges},
    {"stable deviation", test_stability},
    {"order of values", test_order},
    {"channels", test_channels},
    {"first NaN and infinity", test_find},
    {"saturation", test_saturation},
    CU_TEST_INFO_NULL,
};
