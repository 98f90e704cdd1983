/* QuantizeLinear against the formula in double, quotients rounded to the precision asked for. */
#include <math.h>

#include "tests/operators/harness/float8.h"

/* The nearest number of so many bits whose exponents begin at least; infinite from limit on. */
static double rounded(double value, int bits, int least, double limit)
{
    int exponent;
    if (value == 0 || !isfinite(value))
        return value;
    frexp(value, &exponent);
    const int unit = (exponent < least ? least : exponent) - bits;
    const double nearest = ldexp(nearbyint(ldexp(value, -unit)), unit);
    return fabs(nearest) >= limit ? copysign(INFINITY, value) : nearest;
}

static double in_precision(hinge_type type, double value)
{
    return type == HINGE_FLOAT16    ? rounded(value, 11, -13, 65520)
           : type == HINGE_BFLOAT16 ? rounded(value, 8, -125, 0x1p128)
           : type == HINGE_FLOAT    ? (double)(float)value
                                    : value;
}

/* Number of the scale of element i of x. */
static int64_t scale_of(const struct harness_call *call, const hinge_tensor *x,
                        const hinge_tensor *scale, int64_t i)
{
    const int64_t block = harness_attr_int(call, "block_size", 0);
    int64_t axis = harness_attr_int(call, "axis", 1), at[HINGE_MAX_RANK];
    if (hinge_count(scale) == 1)
        return 0;
    axis += axis < 0 ? x->rank : 0;
    harness_coordinates(x, i, at);
    if (!block)
        return at[axis];
    at[axis] /= block;
    return harness_index(scale, at);
}

static const double largest[HINGE_N_TYPES] = {
    [HINGE_INT8] = 127, [HINGE_UINT8] = 255, [HINGE_INT16] = 32767, [HINGE_UINT16] = 65535,
    [HINGE_INT4] = 7,   [HINGE_UINT4] = 15,  [HINGE_INT2] = 1,      [HINGE_UINT2] = 3};

/* A scale: float8e8m0 is a power of two. */
static double number(const hinge_tensor *x, int64_t i)
{
    return float8_is(x->type) ? float8_value(x->type, (unsigned)harness_get_int(x, i))
                              : harness_get(x, i);
}

/* To float8 and float4. */
static void reals(struct harness_call *call, hinge_type type, hinge_type precision)
{
    const hinge_tensor *x = call->inputs[0], *scale = call->inputs[1];
    const hinge_tensor *zero_point = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const bool saturate = harness_attr_int(call, "saturate", 1) != 0;
    hinge_tensor *y = harness_output(call, 0, type, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t k = scale_of(call, x, scale, i);
        const double by = in_precision(precision, number(scale, k));
        const double quotient =
            in_precision(precision, in_precision(precision, harness_get(x, i)) / by);
        const double shift = zero_point ? number(zero_point, k) : 0;
        harness_set_int(y, i,
                        float8_nearest(type, (double)(float)(quotient + shift), saturate, ""));
    }
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *scale = call->inputs[1];
    const hinge_tensor *zero_point = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const hinge_type type =
        zero_point ? zero_point->type : (hinge_type)harness_attr_int(call, "output_dtype", 2);
    const hinge_type own = scale->type == HINGE_INT32        ? HINGE_DOUBLE
                           : scale->type == HINGE_FLOAT8E8M0 ? HINGE_FLOAT
                                                             : scale->type;
    const int64_t asked = harness_attr_int(call, "precision", 0);
    const hinge_type precision = asked ? (hinge_type)asked : own;
    const double least = harness_is_signed(type) ? -largest[type] - 1 : 0;
    if (float8_is(type)) {
        reals(call, type, precision);
        return;
    }
    hinge_tensor *y = harness_output(call, 0, type, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t k = scale_of(call, x, scale, i);
        const double by = in_precision(precision, number(scale, k));
        const double quotient =
            in_precision(precision, in_precision(precision, harness_get(x, i)) / by);
        const double sum = nearbyint(quotient) + (zero_point ? harness_get(zero_point, k) : 0);
        harness_set(y, i, !(sum > least) ? least : sum > largest[type] ? largest[type] : sum);
    }
}

#define QUANTIZE_OF(all, ...) CHECK_OP(.op = "QuantizeLinear", .types = (all), __VA_ARGS__)
#define QUANTIZE(...) QUANTIZE_OF(HARNESS_TYPE(HINGE_FLOAT), .reference = reference, __VA_ARGS__)
#define FLOATS                                                                                     \
    HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16)
