#include "operators/kernels/convert.h"

#include <hinge/plugin.h>
#include <math.h>
#include <string.h>

#include "operators/kernels/half.h"
#include "operators/kernels/packed.h"

#define BLOCK 64

/* The integer types with their C types. */
#define INTEGERS(X)                                                                                \
    X(HINGE_INT8, int8_t)                                                                          \
    X(HINGE_INT16, int16_t)                                                                        \
    X(HINGE_INT32, int32_t)                                                                        \
    X(HINGE_INT64, int64_t)                                                                        \
    X(HINGE_UINT8, uint8_t)                                                                        \
    X(HINGE_UINT16, uint16_t)                                                                      \
    X(HINGE_UINT32, uint32_t)                                                                      \
    X(HINGE_UINT64, uint64_t)

/* An integer of 8 bits or more: its signed and unsigned types take the same low bits. */
static bool is_integer(hinge_type type)
{
    switch (type) {
#define CASE(name, element) case name:
        INTEGERS(CASE)
#undef CASE
        return true;
    default: return false;
    }
}

bool convert_knows(hinge_type type)
{
    return is_integer(type) || type == HINGE_BOOL || convert_is_floating(type);
}

bool convert_fits_float(hinge_type type)
{
    return type != HINGE_DOUBLE && type != HINGE_INT32 && type != HINGE_INT64 &&
           type != HINGE_UINT32 && type != HINGE_UINT64;
}

static bool is_packed_int(hinge_type type)
{
    return type == HINGE_INT4 || type == HINGE_UINT4 || type == HINGE_INT2 || type == HINGE_UINT2;
}

static const struct minifloat_rule *rule_or_default(const struct minifloat_rule *rule)
{
    static const struct minifloat_rule standard = {false, MINIFLOAT_UP};
    return rule ? rule : &standard;
}

/* BLOCK integers at most. */
static void unpack(hinge_type type, int16_t *to, const void *from, int64_t count)
{
    const unsigned bits = hinge_type_bits(type);
    const int sign = type == HINGE_INT4 || type == HINGE_INT2 ? 1 << (bits - 1) : 0;
    uint8_t codes[BLOCK];
    packed_load(bits, codes, from, count);
    for (int64_t i = 0; i < count; i++)
        to[i] = (int16_t)((codes[i] ^ sign) - sign);
}

/* Rounded to odd: a second rounding to a type of at most half the bits is then right. */
static float to_odd(double value)
{
    const float rounded = (float)value;
    uint32_t bits;
    if ((double)rounded == value || isnan(value))
        return rounded;
    memcpy(&bits, &rounded, sizeof bits);
    if (fabs((double)rounded) > fabs(value))
        bits--;
    bits |= 1;
    float odd;
    memcpy(&odd, &bits, sizeof odd);
    return odd;
}

static uint64_t truncated(double value)
{
    if (value >= 0x1p63)
        return value < 0x1p64 ? (uint64_t)value : UINT64_MAX;
    if (value >= -0x1p63)
        return (uint64_t)(int64_t)value;
    return value < 0 ? UINT64_C(1) << 63 : 0;
}

/* Of n numbers, at most BLOCK: those that all fit int32, or int64, need no look at each of them. */
#define TRUNCATE_BLOCK(name, real, limit_32, limit_64)                                             \
    static bool name##_32(int32_t *to, const real *from, int64_t n)                                \
    {                                                                                              \
        int fit = 1;                                                                               \
        for (int64_t k = 0; k < n; k++)                                                            \
            fit &= (from[k] > -(limit_32)) & (from[k] < (limit_32));                               \
        for (int64_t k = 0; fit && k < n; k++)                                                     \
            to[k] = (int32_t)from[k];                                                              \
        return fit;                                                                                \
    }                                                                                              \
    static void name##_64(uint64_t *to, const real *from, int64_t n)                               \
    {                                                                                              \
        int fit = 1;                                                                               \
        for (int64_t k = 0; k < n; k++)                                                            \
            fit &= (from[k] > -(limit_64)) & (from[k] < (limit_64));                               \
        for (int64_t k = 0; k < n; k++)                                                            \
            to[k] = fit ? (uint64_t)(int64_t)from[k] : truncated((double)from[k]);                 \
    }

TRUNCATE_BLOCK(truncate_f32, float, 0x1p31F, 0x1p63F)
TRUNCATE_BLOCK(truncate_f64, double, 0x1p31, 0x1p63)

