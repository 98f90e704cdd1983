#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

hinge_status status_fail(hinge_error *error, hinge_status status, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        error->node[0] = '\0';
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}

void status_prefix(hinge_error *error, const char *format, ...)
{
    if (!error)
        return;
    char prefix[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(prefix, sizeof prefix - 2, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof prefix - 2)
        return;
    size_t size = (size_t)n;
    prefix[size++] = ':';
    prefix[size++] = ' ';
    memmove(error->message + size, error->message, sizeof error->message - size);
    memcpy(error->message, prefix, size);
    error->message[sizeof error->message - 1] = '\0';
}

void status_prefix_path(hinge_error *error, const char *path)
{
    status_prefix(error, "\"%.300s\"", path);
}

hinge_status status_no_memory(hinge_error *error)
{
    return status_fail(error, HINGE_NO_MEMORY, "out of memory");
}

const char *hinge_status_text(hinge_status status)
{
    switch (status) {
#define STATUS_TEXT(name, text)                                                                    \
    case name: return text;
        HINGE_STATUSES(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "unknown status";
}

const char *hinge_type_text(hinge_type type)
{
    switch (type) {
#define TYPE_TEXT(name, number, bits, text)                                                        \
    case name: return text;
        HINGE_TYPES(TYPE_TEXT)
#undef TYPE_TEXT
    case HINGE_SEQUENCE: return "sequence";
    case HINGE_OPTIONAL: return "optional";
    case HINGE_MAP: return "map";
    case HINGE_SPARSE: return "sparse tensor";
    default: return "unknown type";
    }
}

static size_t append(char *buffer, size_t size, size_t at, const char *text)
{
    while (*text && at + 1 < size)
        buffer[at++] = *text++;
    if (at < size)
        buffer[at] = '\0';
    return at;
}

const char *hinge_type_code_text(hinge_type_code code, char *buffer, size_t size)
{
    size_t at = append(buffer, size, 0, ""), n_open = 0;
    for (;; code >>= 8) {
        hinge_type type = (hinge_type)(code & 255);
        if (type != HINGE_SEQUENCE && type != HINGE_OPTIONAL && type != HINGE_MAP)
            break;
        at = append(buffer, size, at,
                    type == HINGE_SEQUENCE   ? "seq("
                    : type == HINGE_OPTIONAL ? "optional("
                                             : "map(");
        n_open++;
        if (type != HINGE_MAP)
            continue;
        code >>= 8;
        at = append(buffer, size, at, code & 255 ? hinge_type_text((hinge_type)(code & 255)) : "?");
        at = append(buffer, size, at, ", ");
    }
    bool is_sparse = (code & 255) == HINGE_SPARSE;
    hinge_type element = (hinge_type)((is_sparse ? code >> 8 : code) & 255);
    if (is_sparse || element) {
        at = append(buffer, size, at, is_sparse ? "sparse_tensor(" : "tensor(");
        n_open++;
    }
    at = append(buffer, size, at, element ? hinge_type_text(element) : "?");
    while (n_open--)
        at = append(buffer, size, at, ")");
    return buffer;
}
