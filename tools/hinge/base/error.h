/* How the parts of the command hand a failure up: one sentence in a hinge_error. */
#ifndef TOOL_ERROR_H
#define TOOL_ERROR_H

#include <hinge/hinge.h>

/* Fills *error and returns false, so that a function can end with it. */
bool error_set(hinge_error *error, hinge_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Inline, so that an analyzer sees that it is false. */
static inline bool error_no_memory(hinge_error *error)
{
    error_set(error, HINGE_NO_MEMORY, "out of memory");
    return false;
}
/* Writes "hinge: kind sentence" to stderr, without control characters. */
void error_say(const char *kind, const char *sentence);
/* The same for an error, after what stdout still holds; returns the exit status 1. */
int error_fail(const hinge_error *error);
/* Puts "prefix: " in front of the sentence. Returns false. */
bool error_prefix(hinge_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
