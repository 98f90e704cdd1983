#include "tools/exactness/judge.h"

#include <math.h>
#include <string.h>

double judge_number(hinge_type type, uint32_t bits)
{
    if (type == HINGE_FLOAT16) {
        const int exponent = (int)(bits >> 10 & 31);
        const double mantissa = (double)(bits & 1023);
        const double magnitude = exponent == 31  ? (bits & 1023 ? (double)NAN : (double)INFINITY)
                                 : exponent == 0 ? ldexp(mantissa, -24)
                                                 : ldexp(1024 + mantissa, exponent - 25);
        return bits & 0x8000 ? -magnitude : magnitude;
    }
    if (type == HINGE_BFLOAT16)
        bits <<= 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static int mantissa_bits(hinge_type type)
{
    return type == HINGE_FLOAT16 ? 10 : type == HINGE_BFLOAT16 ? 7 : 23;
}

/* 1 / distance of the type's numbers around the exact value; above the largest, the last one. */
static double per_unit(hinge_type type, double exact)
{
    const int least = type == HINGE_FLOAT16 ? -14 : -126;
    const int most = type == HINGE_FLOAT16 ? 15 : 127;
    uint64_t bits;
    memcpy(&bits, &exact, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    exponent = exponent < least ? least : exponent > most ? most : exponent;
    bits = (uint64_t)(1023 + mantissa_bits(type) - exponent) << 52;
    double inverse;
    memcpy(&inverse, &bits, sizeof inverse);
    return inverse;
}

/* Infinity counts as the next power of two, which is where rounding to it begins to be right. */
static double bounded(hinge_type type, double value)
{
    const double limit = type == HINGE_FLOAT16 ? 0x1p16 : 0x1p128;
    return value > limit ? limit : value < -limit ? -limit : value;
}

static double error_in_units(hinge_type type, double y, double exact)
{
    if (isnan(y) || isnan(exact))
        return isnan(y) && isnan(exact) ? 0 : (double)INFINITY;
    return fabs(bounded(type, y) - bounded(type, exact)) * per_unit(type, bounded(type, exact));
}

/* The error with the reference in MPFR. */
static double exact_error(const struct reference *reference, hinge_type type, double x,
                          double second, double y)
{
    if (!isfinite(x))
        return error_in_units(type, y, reference_value(reference, x, second));
    mpfr_t exact, argument;
    mpfr_init2(exact, REFERENCE_PRECISION);
    mpfr_init2(argument, REFERENCE_PRECISION);
    mpfr_set_d(argument, x, MPFR_RNDN);
    reference_exact(reference, exact, argument, second);
    double error;
    if (mpfr_number_p(exact) && isfinite(y)) {
        const double scale = per_unit(type, bounded(type, mpfr_get_d(exact, MPFR_RNDZ)));
        mpfr_sub_d(exact, exact, y, MPFR_RNDN);
        mpfr_mul_d(exact, exact, scale, MPFR_RNDN);
        error = fabs(mpfr_get_d(exact, MPFR_RNDN));
    } else {
        error = error_in_units(type, y, mpfr_get_d(exact, MPFR_RNDN));
    }
    mpfr_clears(exact, argument, (mpfr_ptr)NULL);
    return error;
}

uint32_t judge_bits(hinge_type type, const void *values, size_t i)
{
    return type == HINGE_FLOAT ? ((const uint32_t *)values)[i] : ((const uint16_t *)values)[i];
}

/* Whether MPFR must decide. The exact values in double leave about 2^-20 of a float32 unit open, so
 * it does within 2^-16 of one half, where the error seems larger than any before (the largest one
 * is thus right to 2^-20), and all around a zero of the function. Near 0 the functions are straight
 * lines, exact in double, and many results lie in the middle of two float32 numbers. */
static bool is_doubtful(const struct reference *reference, double x, double error, double worst)
{
    const double open = 0x1p-16, around = 0x1p-8;
    if (error == 0.5 && fabs(x) < 0x1p-100)
        return false;
    return fabs(error - 0.5) < open || (error > 0.5 && error > worst) ||
           (reference->zero < 0 && fabs(x - reference->zero) < around);
}

static void judge_errors(const struct judge_sample *s, const void *results, double at_least,
                         struct judge_tally *tally)
{
    for (size_t i = 0; i < s->count; i++) {
        const double y = judge_number(s->type, judge_bits(s->type, results, i));
        const double x = judge_number(s->type, s->inputs[i]);
        double error = error_in_units(s->type, y, s->exact[i]);
        if (is_doubtful(s->reference, x, error, fmax(at_least, tally->worst)))
            error = exact_error(s->reference, s->type, x, s->seconds[i], y);
        tally->n_misrounded += error > 0.5;
        if (error > tally->worst) {
            tally->worst = error;
            tally->worst_at = s->inputs[i];
        }
    }
}

static bool is_nan(hinge_type type, uint32_t bits)
{
    return isnan(judge_number(type, bits));
}

void judge_order(const struct judge_sample *s, const void *results, struct judge_tally *tally)
{
    for (size_t i = 1; s->reference->increasing && i < s->count; i++) {
        if (s->inputs[i] != s->inputs[i - 1] + 1 || is_nan(s->type, s->inputs[i]))
            continue;
        const double before = judge_number(s->type, judge_bits(s->type, results, i - 1));
        const double after = judge_number(s->type, judge_bits(s->type, results, i));
        const double x = judge_number(s->type, s->inputs[i]);
        /* Among negative numbers the order of the bits is the reverse. */
        if ((signbit(x) ? before < after : before > after) && tally->n_disordered++ == 0)
            tally->disordered_at = s->inputs[i];
    }
}

static void judge_limits(const struct judge_sample *s, const void *results,
                         struct judge_tally *tally)
{
    const struct reference *r = s->reference;
    const bool limited = r->low < r->high;
    for (size_t i = 0; (limited || r->above_x) && i < s->count; i++) {
        const double y = judge_number(s->type, judge_bits(s->type, results, i));
        const double x = judge_number(s->type, s->inputs[i]);
        tally->n_outside += (limited && (y < r->low || y > r->high)) || (r->above_x && y < x);
    }
}

void judge_results(const struct judge_sample *sample, const void *results, double at_least,
                   struct judge_tally *tally)
{
    tally->n_inputs += sample->count;
    judge_errors(sample, results, at_least, tally);
    judge_order(sample, results, tally);
    judge_limits(sample, results, tally);
}

void judge_symmetry(const struct judge_sample *sample, const void *results, const void *mirrored,
                    struct judge_tally *tally)
{
    const uint32_t sign = sample->type == HINGE_FLOAT ? UINT32_C(1) << 31 : 1U << 15;
    const uint32_t flip = sample->reference->symmetry == REFERENCE_ODD ? sign : 0;
    for (size_t i = 0; i < sample->count; i++) {
        const uint32_t y = judge_bits(sample->type, results, i);
        const uint32_t other = judge_bits(sample->type, mirrored, i) ^ flip;
        tally->n_outside += y != other && !is_nan(sample->type, y);
    }
}

uint64_t judge_differences(const struct judge_sample *sample, const void *a, const void *b)
{
    const size_t size = sample->type == HINGE_FLOAT ? 4 : 2;
    uint64_t n_different = 0;
    for (size_t i = 0; memcmp(a, b, size * sample->count) != 0 && i < sample->count; i++) {
        const uint32_t one = judge_bits(sample->type, a, i);
        const uint32_t other = judge_bits(sample->type, b, i);
        n_different += one != other && !(is_nan(sample->type, one) && is_nan(sample->type, other));
    }
    return n_different;
}

void judge_merge(struct judge_tally *into, const struct judge_tally *from)
{
    into->n_inputs += from->n_inputs;
    into->n_misrounded += from->n_misrounded;
    if (into->n_disordered == 0)
        into->disordered_at = from->disordered_at;
    into->n_disordered += from->n_disordered;
    into->n_outside += from->n_outside;
    into->n_different += from->n_different;
    if (from->worst > into->worst) {
        into->worst = from->worst;
        into->worst_at = from->worst_at;
    }
}
