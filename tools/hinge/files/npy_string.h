/* Strings in .npy files: elements of a fixed width, padded with zeros; kind U holds 32-bit code
 * points, kind S bytes. */
#ifndef TOOL_NPY_STRING_H
#define TOOL_NPY_STRING_H

#include "base/array.h"

/* Fills a string array from elements of item bytes each, U as UTF-8. */
bool npy_take_strings(struct array *array, const unsigned char *data, size_t item, bool is_unicode,
                      bool is_big_endian, hinge_error *error);

/* The strings as little-endian code points, *width (at least 1) each; *data is the caller's to
 * free. Fails where a string is not UTF-8 or ends in a zero, which the format cannot keep. */
bool npy_make_strings(const hinge_tensor *tensor, unsigned char **data, size_t *width,
                      hinge_error *error);

#endif
