#include "tests/operators/harness/float8.h"

#include <math.h>
#include <string.h>

/* Codes from 0 to largest are the finite numbers without sign, ascending; sign is the bit of that,
 * 0 for none. beyond is what is too large, where it does not saturate. */
struct format {
    int exponent_bits, fraction_bits, bias;
    unsigned largest, beyond, nan, sign;
};

static struct format format_of(hinge_type type)
{
    switch (type) {
    case HINGE_FLOAT8E4M3FN: return (struct format){4, 3, 7, 0x7e, 0x7f, 0x7f, 0x80};
    case HINGE_FLOAT8E4M3FNUZ: return (struct format){4, 3, 8, 0x7f, 0x80, 0x80, 0x80};
    case HINGE_FLOAT8E5M2: return (struct format){5, 2, 15, 0x7b, 0x7c, 0x7e, 0x80};
    case HINGE_FLOAT8E5M2FNUZ: return (struct format){5, 2, 16, 0x7f, 0x80, 0x80, 0x80};
    case HINGE_FLOAT4E2M1: return (struct format){2, 1, 1, 0x7, 0x7, 0x8, 0x8};
    case HINGE_FLOAT8E8M0: return (struct format){8, 0, 127, 0xfe, 0xff, 0xff, 0};
    default: return (struct format){0};
    }
}

bool float8_is(hinge_type type)
{
    return format_of(type).exponent_bits != 0;
}

/* As if there were no NaN and no infinity, and beyond the type's exponents. */
static double magnitude_of(hinge_type type, const struct format *f, unsigned code)
{
    const int exponent = (int)(code >> f->fraction_bits);
    const double fraction = ldexp(code & ((1U << f->fraction_bits) - 1), -f->fraction_bits);
    if (type == HINGE_FLOAT8E8M0)
        return ldexp(1, exponent - f->bias);
    return exponent ? ldexp(1 + fraction, exponent - f->bias) : ldexp(fraction, 1 - f->bias);
}

double float8_value(hinge_type type, unsigned code)
{
    const struct format f = format_of(type);
    const unsigned without_sign = code & ~f.sign;
    const double sign = code & f.sign ? -1 : 1;
    const bool has_zeros = type != HINGE_FLOAT8E4M3FNUZ && type != HINGE_FLOAT8E5M2FNUZ;
    if (without_sign > f.largest)
        return type == HINGE_FLOAT8E5M2 && without_sign == 0x7c ? sign * (double)INFINITY
                                                                : copysign(NAN, sign);
    if (code == f.sign && f.sign && !has_zeros)
        return NAN;
    return sign * magnitude_of(type, &f, without_sign);
}

static unsigned nearest_power(const struct format *f, double x, bool saturate, const char *mode)
{
    const double least = magnitude_of(HINGE_FLOAT8E8M0, f, 0);
    const double largest = magnitude_of(HINGE_FLOAT8E8M0, f, f->largest);
    if (x < least || x > largest)
        return saturate ? x < least ? 0 : f->largest : f->nan;
    unsigned code = 0;
    double here = least;
    for (; 2 * here <= x; code++)
        here *= 2;
    if (!strcmp(mode, "up"))
        return x > here ? code + 1 : code;
    return !strcmp(mode, "nearest") && x >= 1.5 * here ? code + 1 : code;
}

/* What lies in the middle between each finite number and the next one. */
static const double *middles_of(hinge_type type, const struct format *f)
{
    static double middles[HINGE_N_TYPES][256];
    double *own = middles[type];
    for (unsigned k = 0; k <= f->largest && own[f->largest] == 0; k++)
        own[k] = (magnitude_of(type, f, k) + magnitude_of(type, f, k + 1)) / 2;
    return own;
}

unsigned float8_nearest(hinge_type type, double value, bool saturate, const char *mode)
{
    const struct format f = format_of(type);
    const bool one_nan = f.nan == f.sign;
    const unsigned sign = signbit(value) ? f.sign : 0;
    if (isnan(value))
        return one_nan ? f.nan : f.nan | sign;
    if (type == HINGE_FLOAT8E8M0)
        return nearest_power(&f, fabs(value), saturate, mode);
    const double *middles = middles_of(type, &f);
    unsigned code = 0;
    for (unsigned k = 0; k <= f.largest; k++)
        if (fabs(value) > middles[k] || (fabs(value) == middles[k] && k % 2 == 1))
            code = k + 1;
    if (code > f.largest)
        code = saturate || type == HINGE_FLOAT4E2M1 ? f.largest : f.beyond;
    return code == 0 && one_nan && type != HINGE_FLOAT4E2M1 ? 0 : code | sign;
}

int64_t float8_edges(hinge_type type, double *edges)
{
    const struct format f = format_of(type);
    int64_t count = 0;
    for (unsigned k = 0; k <= f.largest; k++) {
        const double both[] = {magnitude_of(type, &f, k), middles_of(type, &f)[k]};
        for (int i = 0; i < 2; i++) {
            const double three[] = {nextafter(both[i], -1), both[i], nextafter(both[i], INFINITY)};
            for (int n = 0; n < 3; n++) {
                edges[count++] = three[n];
                edges[count++] = -three[n];
            }
        }
    }
    return count;
}
