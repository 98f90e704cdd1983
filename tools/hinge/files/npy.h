/* NumPy's .npy files, format versions 1 to 3 (numpy.lib.format). */
#ifndef TOOL_NPY_H
#define TOOL_NPY_H

#include "base/array.h"

/*
 * Reads an array in C or Fortran order and either byte order: bool, integers, float16/32/64,
 * complex64/128, and strings (U: taken as Unicode code points, S: as bytes, trailing zeros
 * dropped). wanted is the type the reader needs, HINGE_NO_TYPE for whatever the file has. It
 * decides what NumPy has no name for: bfloat16 and the floats of 8 bits come as raw bytes of their
 * size (V2, V1) or as unsigned integers of that size, types below 8 bits as int8 or uint8 elements
 * (values that do not fit are an error). No other conversion is done; the array's type is the
 * file's then. The bytes are untrusted.
 */
bool npy_parse(const unsigned char *bytes, size_t size, hinge_type wanted, struct array *array,
               hinge_error *error);
bool npy_read(const char *path, hinge_type wanted, struct array *array, hinge_error *error);

/* Writes version 1 (or 3 where version 1 has no room), C order, little endian; the types without a
 * name of NumPy's as npy_parse reads them. Strings must be UTF-8 and have no trailing zeros. */
bool npy_write(const char *path, const hinge_tensor *tensor, hinge_error *error);

#endif