#define STORE_LOW(type)                                                                            \
    for (int64_t k = 0; k < n; k++)                                                                \
    ((type *)to)[k] = (type)from[k]

static void store_low_32(size_t size, void *to, const int32_t *from, int64_t n)
{
    switch (size) {
    case 1: STORE_LOW(uint8_t); break;
    case 2: STORE_LOW(uint16_t); break;
    default: memcpy(to, from, (size_t)n * sizeof *from); break;
    }
}

static void store_low_64(size_t size, void *to, const uint64_t *from, int64_t n)
{
    switch (size) {
    case 1: STORE_LOW(uint8_t); break;
    case 2: STORE_LOW(uint16_t); break;
    case 4: STORE_LOW(uint32_t); break;
    default: memcpy(to, from, (size_t)n * sizeof *from); break;
    }
}

/* Stores what `truncated` makes of count numbers in integers of a size. */
#define TRUNCATE(name, real)                                                                       \
    static void name(size_t size, void *to, const real *from, int64_t count)                       \
    {                                                                                              \
        for (int64_t i = 0; i < count; i += BLOCK) {                                               \
            const int64_t n = count - i < BLOCK ? count - i : BLOCK;                               \
            void *at = (uint8_t *)to + (size_t)i * size;                                           \
            int32_t narrow[BLOCK];                                                                 \
            uint64_t wide[BLOCK];                                                                  \
            if (size < sizeof *wide && name##_32(narrow, from + i, n)) {                           \
                store_low_32(size, at, narrow, n);                                                 \
            } else {                                                                               \
                name##_64(wide, from + i, n);                                                      \
                store_low_64(size, at, wide, n);                                                   \
            }                                                                                      \
        }                                                                                          \
    }

TRUNCATE(truncate_f32, float)
TRUNCATE(truncate_f64, double)

/* The nearest double, to odd: a second rounding to float8, float16 or bfloat16 is then right. */
static double odd_of_int(int64_t value, bool is_unsigned)
{
    const bool is_negative = !is_unsigned && value < 0;
    const uint64_t magnitude = is_negative ? 0 - (uint64_t)value : (uint64_t)value;
    /* Past 2^53 the last bit stands for all that double cannot hold. */
    const bool large = magnitude >> 53 != 0;
    const uint64_t sticky = large ? magnitude >> 11 | ((magnitude & 2047) != 0) : magnitude;
    const double odd = large ? (double)sticky * 2048 : (double)sticky;
    return is_negative ? -odd : odd;
}

void convert_to_float(hinge_type type, float *to, const void *from, int64_t count)
{
    switch (type) {
    case HINGE_FLOAT: memcpy(to, from, (size_t)count * sizeof *to); return;
    case HINGE_DOUBLE:
        for (int64_t i = 0; i < count; i++)
            to[i] = (float)((const double *)from)[i];
        return;
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16: half_load(type, to, from, count); return;
#define CASE(name, element)                                                                        \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            to[i] = (float)((const element *)from)[i];                                             \
        return;
        INTEGERS(CASE)
#undef CASE
    case HINGE_BOOL:
        for (int64_t i = 0; i < count; i++)
            to[i] = ((const uint8_t *)from)[i] != 0;
        return;
    default: break;
    }
    if (!is_packed_int(type)) {
        minifloat_load(type, to, from, count);
        return;
    }
    for (int64_t i = 0; i < count; i += BLOCK) {
        int16_t block[BLOCK];
        const int64_t n = count - i < BLOCK ? count - i : BLOCK;
        unpack(type, block, (const uint8_t *)from + hinge_size(type, i), n);
        for (int64_t k = 0; k < n; k++)
            to[i + k] = block[k];
    }
}

void convert_to_double(hinge_type type, double *to, const void *from, int64_t count)
{
    switch (type) {
    case HINGE_DOUBLE: memcpy(to, from, (size_t)count * sizeof *to); return;
#define CASE(name, element)                                                                        \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            to[i] = (double)((const element *)from)[i];                                            \
        return;
        INTEGERS(CASE)
        CASE(HINGE_FLOAT, float)
#undef CASE
    default:
        for (int64_t i = 0; i < count; i += BLOCK) {
            float block[BLOCK];
            const int64_t n = count - i < BLOCK ? count - i : BLOCK;
            convert_to_float(type, block, (const uint8_t *)from + hinge_size(type, i), n);
            for (int64_t k = 0; k < n; k++)
                to[i + k] = (double)block[k];
        }
    }
}

