#include "base/array.h"

#include <hinge/plugin.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int64_t array_count(const hinge_tensor *tensor)
{
    return hinge_count(tensor);
}

size_t array_size(const hinge_tensor *tensor)
{
    return hinge_size(tensor->type, hinge_count(tensor));
}

bool array_create(struct array *array, hinge_type type, int32_t rank, const int64_t *dims,
                  hinge_error *error)
{
    *array = (struct array){0};
    if (hinge_type_bits(type) == 0)
        return error_set(error, HINGE_UNSUPPORTED, "element type %d is unknown", (int)type);
    if (rank < 0 || rank > HINGE_MAX_RANK)
        return error_set(error, HINGE_LIMIT, "rank %d is outside 0 to %d", rank, HINGE_MAX_RANK);
    hinge_tensor tensor = {.type = type, .rank = rank};
    int64_t bits = hinge_type_bits(type);
    bool fits = true;
    for (int32_t i = 0; i < rank; i++) {
        if (dims[i] < 0)
            return error_set(error, HINGE_BAD_SHAPE, "dimension %d is %" PRId64, i, dims[i]);
        tensor.dims[i] = dims[i];
        fits = fits && !__builtin_mul_overflow(bits, dims[i], &bits);
    }
    if (!fits || bits > INT64_MAX - 8)
        return error_set(error, HINGE_LIMIT, "the shape has more elements than can be addressed");
    tensor.data = calloc((size_t)bits / 8 + 1, 1);
    if (!tensor.data)
        return error_no_memory(error);
    array->tensor = tensor;
    return true;
}

void array_free(struct array *array)
{
    if (array->value)
        hinge_value_free(array->value);
    else
        free(array->tensor.data);
    free(array->text);
    *array = (struct array){0};
}

void array_canonicalise(struct array *array)
{
    unsigned char *data = array->tensor.data;
    size_t size = array_size(&array->tensor), bits = hinge_type_bits(array->tensor.type);
    if (array->tensor.type == HINGE_BOOL)
        for (size_t i = 0; i < size; i++)
            data[i] = data[i] != 0;
    size_t used = bits < 8 ? (size_t)array_count(&array->tensor) * bits % 8 : 0;
    if (used)
        data[size - 1] &= (unsigned char)((1u << used) - 1);
}
