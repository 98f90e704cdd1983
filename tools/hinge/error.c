#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(hinge_error *error, hinge_status status, const char *format, ...)
{
    error->status = status;
    error->node[0] = '\0';
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return false;
}

bool error_prefix(hinge_error *error, const char *format, ...)
{
    char prefix[sizeof error->message / 2], sentence[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    memcpy(sentence, error->message, sizeof sentence);
    int room = (int)(sizeof sentence - strlen(prefix) - sizeof ": ");
    snprintf(error->message, sizeof error->message, "%s: %.*s", prefix, room, sentence);
    return false;
}
