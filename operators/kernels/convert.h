/* Rows of numbers of any type to double or int64 and back. */
#ifndef KERNELS_CONVERT_H
#define KERNELS_CONVERT_H

#include <hinge/tensor.h>

/* Whether a type is float, double, float16 or bfloat16. */
static inline bool convert_is_floating(hinge_type type)
{
    return type == HINGE_FLOAT || type == HINGE_DOUBLE || type == HINGE_FLOAT16 ||
           type == HINGE_BFLOAT16;
}

/* Whether the rows below know the type: the floating ones, int8 to uint64, and bool. */
bool convert_knows(hinge_type type);

void convert_to_double(hinge_type type, double *to, const void *from, int64_t count);
/* From an integer type or bool; uint64 in two's complement. */
void convert_to_int(hinge_type type, int64_t *to, const void *from, int64_t count);

/* Rounds once, to nearest even. To an integer it truncates towards zero, takes the nearest int64
 * (uint64 above it; 0 for NaN) and keeps the low bits. To bool: whether it is not 0. */
void convert_from_double(hinge_type type, void *to, const double *from, int64_t count);
/* The same from integers, which are_unsigned takes as uint64. */
void convert_from_int(hinge_type type, bool are_unsigned, void *to, const int64_t *from,
                      int64_t count);

#endif
