/* Single elements of tensors as numbers, for reading, comparing, printing and random data. The
 * types of 8 bits and less are those of the ONNX standard ("Float stored in 8 bits", "Float stored
 * in 4 bits"). */
#ifndef TOOL_NUMBER_H
#define TOOL_NUMBER_H

#include <hinge/hinge.h>

bool number_is_float(hinge_type type); /* not the complex ones */
bool number_is_signed(hinge_type type);

/* The element's bits, in the lowest ones. For types of up to 64 bits. */
uint64_t number_bits(const hinge_tensor *tensor, int64_t index);
/* Sets them; the element must be zero before where the type has fewer than 8 bits. */
void number_set_bits(hinge_tensor *tensor, int64_t index, uint64_t bits);

/* The element as a double: exact but for 64-bit integers beyond 2^53. Not for strings and complex
 * numbers. */
double number_value(const hinge_tensor *tensor, int64_t index);
/* The bits of value rounded to nearest even; for the floating types and |value| <= 1. */
uint64_t number_encode(hinge_type type, double value);

/* A complex tensor seen as its parts: a float or double tensor with one more dimension of 2. Other
 * tensors are returned as they are. Needs rank below HINGE_MAX_RANK for complex ones; beyond that
 * the last dimension is doubled instead. */
hinge_tensor number_parts(const hinge_tensor *tensor);

#endif
