/* Formats of the OCP 8-bit Floating Point and Microscaling specifications, and those of Graphcore
 * (FNUZ: finite, NaN where -0 would be). */
#include "operators/kernels/minifloat.h"

#include <string.h>

#include "operators/kernels/packed.h"

#define BLOCK 64

/* A format with a sign, as its codes without that: zero to largest are the finite numbers. */
struct format {
    uint32_t bits, fraction_bits, bias;
    uint32_t largest, beyond, nan; /* beyond: what is out of range, unless it saturates */
    bool unsigned_zero;            /* the code of -0 is NaN's */
};

static const struct format e4m3fn = {8, 3, 7, 0x7e, 0x7f, 0x7f, false};
static const struct format e4m3fnuz = {8, 3, 8, 0x7f, 0x80, 0x80, true};
static const struct format e5m2 = {8, 2, 15, 0x7b, 0x7c, 0x7e, false};
static const struct format e5m2fnuz = {8, 2, 16, 0x7f, 0x80, 0x80, true};
static const struct format e2m1 = {4, 1, 1, 0x7, 0x8, 0x8, false};

#define INFINITY_BITS UINT32_C(0x7f800000)
#define NAN_BITS UINT32_C(0x7fc00000)

static inline uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* condition ? a : b, without the branches that gcc makes of one and that keep it from making
 * vectors of a loop. */
static inline uint32_t choose(bool condition, uint32_t a, uint32_t b)
{
    const uint32_t mask = 0U - (uint32_t)condition;
    return (a & mask) | (b & ~mask);
}

/* 2^exponent, which is that of a normal number. */
static inline uint32_t power_bits(uint32_t exponent)
{
    return (127 + exponent) << 23;
}

static inline float decode(const struct format *f, uint8_t code)
{
    const uint32_t magnitude = code & ((1U << (f->bits - 1)) - 1);
    /* Subnormal numbers get an implied 1 as well, which is subtracted. */
    const bool is_normal = magnitude >> f->fraction_bits != 0;
    const uint32_t exponent = choose(is_normal, 127, 128) - f->bias;
    const uint32_t implied = choose(is_normal, 0, power_bits(1 - f->bias));
    const uint32_t number = (magnitude << (23 - f->fraction_bits)) + (exponent << 23);
    uint32_t bits = bits_of(float_of(number) - float_of(implied));
    bits = choose(magnitude > f->largest, NAN_BITS, bits);
    bits = choose(magnitude == f->beyond && f->beyond != f->nan, INFINITY_BITS, bits);
    bits |= (uint32_t)(code >> (f->bits - 1)) << 31;
    return float_of(choose(f->unsigned_zero && code == f->nan, NAN_BITS, bits));
}

static inline uint8_t encode(const struct format *f, bool saturates, float value)
{
    const uint32_t bits = bits_of(value), magnitude = bits & 0x7fffffff;
    const bool is_normal = magnitude >= power_bits(1 - f->bias);
    /* 2^23 units of the subnormal numbers, of which the sum's lowest bits are the number. */
    const uint32_t power = choose(is_normal, 0, power_bits(24 - f->bias - f->fraction_bits));
    const uint32_t sum = bits_of(float_of(magnitude) + float_of(power));
    const uint32_t shift = 23 - f->fraction_bits;
    const uint32_t half = (1U << (shift - 1)) - 1 + (sum >> shift & 1);
    const uint32_t normal = ((sum + half) >> shift) - ((127 - f->bias) << f->fraction_bits);
    uint32_t code = choose(is_normal, normal, sum - power);
    code = choose(code > f->largest, saturates ? f->largest : f->beyond, code);
    code = choose(magnitude > INFINITY_BITS, f->nan, code);
    const uint32_t sign = bits >> 31 << (f->bits - 1);
    return (uint8_t)(code | choose(f->unsigned_zero && code == 0, 0, sign));
}

