/* Whole files in and out of memory, and their paths. */
#ifndef TOOL_FILE_H
#define TOOL_FILE_H

#include "base/error.h"

/* Whether the path is "-", which stands for standard input or output. */
bool file_is_standard(const char *path);

/* The file's bytes, and a zero behind them, to be freed by the caller. Reads pipes too. */
bool file_read(const char *path, unsigned char **bytes, size_t *size, hinge_error *error);

/* Writes the parts one after the other into a new file that replaces path only when it is
 * complete. A path that is not a regular file (a pipe, /dev/stdout) is written directly. */
struct file_part {
    const void *bytes;
    size_t size;
};
bool file_write(const char *path, const struct file_part *parts, size_t n_parts,
                hinge_error *error);

bool file_has_suffix(const char *path, const char *suffix);

/* Takes the slashes off the end of a folder's path, so that "%s/name" has one. Returns path. */
char *file_trim_folder(char *path);

#endif
