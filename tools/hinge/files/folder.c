#include "files/folder.h"

#include "base/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(hinge_error *error, const char *path)
{
    return error_set(error, HINGE_IO, "%.400s: %s", path, strerror(errno));
}

bool folder_make(const char *path, hinge_error *error)
{
    struct stat status;
    if (mkdir(path, 0777) == 0)
        return true;
    if (errno == EEXIST && stat(path, &status) == 0) {
        errno = ENOTDIR;
        if (S_ISDIR(status.st_mode))
            return true;
    }
    return fail(error, path);
}

static bool is_real(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Opens what lies under name in the folder at; NULL, with errno, where it is no folder. */
static DIR *open_folder(int at, const char *name)
{
    int descriptor = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (!folder && descriptor >= 0)
        close(descriptor);
    return folder;
}

static void remove_at(int at, const char *name)
{
    DIR *folder = open_folder(at, name);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (is_real(entry->d_name))
            remove_at(dirfd(folder), entry->d_name);
    unlinkat(at, name, folder ? AT_REMOVEDIR : 0);
    if (folder)
        closedir(folder);
}

void folder_remove(const char *path)
{
    remove_at(AT_FDCWD, path);
}

static bool sync_at(int at, const char *name, bool deep)
{
    DIR *folder = open_folder(at, name);
    int file = folder ? dirfd(folder) : openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool ok = file >= 0;
    for (struct dirent *entry; ok && deep && folder && (entry = readdir(folder));)
        ok = !is_real(entry->d_name) || sync_at(file, entry->d_name, deep);
    /* Some file systems have no way to sync a folder, and say EINVAL. */
    ok = ok && (fsync(file) == 0 || errno == EINVAL);
    int reason = errno;
    if (folder)
        closedir(folder);
    else if (file >= 0)
        close(file);
    errno = reason;
    return ok;
}

bool folder_sync(const char *path, bool deep, hinge_error *error)
{
    return sync_at(AT_FDCWD, path, deep) || fail(error, path);
}

static int by_name(const void *a, const void *b)
{
    return names_compare(*(char *const *)a, *(char *const *)b);
}

bool folder_list(const char *path, bool (*take)(const char *name), char ***names, size_t *n,
                 hinge_error *error)
{
    DIR *folder = opendir(path);
    char **list = NULL;
    size_t count = 0;
    bool ok = folder || fail(error, path);
    while (ok) {
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (!entry) {
            ok = errno == 0 || fail(error, path);
            break;
        }
        if (!take(entry->d_name))
            continue;
        if ((count & (count - 1)) == 0) { /* at powers of two the list is full */
            char **bigger = realloc(list, (count ? 2 * count : 1) * sizeof *list);
            ok = bigger || error_no_memory(error);
            list = bigger ? bigger : list;
        }
        if (ok) {
            list[count] = strdup(entry->d_name);
            ok = list[count] || error_no_memory(error);
            count += ok;
        }
    }
    if (folder)
        closedir(folder);
    if (!ok) {
        folder_free_names(list, count);
        return false;
    }
    if (count)
        qsort(list, count, sizeof *list, by_name);
    *names = list;
    *n = count;
    return true;
}

void folder_free_names(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}
