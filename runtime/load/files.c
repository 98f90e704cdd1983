/* What is outside of this file sees bytes; only here are there descriptors, maps and paths. */
#define _DEFAULT_SOURCE /* realpath, madvise */

#include "load/files.h"

#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What of a map may be in memory while it is read. */
#define READ_AT_ONCE ((size_t)4 << 20)

struct load_files {
    const hinge_allocator *allocator;
    struct arena arena;
    struct load_file *first; /* the model's own */
    const char *folder;      /* resolved; NULL for a model in memory */
};

static hinge_status fail_errno(hinge_error *error, const char *path)
{
    char text[128];
    if (strerror_r(errno, text, sizeof text))
        text[0] = '\0';
    return status_fail(error, HINGE_IO, "\"%.300s\" cannot be read: %s", path, text);
}

/* The descriptor is open for a regular file, and stays so. */
static hinge_status map_descriptor(int descriptor, const char *path, struct load_file *file,
                                   hinge_error *error)
{
    struct stat about;
    if (fstat(descriptor, &about))
        return fail_errno(error, path);
    if (!S_ISREG(about.st_mode))
        return status_fail(error, HINGE_IO, "\"%.300s\" is not a regular file", path);
    file->device = about.st_dev;
    file->inode = about.st_ino;
    if ((uintmax_t)about.st_size > SIZE_MAX / 2)
        return status_fail(error, HINGE_LIMIT, "\"%.300s\" is too large to be mapped", path);
    file->size = (size_t)about.st_size;
    file->bytes = (const uint8_t *)"";
    if (file->size == 0)
        return HINGE_OK;
    void *map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (map == MAP_FAILED)
        return fail_errno(error, path);
    file->bytes = map;
    file->is_mapped = true;
    return HINGE_OK;
}

static hinge_status map_path(const char *path, int flags, struct load_file *file,
                             hinge_error *error)
{
    /* Without O_NONBLOCK, opening a named pipe waits for its writer. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
    if (descriptor < 0)
        return fail_errno(error, path);
    hinge_status status = map_descriptor(descriptor, path, file, error);
    close(descriptor);
    return status;
}

static struct load_file *add_file(struct load_files *files, const char *location)
{
    struct load_file *file = arena_alloc(&files->arena, sizeof *file);
    if (!file)
        return NULL;
    file->location = arena_string(&files->arena, location, strlen(location));
    return file->location ? file : NULL;
}

/* With room for the model's own file. NULL when there is no memory. */
static struct load_files *create(const hinge_allocator *allocator)
{
    struct load_files *files = memory_alloc_zeroed(allocator, sizeof *files);
    if (!files)
        return NULL;
    files->allocator = files->arena.allocator = allocator;
    files->first = add_file(files, "");
    if (files->first)
        return files;
    files_close(files);
    return NULL;
}

/* The folder of the model's path as given: a model that is itself a link keeps its data beside the
 * link. */
static hinge_status resolve_folder(struct load_files *files, const char *path, hinge_error *error)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    const char *folder =
        slash ? arena_string(&files->arena, path, size) : arena_string(&files->arena, ".", 1);
    if (!folder)
        return status_no_memory(error);
    char real[PATH_MAX];
    if (!realpath(folder, real))
        return fail_errno(error, folder);
    files->folder = arena_string(&files->arena, real, strlen(real));
    return files->folder ? HINGE_OK : status_no_memory(error);
}

hinge_status files_open(const char *path, const hinge_allocator *allocator,
                        struct load_files **files, hinge_error *error)
{
    *files = create(allocator);
    if (!*files)
        return status_no_memory(error);
    hinge_status status = map_path(path, 0, (*files)->first, error);
    if (!status)
        status = resolve_folder(*files, path, error);
    if (status) {
        files_close(*files);
        *files = NULL;
    }
    return status;
}

hinge_status files_over(const void *bytes, size_t size, const hinge_allocator *allocator,
                        struct load_files **files, hinge_error *error)
{
    *files = create(allocator);
    if (!*files)
        return status_no_memory(error);
    (*files)->first->bytes = size ? bytes : "";
    (*files)->first->size = size;
    return HINGE_OK;
}