#define X(...) TENSOR(HARNESS_T, -40, 40, __VA_ARGS__)
/* Apart from 0: the harness takes no special values of these. */
#define S(type_, ...)                                                                              \
    {                                                                                              \
        .type = (type_), .low = 0.05, .high = 0.7, .dims = {__VA_ARGS__},                          \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define S1(type_)                                                                                  \
    {                                                                                              \
        .type = (type_), .low = 0.05, .high = 0.7, .specials = HARNESS_SPECIALS_NEVER              \
    }
#define I(type_, ...)                                                                              \
    {                                                                                              \
        .type = (type_), .low = 1, .high = 9, .dims = {__VA_ARGS__},                               \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }

static void granularities(hinge_type type)
{
    const double low = harness_is_signed(type) ? -1 : 0, high = 1;
    QUANTIZE(.inputs = {X(HARNESS_N), S1(HARNESS_T), SCALAR(type, low, high)});
    QUANTIZE(.inputs = {X(2, 3, HARNESS_N), S(HARNESS_T, 3), TENSOR(type, low, high, 3)});
    QUANTIZE(.inputs = {X(5, HARNESS_N), S(HARNESS_T, HARNESS_N),
                        TENSOR(type, low, high, HARNESS_N)});
    QUANTIZE(.inputs = {X(3, HARNESS_N), S(HARNESS_T, 3), TENSOR(type, low, high, 3)},
             .attributes = {ATTR_INT("axis", -2)});
    QUANTIZE(.inputs = {X(2, 7, 37), S(HARNESS_T, 2, 3, 37), TENSOR(type, low, high, 2, 3, 37)},
             .attributes = {ATTR_INT("block_size", 3)});
    QUANTIZE(.inputs = {X(HARNESS_N, 7), S(HARNESS_T, HARNESS_N, 4),
                        TENSOR(type, low, high, HARNESS_N, 4)},
             .attributes = {ATTR_INT("block_size", 2)});
    QUANTIZE(.inputs = {X(3, 7), S(HARNESS_T, 3, 7), TENSOR(type, low, high, 3, 7)},
             .attributes = {ATTR_INT("block_size", 1)});
    QUANTIZE(.inputs = {X(5), S(HARNESS_T, 2), TENSOR(type, low, high, 2)},
             .attributes = {ATTR_INT("block_size", 3), ATTR_INT("axis", 0)});
}

static void types(void)
{
    const hinge_type all[] = {HINGE_INT8, HINGE_UINT8, HINGE_INT16, HINGE_UINT16,
                              HINGE_INT4, HINGE_UINT4, HINGE_INT2,  HINGE_UINT2};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        granularities(all[k]);
        QUANTIZE_OF(FLOATS, .reference = reference, .inputs = {X(HARNESS_N), S1(HARNESS_T)},
                    .attributes = {ATTR_INT("output_dtype", all[k])});
        QUANTIZE(.inputs = {TENSOR(HINGE_INT32, -900, 900, 3, 41), I(HINGE_INT32, 3),
                            TENSOR(all[k], 0, 1, 3)},
                 .attributes = {ATTR_INT("axis", 0)});
        QUANTIZE_OF(FLOATS, .reference = reference,
                    .inputs = {X(4, 3, 5), I(HINGE_INT32, 4, 2, 5), TENSOR(all[k], 0, 1, 4, 2, 5)},
                    .attributes = {ATTR_INT("block_size", 2)});
    }
    QUANTIZE(.inputs = {TENSOR(HINGE_FLOAT, -40, 40, 8, 3000), S(HINGE_FLOAT, 8),
                        TENSOR(HINGE_INT8, -9, 9, 8)},
             .attributes = {ATTR_INT("axis", 0)});
}

static void precisions(void)
{
    const hinge_type all[] = {HINGE_FLOAT, HINGE_FLOAT16, HINGE_BFLOAT16};
    for (size_t k = 0; k < 3; k++) {
        QUANTIZE_OF(FLOATS, .reference = reference,
                    .inputs = {TENSOR(HINGE_FLOAT, -90, 90, 2, 3, 61), S(HARNESS_T, 3),
                               TENSOR(HINGE_UINT8, 90, 110, 3)},
                    .attributes = {ATTR_INT("precision", all[k])});
        QUANTIZE_OF(FLOATS | HARNESS_TYPE(HINGE_INT32), .reference = reference,
                    .inputs = {TENSOR(HARNESS_T, -900, 900, 3, 61), S(HINGE_FLOAT, 3, 21),
                               TENSOR(HINGE_INT16, -10, 10, 3, 21)},
                    .attributes = {ATTR_INT("precision", all[k]), ATTR_INT("block_size", 3)});
    }
    QUANTIZE(.inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3), S1(HINGE_FLOAT)}, .fails = HINGE_BAD_MODEL,
             .attributes = {ATTR_INT("precision", HINGE_INT8)}, .says = "precision is 3");
}