static inline float decode_e8m0(uint8_t code)
{
    const uint32_t bits = choose(code == 0, 1U << 22, (uint32_t)code << 23);
    return float_of(choose(code == 255, NAN_BITS, bits));
}

/* half is what rounds when it is added: that much of a unit of the last place, in 2^-23. */
static inline uint8_t encode_e8m0(bool saturates, uint32_t half, float value)
{
    const uint32_t least = 1U << 22, largest = power_bits(127);
    const uint32_t magnitude = bits_of(value) & 0x7fffffff;
    const uint32_t normal = choose(magnitude < 1U << 23, (magnitude - least) << 1, magnitude);
    uint32_t code = (normal + half) >> 23;
    code = choose(magnitude < least, saturates ? 0 : 255, code);
    code = choose(magnitude > largest, saturates ? 254 : 255, code);
    return (uint8_t)choose(magnitude > INFINITY_BITS, 255, code);
}

static inline void decode_row(const struct format *f, float *to, const uint8_t *from, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = decode(f, from[i]);
}

static inline void encode_row(const struct format *f, bool saturates, uint8_t *to,
                              const float *from, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = encode(f, saturates, from[i]);
}

static void encode_e8m0_row(const struct minifloat_rule *rule, uint8_t *to, const float *from,
                            int64_t count)
{
    const bool saturates = !rule->no_saturate;
    const uint32_t half = rule->e8m0 == MINIFLOAT_UP        ? (1U << 23) - 1
                          : rule->e8m0 == MINIFLOAT_NEAREST ? 1U << 22
                                                            : 0;
    for (int64_t i = 0; i < count; i++)
        to[i] = encode_e8m0(saturates, half, from[i]);
}

static void decode_packed(float *to, const uint8_t *from, int64_t count)
{
    for (int64_t i = 0; i < count; i += BLOCK) {
        uint8_t codes[BLOCK];
        const int64_t n = count - i < BLOCK ? count - i : BLOCK;
        packed_load(4, codes, from + i / 2, n);
        decode_row(&e2m1, to + i, codes, n);
    }
}

static void encode_packed(uint8_t *to, const float *from, int64_t count)
{
    for (int64_t i = 0; i < count; i += BLOCK) {
        uint8_t codes[BLOCK];
        const int64_t n = count - i < BLOCK ? count - i : BLOCK;
        encode_row(&e2m1, true, codes, from + i, n);
        packed_store(4, to + i / 2, codes, n);
    }
}

void minifloat_load(hinge_type type, float *to, const void *from, int64_t count)
{
    switch (type) {
    case HINGE_FLOAT8E4M3FN: decode_row(&e4m3fn, to, from, count); return;
    case HINGE_FLOAT8E4M3FNUZ: decode_row(&e4m3fnuz, to, from, count); return;
    case HINGE_FLOAT8E5M2: decode_row(&e5m2, to, from, count); return;
    case HINGE_FLOAT8E5M2FNUZ: decode_row(&e5m2fnuz, to, from, count); return;
    case HINGE_FLOAT4E2M1: decode_packed(to, from, count); return;
    default:
        for (int64_t i = 0; i < count; i++)
            to[i] = decode_e8m0(((const uint8_t *)from)[i]);
    }
}

void minifloat_store(hinge_type type, const struct minifloat_rule *rule, void *to,
                     const float *from, int64_t count)
{
    const bool saturates = !rule->no_saturate;
    switch (type) {
    case HINGE_FLOAT8E4M3FN: encode_row(&e4m3fn, saturates, to, from, count); return;
    case HINGE_FLOAT8E4M3FNUZ: encode_row(&e4m3fnuz, saturates, to, from, count); return;
    case HINGE_FLOAT8E5M2: encode_row(&e5m2, saturates, to, from, count); return;
    case HINGE_FLOAT8E5M2FNUZ: encode_row(&e5m2fnuz, saturates, to, from, count); return;
    case HINGE_FLOAT4E2M1: encode_packed(to, from, count); return;
    default: encode_e8m0_row(rule, to, from, count);
    }
}
