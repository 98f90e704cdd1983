/* Arithmetic on descriptions of values: sizes that fit, shapes and types as text. */
#ifndef BASE_TENSOR_H
#define BASE_TENSOR_H

#include <hinge/tensor.h>

/* A value of which nothing is known. */
#define TENSOR_UNKNOWN ((hinge_tensor){.type = HINGE_NO_TYPE, .rank = -1})

/* The size of a value's data in bytes; false where a dimension is unknown, negative, or it does not
 * fit. */
bool tensor_size(const hinge_tensor *tensor, size_t *size);

/* Whether rank and all dims are known and the size fits. */
static inline bool tensor_is_known(const hinge_tensor *tensor)
{
    size_t size;
    return tensor_size(tensor, &size);
}

/* Whether two descriptions have the same type, rank and dims. Those of containers are the same
 * whatever they hold. */
bool tensor_same(const hinge_tensor *a, const hinge_tensor *b);

/* Whether a tensor can stand where declared was promised: unknown parts of declared fit anything.
 */
bool tensor_fits(const hinge_tensor *tensor, const hinge_tensor *declared);

/* "2x3x?", "scalar", "any rank" into text. */
const char *tensor_shape_text(const hinge_tensor *tensor, char *text, size_t size);

/* The description of a value of that type of which no more is known: rank 1 for containers. */
hinge_tensor tensor_of_code(hinge_type_code code);

/* Whether code is the type of some value, levels that are not known (0) included. */
bool tensor_is_code(hinge_type_code code);

#endif
