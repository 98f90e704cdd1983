#include "files/json.h"

#include "base/text.h"
#include "files/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *json_text(const char *text, size_t size)
{
    json_t *string = json_stringn(text, size);
    if (string)
        return string;
    char *copy = calloc(size + 1, strlen(TEXT_REPLACEMENT)), *end = copy;
    if (!copy)
        return NULL;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t n = text_code_point(text + i, size - i, &code);
        const char *from = n ? text + i : TEXT_REPLACEMENT;
        size_t from_size = n ? n : strlen(TEXT_REPLACEMENT);
        memcpy(end, from, from_size);
        end += from_size;
        i += n ? n : 1;
    }
    string = json_stringn(copy, (size_t)(end - copy));
    free(copy);
    return string;
}

json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_any_number(double value)
{
    return isfinite(value) ? json_real(value)
                           : json_string(isnan(value) ? "NaN"
                                         : value > 0  ? "Infinity"
                                                      : "-Infinity");
}

void json_put(json_t *object, const char *key, json_t *value, bool *good)
{
    if (json_object_set_new(object, key, value) != 0)
        *good = false;
}

void json_add(json_t *array, json_t *value, bool *good)
{
    if (json_array_append_new(array, value) != 0)
        *good = false;
}

json_t *json_dims(const hinge_tensor *tensor)
{
    if (tensor->rank < 0)
        return json_null();
    json_t *dims = json_array();
    bool good = dims != NULL;
    for (int32_t i = 0; i < tensor->rank; i++)
        json_add(dims, tensor->dims[i] < 0 ? json_null() : json_integer(tensor->dims[i]), &good);
    if (good)
        return dims;
    json_decref(dims);
    return NULL;
}

static int finish(json_t *root, bool good, const char *path, size_t n_digits)
{
    hinge_error error;
    char *text = good ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(n_digits)) : NULL;
    json_decref(root);
    bool ok = text || error_no_memory(&error);
    if (ok && path)
        ok = file_write(path, &(struct file_part){text, strlen(text)}, 1, &error);
    else if (ok)
        puts(text);
    free(text);
    return ok ? 0 : error_fail(&error);
}

int json_finish(json_t *root, bool good, const char *path)
{
    return finish(root, good, path, 9);
}

int json_finish_exact(json_t *root, bool good, const char *path)
{
    return finish(root, good, path, 17);
}
