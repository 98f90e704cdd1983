#include "serve/body/elements.h"

#include "base/number.h"
#include "serve/body/elements_reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool allocate(struct elements *elements, size_t size, size_t limit, hinge_error *error)
{
    if (size > limit)
        return error_set(error, HINGE_LIMIT, "the tensor takes %zu bytes, more than %zu", size,
                         limit);
    elements->data = calloc(size + 1, 1);
    elements->tensor.data = elements->data;
    return elements->data || error_no_memory(error);
}

static bool sizes(const hinge_tensor *tensor, int64_t *count, int64_t *size, hinge_error *error)
{
    *count = hinge_tensor_count(tensor);
    *size = hinge_tensor_size(tensor);
    return (*count >= 0 && *size >= 0) ||
           error_set(error, HINGE_LIMIT, "the shape has more elements than can be addressed");
}

bool elements_from_json(struct elements *elements, const char *json, size_t size, size_t limit,
                        hinge_error *error)
{
    int64_t count, bytes;
    hinge_tensor *tensor = &elements->tensor;
    if (!sizes(tensor, &count, &bytes, error))
        return false;
    /* Before memory is taken for it: an element takes two characters. */
    if (count > 0 && (uint64_t)count > size / 2)
        return error_set(error, HINGE_BAD_SHAPE, "data has fewer elements than the shape, %" PRId64,
                         count);
    if (!allocate(elements, (size_t)bytes, limit, error))
        return false;
    /* A string's bytes are never more than what they are written as. */
    if (tensor->type == HINGE_STRING && !(elements->text = malloc(size)))
        return error_no_memory(error);
    hinge_tensor parts = number_parts(tensor);
    return elements_read(&parts, elements->text, json, size, error);
}

static bool strings(struct elements *elements, const char *data, size_t size, int64_t count,
                    size_t limit, hinge_error *error)
{
    /* Each has its length in front of it. */
    if ((uint64_t)count > size / 4)
        return error_set(error, HINGE_BAD_SHAPE, "%zu bytes hold no %" PRId64 " BYTES elements",
                         size, count);
    if (!allocate(elements, (size_t)count * sizeof(hinge_string), limit, error))
        return false;
    hinge_string *string = elements->data;
    size_t at = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t length;
        if (size - at < sizeof length)
            return error_set(error, HINGE_BAD_SHAPE, "the data end before element %" PRId64, i);
        memcpy(&length, data + at, sizeof length);
        at += sizeof length;
        if (length > size - at)
            return error_set(error, HINGE_BAD_SHAPE, "the data end within element %" PRId64, i);
        string[i] = (hinge_string){data + at, length};
        at += length;
    }
    return at == size ||
           error_set(error, HINGE_BAD_SHAPE, "%zu bytes follow behind the last element", size - at);
}

bool elements_from_binary(struct elements *elements, char *data, size_t size, size_t limit,
                          hinge_error *error)
{
    int64_t count, bytes;
    hinge_tensor *tensor = &elements->tensor;
    if (!sizes(tensor, &count, &bytes, error))
        return false;
    if (tensor->type == HINGE_STRING)
        return strings(elements, data, size, count, limit, error);
    if ((uint64_t)bytes != size)
        return error_set(error, HINGE_BAD_SHAPE, "%zu bytes of data where the shape takes %" PRId64,
                         size, bytes);
    if (size > limit)
        return error_set(error, HINGE_LIMIT, "the tensor takes %zu bytes, more than %zu", size,
                         limit);
    struct array array = {.tensor = *tensor};
    array.tensor.data = data;
    if ((uintptr_t)data % _Alignof(max_align_t) != 0) {
        if (!allocate(elements, size, limit, error))
            return false;
        array.tensor.data = memcpy(elements->data, data, size);
    }
    array_canonicalise(&array);
    *tensor = array.tensor;
    return true;
}

void elements_free(struct elements *elements)
{
    free(elements->data);
    free(elements->text);
    *elements = (struct elements){0};
}

static void number(struct bytes *bytes, const hinge_tensor *tensor, int64_t i)
{
    if (tensor->type == HINGE_BOOL) {
        bytes_text(bytes, number_bits(tensor, i) ? "true" : "false");
    } else if (number_is_float(tensor->type)) {
        double value = number_value(tensor, i);
        if (isnan(value))
            bytes_text(bytes, "\"NaN\"");
        else if (isinf(value))
            bytes_text(bytes, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
        else if (value == 0) /* of -0 many a reader makes an integer, which has no sign */
            bytes_text(bytes, signbit(value) ? "-0.0" : "0");
        else
            bytes_format(bytes, "%.*g", tensor->type == HINGE_DOUBLE ? 17 : 9, value);
    } else if (number_is_signed(tensor->type)) {
        unsigned unused =
            64 - (unsigned)(hinge_tensor_size(tensor) * 8 / hinge_tensor_count(tensor));
        bytes_format(bytes, "%" PRId64, (int64_t)(number_bits(tensor, i) << unused) >> unused);
    } else {
        bytes_format(bytes, "%" PRIu64, number_bits(tensor, i));
    }
}

void elements_to_json(struct bytes *bytes, const hinge_tensor *tensor)
{
    hinge_tensor parts = number_parts(tensor);
    int64_t count = array_count(&parts);
    bytes_text(bytes, "[");
    for (int64_t i = 0; i < count && !bytes->failed; i++) {
        if (i > 0)
            bytes_text(bytes, ",");
        if (parts.type == HINGE_STRING) {
            const hinge_string *string = (const hinge_string *)parts.data + i;
            bytes_json_string(bytes, string->bytes, string->size);
        } else {
            number(bytes, &parts, i);
        }
    }
    bytes_text(bytes, "]");
}

void elements_to_binary(struct bytes *bytes, const hinge_tensor *tensor)
{
    if (tensor->type != HINGE_STRING) {
        bytes_add(bytes, tensor->data, array_size(tensor));
        return;
    }
    int64_t count = array_count(tensor);
    const hinge_string *string = tensor->data;
    for (int64_t i = 0; i < count && !bytes->failed; i++) {
        uint32_t length = (uint32_t)string[i].size;
        /* The protocol has no longer ones. */
        bytes->failed |= string[i].size > UINT32_MAX;
        bytes_add(bytes, &length, sizeof length);
        bytes_add(bytes, string[i].bytes, length);
    }
}
