#include "operators/kernels/convert.h"

#include <math.h>
#include <string.h>

#include "operators/kernels/half.h"

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

bool convert_knows(hinge_type type)
{
    switch (type) {
#define KNOWN(name, element) case name:
        INTEGERS(KNOWN)
#undef KNOWN
    case HINGE_BOOL: return true;
    default: return convert_is_floating(type);
    }
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

void convert_to_double(hinge_type type, double *to, const void *from, int64_t count)
{
    switch (type) {
    case HINGE_DOUBLE: memcpy(to, from, (size_t)count * sizeof *to); return;
    case HINGE_FLOAT:
        for (int64_t i = 0; i < count; i++)
            to[i] = (double)((const float *)from)[i];
        return;
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16:
        for (int64_t i = 0; i < count; i += VF32_LANES) {
            float floats[VF32_LANES];
            const int64_t n = count - i < VF32_LANES ? count - i : VF32_LANES;
            half_load(type, floats, (const uint16_t *)from + i, n);
            for (int64_t k = 0; k < n; k++)
                to[i + k] = (double)floats[k];
        }
        return;
#define CASE(name, element)                                                                        \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            to[i] = (double)((const element *)from)[i];                                            \
        return;
        INTEGERS(CASE)
#undef CASE
    default:
        for (int64_t i = 0; i < count; i++)
            to[i] = ((const uint8_t *)from)[i] != 0;
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
    default:
        for (int64_t i = 0; i < count; i++)
            to[i] = ((const uint8_t *)from)[i] != 0;
    }
}

void convert_from_double(hinge_type type, void *to, const double *from, int64_t count)
{
    switch (type) {
    case HINGE_DOUBLE: memcpy(to, from, (size_t)count * sizeof *from); return;
    case HINGE_FLOAT:
        for (int64_t i = 0; i < count; i++)
            ((float *)to)[i] = (float)from[i];
        return;
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16:
        for (int64_t i = 0; i < count; i++) {
            const float odd = to_odd(from[i]);
            half_store(type, (uint16_t *)to + i, &odd, 1);
        }
        return;
#define CASE(name, element)                                                                        \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            ((element *)to)[i] = (element)truncated(from[i]);                                      \
        return;
        INTEGERS(CASE)
#undef CASE
    default:
        for (int64_t i = 0; i < count; i++)
            ((uint8_t *)to)[i] = from[i] != 0;
    }
}

void convert_from_int(hinge_type type, bool are_unsigned, void *to, const int64_t *from,
                      int64_t count)
{
    switch (type) {
    case HINGE_DOUBLE:
        for (int64_t i = 0; i < count; i++)
            ((double *)to)[i] = are_unsigned ? (double)(uint64_t)from[i] : (double)from[i];
        return;
    case HINGE_FLOAT:
        for (int64_t i = 0; i < count; i++)
            ((float *)to)[i] = are_unsigned ? (float)(uint64_t)from[i] : (float)from[i];
        return;
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16:
        for (int64_t i = 0; i < count; i++) {
            /* Past 2^53 the last bit stands for all that double cannot hold. */
            const uint64_t magnitude =
                are_unsigned || from[i] >= 0 ? (uint64_t)from[i] : 0 - (uint64_t)from[i];
            const bool large = magnitude >> 53 != 0;
            const uint64_t sticky = large ? magnitude >> 11 | ((magnitude & 2047) != 0) : magnitude;
            const double value = large ? (double)sticky * 2048 : (double)sticky;
            const float odd = to_odd(are_unsigned || from[i] >= 0 ? value : -value);
            half_store(type, (uint16_t *)to + i, &odd, 1);
        }
        return;
#define CASE(name, element)                                                                        \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            ((element *)to)[i] = (element)from[i];                                                 \
        return;
        INTEGERS(CASE)
#undef CASE
    default:
        for (int64_t i = 0; i < count; i++)
            ((uint8_t *)to)[i] = from[i] != 0;
    }
}
