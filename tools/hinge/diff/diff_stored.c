#include "diff/diff_stored.h"

#include "files/value_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int holds_value(const struct dirent *entry)
{
    return value_file_is_one(entry->d_name);
}

bool diff_stored_open(struct diff_stored *stored, const char *folder, bool is_test,
                      hinge_error *error)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, holds_value, alphasort);
    if (n < 0)
        return error_set(error, HINGE_IO, "%.400s: %s", folder, strerror(errno));
    *stored = (struct diff_stored){.folder = folder,
                                   .files = calloc((size_t)n + 1, sizeof *stored->files),
                                   .seen = calloc((size_t)n + 1, sizeof *stored->seen),
                                   .is_test = is_test};
    bool ok = (stored->files && stored->seen) || error_no_memory(error);
    for (int i = 0; i < n; i++) {
        bool counts = !is_test || strncmp(entries[i]->d_name, "output_", 7) == 0;
        if (ok && counts) {
            stored->files[stored->n] = strdup(entries[i]->d_name);
            ok = stored->files[stored->n++] || error_no_memory(error);
        }
        free(entries[i]);
    }
    free(entries);
    if (ok && stored->n == 0)
        ok = error_set(error, HINGE_BAD_ARGUMENT, "%.400s holds no %s", folder,
                       is_test ? "output_0.pb" : ".npy or .pb file");
    if (!ok)
        diff_stored_close(stored);
    return ok;
}

/* Whether the file is wanted.npy or wanted.pb. */
static bool is_named(const char *file, const char *wanted)
{
    size_t size = strlen(wanted);
    return strncmp(file, wanted, size) == 0 && file[size] == '.' && !strchr(file + size + 1, '.');
}

/* The index of the value's file; SIZE_MAX where there is none, or it could be several. */
static size_t find_file(const struct diff_stored *stored, const char *name, size_t output)
{
    char file[VALUE_FILE_NAME_SIZE], numbered[32];
    bool is_itself = value_file_name(file, name);
    size_t found = SIZE_MAX, n_found = 0;
    snprintf(numbered, sizeof numbered, "output_%zu", output);
    for (size_t i = 0; i < stored->n; i++) {
        const char *behind = value_file_behind_index(stored->files[i]);
        if (stored->is_test) {
            if (output != SIZE_MAX && is_named(stored->files[i], numbered))
                return i;
            continue;
        }
        if (is_named(stored->files[i], name))
            return i;
        if (!is_itself &&
            (is_named(stored->files[i], file) || (behind && is_named(behind, file)))) {
            found = i;
            n_found++;
        }
    }
    return n_found == 1 ? found : SIZE_MAX;
}

bool diff_stored_find(const struct diff_stored *stored, const char *name, size_t output,
                      hinge_type_code type, struct array *array, enum diff_verdict **seen,
                      hinge_error *error)
{
    char path[4096];
    size_t index = find_file(stored, name, output);
    *seen = NULL;
    if (index == SIZE_MAX)
        return true;
    int n = snprintf(path, sizeof path, "%s/%s", stored->folder, stored->files[index]);
    if (n < 0 || (size_t)n >= sizeof path)
        return error_set(error, HINGE_LIMIT, "the path is too long");
    if (!value_file_read(path, type, array, error))
        return error_prefix(error, "value \"%.100s\"", name);
    *seen = &stored->seen[index];
    return true;
}

void diff_stored_close(struct diff_stored *stored)
{
    for (size_t i = 0; stored->files && i < stored->n; i++)
        free(stored->files[i]);
    free(stored->files);
    free(stored->seen);
    *stored = (struct diff_stored){0};
}
