/* Reads the JSON array of a tensor's elements. */
#ifndef SERVE_ELEMENTS_READER_H
#define SERVE_ELEMENTS_READER_H

#include "base/error.h"

/* Into tensor's zeroed data; the bytes of strings into text, which has room for size. Complex
 * tensors are given as their parts. Fails where json is not just the tensor's elements. */
bool elements_read(hinge_tensor *tensor, char *text, const char *json, size_t size,
                   hinge_error *error);

#endif
