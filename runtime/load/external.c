/* External data: which file, and where in it. */
#include "load/parts.h"

#include <string.h>

/* Digits only: no sign, no space, no overflow. */
static bool parse_size(const char *text, size_t *value)
{
    size_t result = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++)
        if (*text < '0' || *text > '9' || !memory_multiply(result, 10, &result) ||
            !memory_add(result, (size_t)(*text - '0'), &result))
            return false;
    *value = result;
    return true;
}

static const char *entry(const Onnx__TensorProto *proto, const char *key)
{
    for (size_t i = 0; i < proto->n_external_data; i++) {
        const Onnx__StringStringEntryProto *pair = proto->external_data[i];
        if (pair->key && pair->value && strcmp(pair->key, key) == 0)
            return pair->value;
    }
    return NULL;
}

hinge_status load_external(struct load *load, const Onnx__TensorProto *proto, size_t size,
                           struct load_file **file, size_t *offset)
{
    const char *location = entry(proto, "location");
    const char *offset_text = entry(proto, "offset"), *length_text = entry(proto, "length");
    size_t length = size;
    *offset = 0;
    if (!location)
        return status_fail(load->error, HINGE_BAD_MODEL, "has external data without a location");
    if (offset_text && !parse_size(offset_text, offset))
        return status_fail(load->error, HINGE_BAD_MODEL, "has external data at offset \"%.40s\"",
                           offset_text);
    if (length_text && !parse_size(length_text, &length))
        return status_fail(load->error, HINGE_BAD_MODEL, "has external data of length \"%.40s\"",
                           length_text);
    if (length != size)
        return status_fail(load->error, HINGE_BAD_MODEL,
                           "should have %zu bytes by its shape, but has %zu", size, length);
    hinge_status status = files_external(load->files, location, file, load->error);
    if (status)
        return status;
    if (!(*file)->is_counted && !load->options.memory_budget && load->budget)
        budget_add(load->budget, (*file)->stored);
    (*file)->is_counted = true;
    if (*offset > (*file)->size || size > (*file)->size - *offset)
        return status_fail(load->error, HINGE_BAD_MODEL,
                           "needs %zu bytes at %zu of \"%.200s\", which has %zu", size, *offset,
                           location, (*file)->size);
    return HINGE_OK;
}