struct load_file *files_model(struct load_files *files)
{
    return files->first;
}

static bool leads_up(const char *location)
{
    for (const char *part = location; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || part[2] == '\0'))
            return true;
    }
    return false;
}

/* Writes the path of the file at location, with all links resolved, into real (PATH_MAX bytes). */
static hinge_status resolve(const struct load_files *files, const char *location, char *real,
                            hinge_error *error)
{
    char path[PATH_MAX];
    size_t folder_size = strlen(files->folder), size = strlen(location);
    if (folder_size + 1 + size + 1 > sizeof path)
        return status_fail(error, HINGE_IO, "external data \"%.100s…\": the path is too long",
                           location);
    memcpy(path, files->folder, folder_size);
    path[folder_size] = '/';
    memcpy(path + folder_size + 1, location, size + 1);
    if (!realpath(path, real))
        return fail_errno(error, path);
    bool is_root = folder_size == 1;
    if (strncmp(real, files->folder, folder_size) != 0 || (!is_root && real[folder_size] != '/'))
        return status_fail(error, HINGE_BAD_MODEL,
                           "external data \"%.200s\" leads out of the model's folder", location);
    return HINGE_OK;
}

hinge_status files_external(struct load_files *files, const char *location, struct load_file **file,
                            hinge_error *error)
{
    if (!files->folder)
        return status_fail(error, HINGE_UNSUPPORTED,
                           "external data \"%.200s\": a model in memory has no folder to look in",
                           location);
    if (location[0] == '\0' || location[0] == '/' || leads_up(location))
        return status_fail(error, HINGE_BAD_MODEL,
                           "external data \"%.200s\" is not a path below the model's folder",
                           location);
    struct load_file *last = files->first;
    for (; last->next; last = last->next)
        if (strcmp(last->next->location, location) == 0) {
            *file = last->next;
            return HINGE_OK;
        }
    char real[PATH_MAX];
    hinge_status status = resolve(files, location, real, error);
    if (status)
        return status;
    struct load_file *added = add_file(files, location);
    if (!added)
        return status_no_memory(error);
    status = map_path(real, O_NOFOLLOW, added, error);
    if (status)
        return status;
    last->next = added;
    *file = files->first;
    while ((*file)->device != added->device || (*file)->inode != added->inode)
        *file = (*file)->next;
    return HINGE_OK;
}

void files_done(struct load_file *file, size_t size)
{
    file->read += size;
    if (file->is_mapped && file->read >= READ_AT_ONCE) {
        (void)madvise((void *)file->bytes, file->size, MADV_DONTNEED);
        file->read = 0;
    }
}

void files_copy(struct load_file *file, size_t offset, size_t size, void *out)
{
    for (size_t done = 0; done < size;) {
        size_t chunk = size - done < READ_AT_ONCE ? size - done : READ_AT_ONCE;
        memcpy((uint8_t *)out + done, file->bytes + offset + done, chunk);
        files_done(file, chunk);
        done += chunk;
    }
}

void files_release(const struct load_files *files, const void *bytes, size_t size)
{
    const uint8_t *begin = bytes;
    for (const struct load_file *file = files->first; file; file = file->next) {
        const uint8_t *end = file->bytes + file->size;
        if (!file->is_mapped || begin < file->bytes || begin >= end || size > (size_t)(end - begin))
            continue;
        /* Up to the next page, and down to the last. */
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        uintptr_t head = -(uintptr_t)begin & (page - 1);
        uintptr_t tail = ((uintptr_t)begin + size) & (page - 1);
        if (head + tail < size)
            (void)madvise((void *)(begin + head), size - head - tail, MADV_DONTNEED);
    }
}

void files_close(struct load_files *files)
{
    if (!files)
        return;
    for (struct load_file *file = files->first; file; file = file->next)
        if (file->is_mapped)
            munmap((void *)file->bytes, file->size);
    struct arena arena = files->arena;
    memory_free(files->allocator, files);
    arena_free(&arena);
}
