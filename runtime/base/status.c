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
    default: return "unknown type";
    }
}
