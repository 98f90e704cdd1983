/* The name of a temporary file or folder, for mkstemp or mkdtemp: in TMPDIR, or /tmp. */
#ifndef TESTS_SUPPORT_TEMPORARY_H
#define TESTS_SUPPORT_TEMPORARY_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEMPORARY_SIZE = 256 };

/* False if it does not fit. */
static inline bool temporary_name(char path[TEMPORARY_SIZE])
{
    const char *folder = getenv("TMPDIR");
    const int n =
        snprintf(path, TEMPORARY_SIZE, "%s/hinge-XXXXXX", folder && folder[0] ? folder : "/tmp");
    return n > 0 && n < TEMPORARY_SIZE;
}

#endif
