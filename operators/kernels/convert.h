/* Rows of numbers of any type to float, double or int64 and back. Elements below a byte are packed,
 * from the first one of a byte on; a last byte is filled up with zeros. */
#ifndef KERNELS_CONVERT_H
#define KERNELS_CONVERT_H

#include <hinge/tensor.h>

#include "operators/kernels/minifloat.h"

/* Whether a type is float, double, float16 or bfloat16. */
static inline bool convert_is_floating(hinge_type type)
{
    return type == HINGE_FLOAT || type == HINGE_DOUBLE || type == HINGE_FLOAT16 ||
           type == HINGE_BFLOAT16;
}

/* Whether it is one of these, float8 or float4. */
static inline bool convert_is_real(hinge_type type)
{
    return convert_is_floating(type) || minifloat_is(type);
}

/* Whether a type is one of those that operators compute in: the floating ones, int8 to uint64, and
 * bool. The rows below know the other numbers too: float8 of all kinds, float4, int2 to uint4. */
bool convert_knows(hinge_type type);

/* Whether float holds every number of the type. */
bool convert_fits_float(hinge_type type);

/* From any type; to the nearest where the type does not fit. */
void convert_to_float(hinge_type type, float *to, const void *from, int64_t count);
void convert_to_double(hinge_type type, double *to, const void *from, int64_t count);
/* From an integer type or bool; uint64 in two's complement. */
void convert_to_int(hinge_type type, int64_t *to, const void *from, int64_t count);

/* Rounds once, to nearest even. To an integer it truncates towards zero, takes the nearest int64
 * (uint64 above it; 0 for NaN) and keeps the low bits. To bool: whether it is not 0. To float8 by
 * the rule, or with NULL by the standard's defaults. */
void convert_from_float(hinge_type type, const struct minifloat_rule *rule, void *to,
                        const float *from, int64_t count);
void convert_from_double_by(hinge_type type, const struct minifloat_rule *rule, void *to,
                            const double *from, int64_t count);
/* The same from integers, which are_unsigned takes as uint64. */
void convert_from_int_by(hinge_type type, const struct minifloat_rule *rule, bool are_unsigned,
                         void *to, const int64_t *from, int64_t count);

static inline void convert_from_double(hinge_type type, void *to, const double *from, int64_t count)
{
    convert_from_double_by(type, NULL, to, from, count);
}

static inline void convert_from_int(hinge_type type, bool are_unsigned, void *to,
                                    const int64_t *from, int64_t count)
{
    convert_from_int_by(type, NULL, are_unsigned, to, from, count);
}

#endif
