/* Elements of tensors of every type, and random contents. */
#include "tests/operators/harness/harness_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_state;

void tensor_seed(uint64_t seed)
{
    random_state = seed;
}

uint64_t tensor_random_at(void)
{
    return random_state;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t harness_random(void)
{
    uint64_t z = random_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

double harness_random_in(double low, double high)
{
    return low + (high - low) * ((double)(harness_random() >> 11) * 0x1p-53);
}

const char *tensor_type_name(hinge_type type)
{
    switch (type) {
#define NAME(name, number, bits, text)                                                             \
    case name: return text;
        HINGE_TYPES(NAME)
#undef NAME
    default: return "?";
    }
}

bool harness_is_floating(hinge_type type)
{
    return type == HINGE_FLOAT || type == HINGE_DOUBLE || type == HINGE_FLOAT16 ||
           type == HINGE_BFLOAT16;
}

bool harness_is_signed(hinge_type type)
{
    return type == HINGE_INT8 || type == HINGE_INT16 || type == HINGE_INT32 ||
           type == HINGE_INT64 || type == HINGE_INT4 || type == HINGE_INT2;
}

double tensor_decode(uint32_t bits, int exponent_bits, int fraction_bits)
{
    uint32_t fraction = bits & ((1U << fraction_bits) - 1);
    int exponent = (int)(bits >> fraction_bits & ((1U << exponent_bits) - 1));
    int bias = (1 << (exponent_bits - 1)) - 1;
    double sign = bits >> (exponent_bits + fraction_bits) & 1 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1)
        return fraction ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, 1 - bias - fraction_bits);
    return sign * ldexp(fraction + (double)(1U << fraction_bits), exponent - bias - fraction_bits);
}

uint32_t tensor_encode(double value, int exponent_bits, int fraction_bits)
{
    int bias = (1 << (exponent_bits - 1)) - 1;
    uint32_t sign = (signbit(value) ? 1U : 0U) << (exponent_bits + fraction_bits);
    uint32_t infinity = ((1U << exponent_bits) - 1) << fraction_bits;
    if (isnan(value))
        return infinity | 1U << (fraction_bits - 1);
    value = fabs(value);
    int exponent = value > 0 && isfinite(value) ? ilogb(value) : 0;
    if (value >= ldexp(1, bias + 1))
        return sign | infinity;
    if (value == 0 || exponent < 1 - bias)
        exponent = 1 - bias;
    /* A fraction that rounds up to the next power of two carries into the exponent by itself. */
    uint32_t fraction = (uint32_t)nearbyint(ldexp(value, fraction_bits - exponent));
    if (fraction < 1U << fraction_bits)
        return sign | fraction;
    return sign | (((uint32_t)(exponent + bias - 1) << fraction_bits) + fraction);
}

double tensor_ulp(hinge_type type, double value)
{
    static const struct {
        int fraction_bits, least;
    } formats[HINGE_N_TYPES] = {
        [HINGE_FLOAT] = {23, -149},
        [HINGE_DOUBLE] = {52, -1074},
        [HINGE_FLOAT16] = {10, -24},
        [HINGE_BFLOAT16] = {7, -133},
    };
    int exponent = value == 0 ? -2000 : ilogb(value);
    int unit = exponent - formats[type].fraction_bits;
    return ldexp(1, unit > formats[type].least ? unit : formats[type].least);
}

double tensor_limit(hinge_type type)
{
    return type == HINGE_FLOAT16 ? 0x1p16 : type == HINGE_DOUBLE ? INFINITY : 0x1p128;
}

_Noreturn static void no_memory(void)
{
    fputs("no memory for the test\n", stderr);
    exit(2);
}

void tensor_open(hinge_tensor *x, hinge_type type, int32_t rank, const int64_t *dims)
{
    *x = (hinge_tensor){.type = type, .rank = rank};
    for (int32_t i = 0; i < rank; i++)
        x->dims[i] = dims[i];
    x->data = calloc(hinge_size(type, hinge_count(x)) + 1, 1);
    if (!x->data)
        no_memory();
}

/* Types below a byte: element i in the low bits first. */
static uint8_t get_packed(const hinge_tensor *x, int64_t i)
{
    unsigned bits = hinge_type_bits(x->type);
    size_t at = (size_t)i * bits;
    return (uint8_t)((unsigned)((const uint8_t *)x->data)[at / 8] >> at % 8 & ((1U << bits) - 1));
}

