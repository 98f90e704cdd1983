#include "base/error.h"

#include "base/text.h"

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

void error_say(const char *kind, const char *sentence)
{
    fprintf(stderr, "hinge: %s", kind);
    text_print(stderr, sentence, 0);
    putc('\n', stderr);
}

int error_fail(const hinge_error *error)
{
    fflush(stdout);
    error_say("", error->message);
    return 1;
}
