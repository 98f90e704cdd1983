#include "serve/models/watch.h"

#include <dirent.h>
#include <hinge/inspect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Tells that a file is another one than before; all zero: there is none. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed, modified;
};

struct watched {
    char *path;
    struct stamp stamp;
    bool is_kept;
};

static struct stamp stamp_of(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return (struct stamp){0};
    return (struct stamp){status.st_dev, status.st_ino, status.st_size, status.st_ctim,
                          status.st_mtim};
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           is_same_time(&a->changed, &b->changed) && is_same_time(&a->modified, &b->modified);
}

/* The part of path up to its last slash, and that included. */
static int folder_size(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path) + 1 : 0;
}

/* name in the folder of the file at path; NULL: no memory. */
static char *beside(const char *path, const char *name)
{
    int size = folder_size(path);
    size_t room = (size_t)size + strlen(name) + 1;
    char *made = malloc(room);
    if (made)
        snprintf(made, room, "%.*s%s", size, path, name);
    return made;
}

/* Takes path over. */
static void add(struct watch *watch, char *path, bool is_kept)
{
    if (path && watch->n == watch->capacity) {
        size_t capacity = watch->capacity ? 2 * watch->capacity : 8;
        void *bigger = realloc(watch->files, capacity * sizeof *watch->files);
        if (!bigger) {
            free(path);
            path = NULL;
        } else {
            watch->files = bigger;
            watch->capacity = capacity;
        }
    }
    if (path)
        watch->files[watch->n++] = (struct watched){path, stamp_of(path), is_kept};
    else
        watch->failed = true;
}

void watch_begin(struct watch *watch, const char *path)
{
    watch_free(watch);
    char *folder_path = beside(path, ".");
    DIR *folder = folder_path ? opendir(folder_path) : NULL;
    add(watch, folder_path, false);
    /* Reading comes after the folder's stamp: what is new since changes that. */
    for (struct dirent *found; folder && (found = readdir(folder));)
        if (found->d_name[0] != '.')
            add(watch, beside(path, found->d_name), false);
    if (folder)
        closedir(folder);
}

static void keep(struct watch *watch, char *path)
{
    for (size_t i = 0; path && i < watch->n; i++)
        if (strcmp(watch->files[i].path, path) == 0) {
            watch->files[i].is_kept = true;
            free(path);
            return;
        }
    add(watch, path, true); /* in a folder below */
}

void watch_narrow(struct watch *watch, const char *path, const hinge_session *session)
{
    const char *location;
    const void *bytes;
    size_t size, n = 0;
    keep(watch, strdup(path));
    for (size_t i = 1; hinge_get_file(session, i, &location, &bytes, &size); i++)
        keep(watch, beside(path, location));
    for (size_t i = 0; i < watch->n; i++)
        if (watch->files[i].is_kept)
            watch->files[n++] = watch->files[i];
        else
            free(watch->files[i].path);
    watch->n = n;
}

bool watch_is_same(const struct watch *watch)
{
    for (size_t i = 0; i < watch->n; i++) {
        struct stamp now = stamp_of(watch->files[i].path);
        if (!is_same(&watch->files[i].stamp, &now))
            return false;
    }
    return watch->n > 0 && !watch->failed;
}

void watch_free(struct watch *watch)
{
    for (size_t i = 0; i < watch->n; i++)
        free(watch->files[i].path);
    free(watch->files);
    *watch = (struct watch){0};
}