static void set_packed(hinge_tensor *x, int64_t i, int64_t value)
{
    unsigned bits = hinge_type_bits(x->type);
    size_t at = (size_t)i * bits;
    unsigned mask = ((1U << bits) - 1) << at % 8;
    uint8_t *byte = (uint8_t *)x->data + at / 8;
    *byte = (uint8_t)((*byte & ~mask) | ((unsigned)value << at % 8 & mask));
}

int64_t harness_get_int(const hinge_tensor *x, int64_t i)
{
    switch (x->type) {
    case HINGE_BOOL:
    case HINGE_FLOAT8E4M3FN: /* these by their bits */
    case HINGE_FLOAT8E4M3FNUZ:
    case HINGE_FLOAT8E5M2:
    case HINGE_FLOAT8E5M2FNUZ:
    case HINGE_FLOAT8E8M0:
    case HINGE_UINT8: return ((const uint8_t *)x->data)[i];
    case HINGE_INT8: return ((const int8_t *)x->data)[i];
    case HINGE_UINT16: return ((const uint16_t *)x->data)[i];
    case HINGE_INT16: return ((const int16_t *)x->data)[i];
    case HINGE_UINT32: return ((const uint32_t *)x->data)[i];
    case HINGE_INT32: return ((const int32_t *)x->data)[i];
    case HINGE_UINT64: return (int64_t)((const uint64_t *)x->data)[i];
    case HINGE_INT64: return ((const int64_t *)x->data)[i];
    case HINGE_FLOAT4E2M1:
    case HINGE_UINT4:
    case HINGE_UINT2: return get_packed(x, i);
    case HINGE_INT4: return (get_packed(x, i) ^ 8) - 8;
    case HINGE_INT2: return (get_packed(x, i) ^ 2) - 2;
    case HINGE_FLOAT:
    case HINGE_DOUBLE:
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16: return (int64_t)harness_get(x, i);
    default: fprintf(stderr, "the harness has no elements of type %d\n", (int)x->type); exit(2);
    }
}

void harness_set_int(hinge_tensor *x, int64_t i, int64_t value)
{
    switch (x->type) {
    case HINGE_BOOL:
    case HINGE_UINT8:
    case HINGE_FLOAT8E4M3FN:
    case HINGE_FLOAT8E4M3FNUZ:
    case HINGE_FLOAT8E5M2:
    case HINGE_FLOAT8E5M2FNUZ:
    case HINGE_FLOAT8E8M0:
    case HINGE_INT8: ((uint8_t *)x->data)[i] = (uint8_t)value; return;
    case HINGE_UINT16:
    case HINGE_INT16: ((uint16_t *)x->data)[i] = (uint16_t)value; return;
    case HINGE_UINT32:
    case HINGE_INT32: ((uint32_t *)x->data)[i] = (uint32_t)value; return;
    case HINGE_UINT64:
    case HINGE_INT64: ((uint64_t *)x->data)[i] = (uint64_t)value; return;
    case HINGE_FLOAT4E2M1:
    case HINGE_UINT4:
    case HINGE_UINT2:
    case HINGE_INT4:
    case HINGE_INT2: set_packed(x, i, value); return;
    case HINGE_FLOAT:
    case HINGE_DOUBLE:
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16: harness_set(x, i, (double)value); return;
    default: fprintf(stderr, "the harness has no elements of type %d\n", (int)x->type); exit(2);
    }
}

double harness_get(const hinge_tensor *x, int64_t i)
{
    switch (x->type) {
    case HINGE_FLOAT: return (double)((const float *)x->data)[i];
    case HINGE_DOUBLE: return ((const double *)x->data)[i];
    case HINGE_FLOAT16: return tensor_decode(((const uint16_t *)x->data)[i], 5, 10);
    case HINGE_BFLOAT16: return tensor_decode(((const uint16_t *)x->data)[i], 8, 7);
    case HINGE_UINT64: return (double)((const uint64_t *)x->data)[i];
    case HINGE_COMPLEX64: return (double)((const float *)x->data)[2 * i + i % 2];
    case HINGE_COMPLEX128: return ((const double *)x->data)[2 * i + i % 2];
    default: return (double)harness_get_int(x, i);
    }
}

