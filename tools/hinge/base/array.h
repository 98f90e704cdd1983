/* A value that owns its memory: what is read from files, made at random, or kept from a run. */
#ifndef TOOL_ARRAY_H
#define TOOL_ARRAY_H

#include "base/error.h"

#include <hinge/value.h>

struct array {
    hinge_tensor tensor;
    char *text;         /* where the bytes of a string tensor lie */
    hinge_value *value; /* where tensor is part of it, all that tensor leads to */
};

/* Zeroed data of the type and dims. Fails where the type is none, rank or a dimension is negative,
 * rank is above HINGE_MAX_RANK, or the size does not fit or cannot be had. On failure *array is
 * empty, and array_free may be called on it. */
bool array_create(struct array *array, hinge_type type, int32_t rank, const int64_t *dims,
                  hinge_error *error);
/* Leaves an empty array; calling it again does no harm. */
void array_free(struct array *array);

/* Makes bytes that come from outside what hinge_tensor promises: bools 0 or 1, padding bits 0. */
void array_canonicalise(struct array *array);

/* Elements and bytes of a tensor whose shape was checked by array_create or comes out of a run. */
int64_t array_count(const hinge_tensor *tensor);
size_t array_size(const hinge_tensor *tensor);

#endif