static void versions(void)
{
    QUANTIZE(.opsets = {10, 12, 13, 18, 19, 20, 21, 23, 24, 25},
             .inputs = {X(HARNESS_N), S1(HINGE_FLOAT), SCALAR(HINGE_INT8, -9, 9)});
    QUANTIZE_OF(HARNESS_TYPE(HINGE_INT32), .reference = reference, .opsets = {10, 13},
                .inputs = {TENSOR(HARNESS_T, -99, 99, 3, 5), S(HINGE_FLOAT, 1)});
    QUANTIZE(.opsets = {13, 19}, .attributes = {ATTR_INT("axis", 0)},
             .inputs = {X(3, HARNESS_N), S(HINGE_FLOAT, 3), TENSOR(HINGE_UINT8, 0, 255, 3)});
    QUANTIZE_OF(FLOATS, .reference = reference, .opsets = {19, 21, 23},
                .inputs = {X(7, 5), S(HARNESS_T, 5), TENSOR(HINGE_INT8, -9, 9, 5)});
    /* Ties go to the even neighbour, before the zero point. */
    QUANTIZE_OF(0,
                .inputs = {LIST(HINGE_FLOAT, 0.5, 1.5, 2.5, -0.5, -1.5, NAN, INFINITY, -INFINITY),
                           LIST(HINGE_FLOAT, 1), LIST(HINGE_UINT8, 3)},
                .expect = {LIST(HINGE_UINT8, 3, 5, 5, 3, 1, 0, 255, 0)});
}

/* Float8 and float4; scales of float8e8m0. */
static void minifloats(void)
{
    const hinge_type all[] = {HINGE_FLOAT8E4M3FN, HINGE_FLOAT8E4M3FNUZ, HINGE_FLOAT8E5M2,
                              HINGE_FLOAT8E5M2FNUZ, HINGE_FLOAT4E2M1};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        for (int saturate = 0; saturate < 2; saturate++)
            QUANTIZE_OF(FLOATS, .reference = reference, .inputs = {X(3, 41), S(HARNESS_T, 3, 14)},
                        .attributes = {ATTR_INT("output_dtype", all[k]), ATTR_INT("block_size", 3),
                                       ATTR_INT("saturate", saturate)});
        QUANTIZE(.inputs = {X(2, 3, 5), S(HINGE_FLOAT, 3), TENSOR(all[k], 1, 7, 3)},
                 .opsets = {23, 24, 25});
        QUANTIZE_OF(FLOATS, .reference = reference,
                    .inputs = {X(5, 3), I(HINGE_INT32, 3), TENSOR(all[k], 0, 7, 3)});
        QUANTIZE(.opsets = {24, 25}, .inputs = {X(5, 3), TENSOR(HINGE_FLOAT8E8M0, 120, 130, 3)},
                 .attributes = {ATTR_INT("output_dtype", all[k])});
        if (all[k] != HINGE_FLOAT4E2M1)
            QUANTIZE(.opsets = {19, 21}, .inputs = {X(40), S1(HINGE_FLOAT), SCALAR(all[k], 0, 9)});
    }
    QUANTIZE(.opsets = {21}, .inputs = {X(2, 3), S1(HINGE_FLOAT)}, .fails = HINGE_BAD_MODEL,
             .attributes = {ATTR_INT("output_dtype", HINGE_FLOAT4E2M1)},
             .says = "output_dtype is 23");
    QUANTIZE(.inputs = {X(5, 3), TENSOR(HINGE_FLOAT8E8M0, 120, 130, 3),
                        TENSOR(HINGE_INT8, 0, 9, 3)});
}

void test_quantizelinear(void)
{
    minifloats();
    types();
    precisions();
    versions();
    QUANTIZE(.opsets = {10}, .inputs = {X(2, 3), S(HINGE_FLOAT, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "the scale is not one number");
    QUANTIZE(.inputs = {X(2, 3), S(HINGE_FLOAT, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "neither one number nor 3");
    QUANTIZE(.inputs = {X(2, 3), S(HINGE_FLOAT, 3), TENSOR(HINGE_INT8, 0, 1, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "3 scales meet 2 zero points");
    QUANTIZE(.inputs = {X(2, 3), S(HINGE_FLOAT, 3)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {ATTR_INT("axis", 2)}, .says = "axis 2");
    QUANTIZE(.inputs = {X(2, 3), S(HINGE_FLOAT, 2, 3)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {ATTR_INT("block_size", 2)},
             .says = "dimension 1 of the scale is 3, not 2");
    QUANTIZE(.inputs = {X(2, 3), S(HINGE_FLOAT, 3)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {ATTR_INT("block_size", 2)}, .says = "blocks has rank 1");
    QUANTIZE(.inputs = {X(2, 3), S(HINGE_FLOAT, 3)}, .fails = HINGE_BAD_VALUE,
             .attributes = {ATTR_INT("block_size", -2)}, .says = "block_size is -2");
    QUANTIZE(.inputs = {X(2, 3), S1(HINGE_FLOAT), SCALAR(HINGE_INT8, 0, 1)},
             .fails = HINGE_BAD_MODEL, .attributes = {ATTR_INT("output_dtype", 2)},
             .says = "output_dtype 2");
    QUANTIZE(.opsets = {24}, .inputs = {X(2, 3), S1(HINGE_FLOAT)}, .fails = HINGE_BAD_MODEL,
             .attributes = {ATTR_INT("output_dtype", HINGE_INT2)}, .says = "output_dtype is 26");
}