double *harness_numbers(const hinge_tensor *x)
{
    const int64_t count = hinge_count(x);
    double *numbers = malloc((size_t)(count + 1) * sizeof *numbers);
    if (!numbers)
        no_memory();
    for (int64_t i = 0; i < count; i++)
        numbers[i] = harness_get(x, i);
    return numbers;
}

void harness_set(hinge_tensor *x, int64_t i, double value)
{
    switch (x->type) {
    case HINGE_FLOAT: ((float *)x->data)[i] = (float)value; return;
    case HINGE_DOUBLE: ((double *)x->data)[i] = value; return;
    case HINGE_FLOAT16: ((uint16_t *)x->data)[i] = (uint16_t)tensor_encode(value, 5, 10); return;
    case HINGE_BFLOAT16: ((uint16_t *)x->data)[i] = (uint16_t)tensor_encode(value, 8, 7); return;
    case HINGE_UINT64: ((uint64_t *)x->data)[i] = (uint64_t)value; return;
    case HINGE_COMPLEX64:
        ((float *)x->data)[2 * i + i % 2] = (float)value;
        ((float *)x->data)[2 * i + 1 - i % 2] = 0;
        return;
    case HINGE_COMPLEX128:
        ((double *)x->data)[2 * i + i % 2] = value;
        ((double *)x->data)[2 * i + 1 - i % 2] = 0;
        return;
    default: harness_set_int(x, i, (int64_t)value);
    }
}

hinge_string harness_get_string(const hinge_tensor *x, int64_t i)
{
    return ((const hinge_string *)x->data)[i];
}

void harness_set_string(hinge_tensor *x, int64_t i, hinge_string value)
{
    ((hinge_string *)x->data)[i] = value;
}

bool tensor_has_specials(const struct harness_tensor *spec)
{
    if (spec->values || spec->strings || spec->type == HINGE_STRING || spec->type == HINGE_BOOL)
        return false;
    return spec->specials == HARNESS_SPECIALS_ALWAYS ||
           (spec->specials == HARNESS_SPECIALS_OF_FLOATS && harness_is_floating(spec->type));
}

static void set_special(hinge_tensor *x, int64_t i)
{
    unsigned choice = (unsigned)(harness_random() % 12);
    if (!harness_is_floating(x->type)) {
        unsigned bits = hinge_type_bits(x->type);
        uint64_t least = harness_is_signed(x->type) ? UINT64_C(1) << (bits - 1) : 0;
        uint64_t most = harness_is_signed(x->type) ? least - 1 : UINT64_MAX;
        const uint64_t values[] = {least, most, 0, 1, UINT64_MAX, least + 1};
        harness_set_int(x, i, (int64_t)values[choice % 6]);
        return;
    }
    double tiny = tensor_ulp(x->type, 0);
    double most = x->type == HINGE_DOUBLE    ? 0x1.fffffffffffffp1023
                  : x->type == HINGE_FLOAT   ? 0x1.fffffep127
                  : x->type == HINGE_FLOAT16 ? 65504
                                             : 0x1.fep127;
    const double values[] = {NAN,  NAN,   INFINITY,  -INFINITY,  0.0,  -0.0,
                             tiny, -tiny, 77 * tiny, -77 * tiny, most, -most};
    harness_set(x, i, values[choice]);
}

void tensor_fill(hinge_tensor *x, const struct harness_tensor *spec, bool specials)
{
    int64_t count = hinge_count(x);
    bool floating = harness_is_floating(x->type);
    for (int64_t i = 0; i < count; i++) {
        if (spec->strings) {
            harness_set_string(x, i, (hinge_string){spec->strings[i], strlen(spec->strings[i])});
        } else if (spec->values) {
            harness_set(x, i, spec->values[i]);
        } else if (specials && harness_random() % 3 == 0) {
            set_special(x, i);
        } else if (x->type == HINGE_BOOL) {
            harness_set_int(x, i, (int64_t)(harness_random() & 1));
        } else if (x->type != HINGE_STRING) {
            double value = floating ? harness_random_in(spec->low, spec->high)
                                    : floor(harness_random_in(spec->low, spec->high + 1));
            harness_set(x, i, value < 0 && !floating && !harness_is_signed(x->type) ? 0 : value);
        }
    }
}
