#include "serve/body/decimal.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* The largest power of ten that is a double, and a 64-bit number times a power of two. */
#define MOST_DOUBLE 22
#define MOST_LONG 27
#define MOST_DIGITS 19
/* What makes an infinity or 0 of anything else. */
#define FAR_POWER 100000

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits at the beginning of eight bytes, the first of which is the lowest: how many, and their
 * value. */
static int digits_of_eight(const char *at, uint64_t *value)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    bytes ^= UINT64_C(0x3030303030303030);
    /* The highest bit of what is above 9; a carry gets only behind the first of these. */
    uint64_t others =
        ((bytes + UINT64_C(0x7676767676767676)) | bytes) & UINT64_C(0x8080808080808080);
    int n = others ? __builtin_ctzll(others) / 8 : 8;
    bytes = n ? bytes << (64 - 8 * n) : 0; /* zeros in front of them */
    /* Neighbours are joined: to 4 numbers below 100, 2 below 10000, and one. */
    bytes = (bytes * 10 + (bytes >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    bytes = (bytes * 100 + (bytes >> 16)) & UINT64_C(0x0000ffff0000ffff);
    *value = (bytes * 10000 + (bytes >> 32)) & UINT32_MAX;
    return n;
}

static const char *take_digits(const char *at, const char *end, uint64_t *digits)
{
    static const uint64_t powers[] = {1,      10,      100,      1000,     10000,
                                      100000, 1000000, 10000000, 100000000};
    uint64_t sum = *digits, value; /* which nothing that is read is part of */
    for (int n = 8; n == 8 && end - at >= 8; at += n) {
        n = digits_of_eight(at, &value);
        sum = sum * powers[n] + value;
    }
    for (; at < end && is_digit(*at); at++)
        sum = sum * 10 + (uint64_t)(*at - '0');
    *digits = sum;
    return at;
}

/* Behind the point; NULL where there is no digit. Zeros in front of all others are none of the 19.
 */
static const char *take_fraction(const char *at, const char *end, uint64_t *digits,
                                 size_t *n_digits)
{
    const char *start = at;
    while (*digits == 0 && at < end && *at == '0')
        at++;
    const char *first = at;
    at = take_digits(at, end, digits);
    *n_digits += (size_t)(at - first);
    return at == start ? NULL : at;
}

/* Behind the letter; NULL where there is no digit. */
static const char *take_exponent(const char *at, const char *end, int64_t *exponent)
{
    bool is_negative = at < end && *at == '-';
    int64_t power = 0;
    at += at < end && (*at == '-' || *at == '+');
    const char *start = at;
    for (; at < end && is_digit(*at); at++)
        power = power < FAR_POWER ? 10 * power + (*at - '0') : power;
    *exponent += is_negative ? -power : power;
    return at == start ? NULL : at;
}

const char *decimal_read(struct decimal *decimal, const char *at, const char *end)
{
    bool is_negative = at < end && *at == '-', is_integer = true;
    uint64_t digits = 0;
    int64_t exponent = 0;
    at += is_negative;
    const char *first = at;
    if (end - at >= 2 && is_digit(at[0]) && !is_digit(at[1])) /* as most have it */
        digits = (uint64_t)(*at++ - '0');
    else
        at = take_digits(at, end, &digits);
    size_t n_digits = (size_t)(at - first);
    if (n_digits == 0 || (*first == '0' && n_digits > 1))
        return NULL;
    n_digits -= *first == '0';
    if (at < end && *at == '.') {
        is_integer = false;
        first = at + 1;
        at = take_fraction(first, end, &digits, &n_digits);
        exponent = at ? first - at : 0;
    }
    if (at && at < end && (*at == 'e' || *at == 'E')) {
        is_integer = false;
        at = take_exponent(at + 1, end, &exponent);
    }
    decimal->digits = digits;
    decimal->exponent = exponent;
    decimal->is_negative = is_negative;
    decimal->is_integer = is_integer;
    decimal->is_short = n_digits <= MOST_DIGITS;
    return at;
}

/* Both numbers are exact, so that one rounding is the only one. */
static double of_doubles(uint64_t digits, int64_t exponent)
{
    static const double powers[MOST_DOUBLE + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
}

/* Rounded to 64 bits first. To round that again does no harm but where it lies in the middle
 * between two doubles, and the number itself may not: false there. */
static bool of_long_doubles(uint64_t digits, int64_t exponent, double *value)
{
    static const long double powers[MOST_LONG + 1] = {
        1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
        1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
        1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    if (LDBL_MANT_DIG < 64)
        return false;
    long double whole = (long double)digits;
    whole = exponent < 0 ? whole / powers[-exponent] : whole * powers[exponent];
    *value = (double)whole;
    /* From a middle the other neighbour is as far. */
    long double mirrored = whole + (whole - (long double)*value);
    return whole == (long double)*value || (long double)(double)mirrored != mirrored;
}

double decimal_value(const struct decimal *decimal, const char *text)
{
    double value;
    int64_t power = decimal->exponent < 0 ? -decimal->exponent : decimal->exponent;
    if (decimal->is_short && decimal->digits <= (uint64_t)1 << 53 && power <= MOST_DOUBLE)
        value = of_doubles(decimal->digits, decimal->exponent);
    else if (!decimal->is_short || power > MOST_LONG ||
             !of_long_doubles(decimal->digits, decimal->exponent, &value))
        return strtod(text, NULL);
    return decimal->is_negative ? -value : value;
}