void convert_to_int(hinge_type type, int64_t *to, const void *from, int64_t count)
{
    switch (type) {
#define CASE(name, element)                                                                        \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            to[i] = (int64_t)((const element *)from)[i];                                           \
        return;
        INTEGERS(CASE)
#undef CASE
    case HINGE_BOOL:
        for (int64_t i = 0; i < count; i++)
            to[i] = ((const uint8_t *)from)[i] != 0;
        return;
    default:
        for (int64_t i = 0; i < count; i += BLOCK) {
            int16_t block[BLOCK];
            const int64_t n = count - i < BLOCK ? count - i : BLOCK;
            unpack(type, block, (const uint8_t *)from + hinge_size(type, i), n);
            for (int64_t k = 0; k < n; k++)
                to[i + k] = block[k];
        }
    }
}

void convert_from_float(hinge_type type, const struct minifloat_rule *rule, void *to,
                        const float *from, int64_t count)
{
    switch (type) {
    case HINGE_FLOAT: memcpy(to, from, (size_t)count * sizeof *from); return;
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16: half_store(type, to, from, count); return;
    default: break;
    }
    if (is_integer(type)) {
        truncate_f32(hinge_type_bits(type) / 8, to, from, count);
        return;
    }
    if (minifloat_is(type)) {
        minifloat_store(type, rule_or_default(rule), to, from, count);
        return;
    }
    for (int64_t i = 0; i < count; i += BLOCK) {
        double block[BLOCK];
        const int64_t n = count - i < BLOCK ? count - i : BLOCK;
        for (int64_t k = 0; k < n; k++)
            block[k] = (double)from[i + k];
        convert_from_double_by(type, rule, (uint8_t *)to + hinge_size(type, i), block, n);
    }
}

void convert_from_double_by(hinge_type type, const struct minifloat_rule *rule, void *to,
                            const double *from, int64_t count)
{
    switch (type) {
    case HINGE_DOUBLE: memcpy(to, from, (size_t)count * sizeof *from); return;
    case HINGE_FLOAT:
        for (int64_t i = 0; i < count; i++)
            ((float *)to)[i] = (float)from[i];
        return;
    case HINGE_BOOL:
        for (int64_t i = 0; i < count; i++)
            ((uint8_t *)to)[i] = from[i] != 0;
        return;
    default: break;
    }
    if (is_integer(type)) {
        truncate_f64(hinge_type_bits(type) / 8, to, from, count);
        return;
    }
    for (int64_t i = 0; i < count; i += BLOCK) {
        union {
            float odd[BLOCK];
            int64_t whole[BLOCK];
        } block;
        uint8_t *at = (uint8_t *)to + hinge_size(type, i);
        const int64_t n = count - i < BLOCK ? count - i : BLOCK;
        if (is_packed_int(type)) {
            convert_from_double_by(HINGE_INT64, rule, block.whole, from + i, n);
            convert_from_int_by(type, rule, false, at, block.whole, n);
        } else {
            for (int64_t k = 0; k < n; k++)
                block.odd[k] = to_odd(from[i + k]);
            convert_from_float(type, rule, at, block.odd, n);
        }
    }
}

void convert_from_int_by(hinge_type type, const struct minifloat_rule *rule, bool are_unsigned,
                         void *to, const int64_t *from, int64_t count)
{
    if (is_integer(type)) {
        store_low_64(hinge_type_bits(type) / 8, to, (const uint64_t *)from, count);
        return;
    }
    switch (type) {
#define CASE(name, element)                                                                        \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            ((element *)to)[i] = are_unsigned ? (element)(uint64_t)from[i] : (element)from[i];     \
        return;
        CASE(HINGE_FLOAT, float)
        CASE(HINGE_DOUBLE, double)
#undef CASE
    case HINGE_BOOL:
        for (int64_t i = 0; i < count; i++)
            ((uint8_t *)to)[i] = from[i] != 0;
        return;
    default: break;
    }
    for (int64_t i = 0; i < count; i += BLOCK) {
        double odd[BLOCK];
        uint8_t codes[BLOCK], *at = (uint8_t *)to + hinge_size(type, i);
        const int64_t n = count - i < BLOCK ? count - i : BLOCK;
        if (is_packed_int(type)) {
            for (int64_t k = 0; k < n; k++)
                codes[k] = (uint8_t)from[i + k];
            packed_store(hinge_type_bits(type), at, codes, n);
        } else {
            for (int64_t k = 0; k < n; k++)
                odd[k] = odd_of_int(from[i + k], are_unsigned);
            convert_from_double_by(type, rule, at, odd, n);
        }
    }
}
