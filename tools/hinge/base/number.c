#include "base/number.h"

#include <hinge/plugin.h>
#include <math.h>
#include <string.h>

/* What the bit patterns outside the finite numbers mean. */
enum specials { NO_FLOAT, IEEE, ONLY_NAN, NEGATIVE_ZERO_IS_NAN, NONE, EXPONENT_ONLY };

struct format {
    enum specials specials;
    int exponent_bits, mantissa_bits, bias;
};

static struct format format_of(hinge_type type)
{
    switch (type) {
    case HINGE_FLOAT16: return (struct format){IEEE, 5, 10, 15};
    case HINGE_BFLOAT16: return (struct format){IEEE, 8, 7, 127};
    case HINGE_FLOAT8E4M3FN: return (struct format){ONLY_NAN, 4, 3, 7};
    case HINGE_FLOAT8E4M3FNUZ: return (struct format){NEGATIVE_ZERO_IS_NAN, 4, 3, 8};
    case HINGE_FLOAT8E5M2: return (struct format){IEEE, 5, 2, 15};
    case HINGE_FLOAT8E5M2FNUZ: return (struct format){NEGATIVE_ZERO_IS_NAN, 5, 2, 16};
    case HINGE_FLOAT4E2M1: return (struct format){NONE, 2, 1, 1};
    case HINGE_FLOAT8E8M0: return (struct format){EXPONENT_ONLY, 8, 0, 127};
    default: return (struct format){NO_FLOAT, 0, 0, 0};
    }
}

bool number_is_float(hinge_type type)
{
    return type == HINGE_FLOAT || type == HINGE_DOUBLE || format_of(type).specials != NO_FLOAT;
}

bool number_is_signed(hinge_type type)
{
    return type == HINGE_INT8 || type == HINGE_INT16 || type == HINGE_INT32 ||
           type == HINGE_INT64 || type == HINGE_INT4 || type == HINGE_INT2;
}

uint64_t number_bits(const hinge_tensor *tensor, int64_t index)
{
    const unsigned char *data = tensor->data;
    size_t bits = hinge_type_bits(tensor->type), i = (size_t)index;
    uint64_t value = 0;
    if (bits < 8)
        return (uint64_t)data[i * bits / 8] >> (i * bits % 8) & ((1u << bits) - 1);
    memcpy(&value, data + i * (bits / 8), bits / 8);
    return value;
}

void number_set_bits(hinge_tensor *tensor, int64_t index, uint64_t bits_to_set)
{
    unsigned char *data = tensor->data;
    size_t bits = hinge_type_bits(tensor->type), i = (size_t)index;
    if (bits < 8)
        data[i * bits / 8] |= (unsigned char)((bits_to_set & ((1u << bits) - 1)) << (i * bits % 8));
    else
        memcpy(data + i * (bits / 8), &bits_to_set, bits / 8);
}

static double decode(struct format format, uint64_t bits)
{
    if (format.specials == EXPONENT_ONLY)
        return bits == 255 ? NAN : ldexp(1, (int)bits - format.bias);
    int top = (1 << format.exponent_bits) - 1, one = 1 << format.mantissa_bits;
    int exponent = (int)(bits >> format.mantissa_bits) & top, mantissa = (int)bits & (one - 1);
    bool negative = bits >> (format.exponent_bits + format.mantissa_bits) & 1;
    if (format.specials == IEEE && exponent == top)
        return mantissa ? NAN : negative ? -INFINITY : INFINITY;
    if (format.specials == ONLY_NAN && exponent == top && mantissa == one - 1)
        return NAN;
    if (format.specials == NEGATIVE_ZERO_IS_NAN && negative && exponent == 0 && mantissa == 0)
        return NAN;
    double value = exponent ? ldexp(mantissa + one, exponent - format.bias - format.mantissa_bits)
                            : ldexp(mantissa, 1 - format.bias - format.mantissa_bits);
    return negative ? -value : value;
}

double number_value(const hinge_tensor *tensor, int64_t index)
{
    uint64_t bits = number_bits(tensor, index);
    if (tensor->type == HINGE_FLOAT) {
        float value;
        memcpy(&value, &bits, sizeof value);
        return (double)value;
    }
    if (tensor->type == HINGE_DOUBLE) {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    struct format format = format_of(tensor->type);
    if (format.specials != NO_FLOAT)
        return decode(format, bits);
    if (!number_is_signed(tensor->type))
        return (double)bits;
    uint64_t sign = (uint64_t)1 << (hinge_type_bits(tensor->type) - 1);
    return (double)(int64_t)((bits ^ sign) - sign);
}

uint64_t number_encode(hinge_type type, double value)
{
    uint64_t bits = 0;
    if (type == HINGE_FLOAT) {
        float single = (float)value;
        memcpy(&bits, &single, sizeof single);
        return bits;
    }
    if (type == HINGE_DOUBLE) {
        memcpy(&bits, &value, sizeof value);
        return bits;
    }
    struct format format = format_of(type);
    if (format.specials == EXPONENT_ONLY)
        return (uint64_t)format.bias;
    int exponent;
    frexp(value, &exponent); /* |value| = m 2^exponent, m in [1/2, 1) */
    if (value == 0 || exponent - 1 < 1 - format.bias)
        exponent = 2 - format.bias;
    /* In units of the last place the significand is an integer; a carry out of it runs into the
     * exponent field, as it should. */
    uint64_t units = (uint64_t)lrint(ldexp(fabs(value), format.mantissa_bits - (exponent - 1)));
    bits = units + ((uint64_t)(exponent - 2 + format.bias) << format.mantissa_bits);
    bool sign = signbit(value) && (bits != 0 || format.specials != NEGATIVE_ZERO_IS_NAN);
    return bits | (uint64_t)sign << (format.exponent_bits + format.mantissa_bits);
}

hinge_tensor number_parts(const hinge_tensor *tensor)
{
    hinge_tensor parts = *tensor;
    if (tensor->type != HINGE_COMPLEX64 && tensor->type != HINGE_COMPLEX128)
        return parts;
    parts.type = tensor->type == HINGE_COMPLEX64 ? HINGE_FLOAT : HINGE_DOUBLE;
    if (parts.rank < HINGE_MAX_RANK)
        parts.dims[parts.rank++] = 2;
    else
        parts.dims[parts.rank - 1] *= 2;
    return parts;
}
