#include "files/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

static bool fail(hinge_error *error, const char *path)
{
    return error_set(error, HINGE_IO, "%s: %s", path, strerror(errno));
}

bool file_read(const char *path, unsigned char **bytes, size_t *size, hinge_error *error)
{
    bool is_standard = file_is_standard(path);
    FILE *file = is_standard ? stdin : fopen(path, "rb");
    if (!file)
        return fail(error, path);
    struct stat status;
    size_t capacity = 65536, used = 0, n;
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        capacity = (size_t)status.st_size + 1;
    unsigned char *buffer = malloc(capacity);
    while (buffer && (n = fread(buffer + used, 1, capacity - used, file)) > 0) {
        used += n;
        if (used < capacity)
            continue;
        unsigned char *bigger = capacity <= SIZE_MAX / 2 ? realloc(buffer, capacity * 2) : NULL;
        if (!bigger)
            free(buffer);
        buffer = bigger;
        capacity *= 2;
    }
    bool ok = buffer != NULL;
    if (!ok)
        error_no_memory(error);
    else if (ferror(file))
        ok = fail(error, path);
    if (!is_standard)
        fclose(file);
    if (!ok) {
        free(buffer);
        return false;
    }
    buffer[used] = '\0'; /* the buffer is never full */
    *bytes = buffer;
    *size = used;
    return true;
}

static bool write_parts(FILE *file, const struct file_part *parts, size_t n_parts)
{
    bool ok = true;
    for (size_t i = 0; i < n_parts && ok; i++)
        ok = fwrite(parts[i].bytes, 1, parts[i].size, file) == parts[i].size;
    return ((file == stdout ? fflush(file) : fclose(file)) == 0) & ok;
}

bool file_write(const char *path, const struct file_part *parts, size_t n_parts, hinge_error *error)
{
    struct stat status;
    if (file_is_standard(path))
        return write_parts(stdout, parts, n_parts) || fail(error, path);
    if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        FILE *file = fopen(path, "wb");
        return (file && write_parts(file, parts, n_parts)) || fail(error, path);
    }
    size_t length = strlen(path);
    char *temporary = malloc(length + 8);
    if (!temporary)
        return error_no_memory(error);
    memcpy(temporary, path, length);
    memcpy(temporary + length, ".XXXXXX", 8);
    bool ok = false;
    int descriptor = mkstemp(temporary);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (file) {
        mode_t mask = umask(0);
        umask(mask);
        ok = fchmod(descriptor, 0666 & ~mask) == 0;
        ok = write_parts(file, parts, n_parts) && ok && rename(temporary, path) == 0;
    } else if (descriptor >= 0) {
        close(descriptor);
    }
    if (!ok) {
        fail(error, path);
        if (descriptor >= 0)
            unlink(temporary);
    }
    free(temporary);
    return ok;
}

bool file_has_suffix(const char *path, const char *suffix)
{
    size_t length = strlen(path), n = strlen(suffix);
    return length >= n && strcmp(path + length - n, suffix) == 0;
}

char *file_trim_folder(char *path)
{
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    return path;
}
