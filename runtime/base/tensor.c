#include "base/tensor.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* Bits of one element of a value's data. */
static size_t element_bits(hinge_type type)
{
    switch (type) {
#define TENSOR_BITS(name, number, bits, text)                                                      \
    case name: return bits;
        HINGE_TYPES(TENSOR_BITS)
#undef TENSOR_BITS
    default: return hinge_is_container(type) ? sizeof(hinge_tensor) * 8 : 0;
    }
}

bool tensor_size(const hinge_tensor *tensor, size_t *size)
{
    size_t count = 1, bits;
    bool empty = false;
    if (tensor->type == HINGE_SPARSE) { /* its dims are the dense tensor's */
        *size = 2 * sizeof *tensor;
        return true;
    }
    if (tensor->rank < 0 || tensor->rank > HINGE_MAX_RANK)
        return false;
    /* A zero does not excuse the others: whoever multiplies them in another order must fit too. */
    for (int32_t i = 0; i < tensor->rank; i++) {
        if (tensor->dims[i] < 0)
            return false;
        empty |= tensor->dims[i] == 0;
        if (tensor->dims[i] && !memory_multiply(count, (size_t)tensor->dims[i], &count))
            return false;
    }
    if (!memory_multiply(count, element_bits(tensor->type), &bits) || bits > PTRDIFF_MAX - 7)
        return false;
    *size = empty ? 0 : (bits + 7) / 8;
    return true;
}

bool tensor_same(const hinge_tensor *a, const hinge_tensor *b)
{
    if (a->type != b->type)
        return false;
    if (hinge_is_container(a->type))
        return true;
    return a->rank == b->rank &&
           (a->rank < 1 || memcmp(a->dims, b->dims, (size_t)a->rank * sizeof a->dims[0]) == 0);
}

bool tensor_fits(const hinge_tensor *tensor, const hinge_tensor *declared)
{
    if (declared->type != HINGE_NO_TYPE && declared->type != tensor->type)
        return false;
    if (declared->rank < 0 || hinge_is_container(declared->type))
        return true;
    if (declared->rank != tensor->rank)
        return false;
    for (int32_t d = 0; d < declared->rank; d++)
        if (declared->dims[d] >= 0 && declared->dims[d] != tensor->dims[d])
            return false;
    return true;
}

const char *tensor_shape_text(const hinge_tensor *tensor, char *text, size_t size)
{
    size_t used = 0;
    if (tensor->rank < 0)
        snprintf(text, size, "any rank");
    else if (tensor->rank > HINGE_MAX_RANK)
        snprintf(text, size, "rank %d", (int)tensor->rank);
    else
        snprintf(text, size, tensor->rank ? "" : "scalar");
    for (int32_t d = 0; d < tensor->rank && tensor->rank <= HINGE_MAX_RANK && used < size; d++) {
        const char *gap = d ? "x" : "";
        int n = tensor->dims[d] < 0
                    ? snprintf(text + used, size - used, "%s?", gap)
                    : snprintf(text + used, size - used, "%s%lld", gap, (long long)tensor->dims[d]);
        used += n > 0 ? (size_t)n : 0;
    }
    return text;
}

hinge_tensor tensor_of_code(hinge_type_code code)
{
    hinge_tensor tensor = {.type = (hinge_type)(code & 0xff), .rank = -1};
    if (hinge_is_container(tensor.type)) {
        tensor.rank = 1;
        tensor.dims[0] = -1;
    }
    return tensor;
}

bool tensor_is_code(hinge_type_code code)
{
    for (;; code = hinge_element_code(code)) {
        hinge_type type = (hinge_type)(code & 0xff);
        if (type == HINGE_MAP && (code >> 8 & 0xff) >= HINGE_N_TYPES)
            return false;
        if (!hinge_is_container(type))
            return code < HINGE_N_TYPES;
    }
}
