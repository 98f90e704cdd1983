/* What is outside of this file sees bytes; only here are there descriptors, maps and paths. */
#define _DEFAULT_SOURCE /* realpath, madvise */

#include "load/files.h"

#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a model's files together, the bytes that are read into memory, never to be given back before
 * the model is closed. */
#define READ_IN_ALL ((size_t)1 << 20)
/* What of a map may be in memory while it is read. */
#define READ_AT_ONCE ((size_t)4 << 20)

struct load_files {
    const hinge_allocator *allocator;
    struct arena arena;
    struct load_file *first; /* the model's own */
    /* Where external data may be, resolved: the folder of the model's path and, where that is a
     * link, the folder of the file that it leads to. NULL for a model in memory, or no link. */
    const char *folders[2];
    size_t n_read; /* bytes of files that were read, not mapped */
};

static hinge_status fail_errno(hinge_error *error, const char *path)
{
    char text[128];
    if (strerror_r(errno, text, sizeof text))
        text[0] = '\0';
    return status_fail(error, HINGE_IO, "\"%.300s\" cannot be read: %s", path, text);
}

static hinge_status read_descriptor(struct load_files *files, int descriptor, const char *path,
                                    struct load_file *file, hinge_error *error)
{
    uint8_t *bytes = memory_alloc(files->allocator, file->size);
    if (!bytes)
        return status_no_memory(error);
    file->bytes = bytes;
    file->is_read = true;
    files->n_read += file->size;
    for (size_t done = 0; done < file->size;) {
        ssize_t n = read(descriptor, bytes + done, file->size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(error, path);
        if (n == 0)
            return status_fail(error, HINGE_IO, "\"%.300s\" became shorter while it was read",
                               path);
        done += (size_t)n;
    }
    return HINGE_OK;
}

/* The descriptor is open for a regular file, and stays so. */
static hinge_status take_descriptor(struct load_files *files, int descriptor, const char *path,
                                    struct load_file *file, hinge_error *error)
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
    size_t on_disk = (size_t)about.st_blocks * 512;
    file->stored = on_disk < file->size ? on_disk : file->size;
    file->bytes = (const uint8_t *)"";
    if (file->size == 0)
        return HINGE_OK;
    if (file->size <= READ_IN_ALL - files->n_read)
        return read_descriptor(files, descriptor, path, file, error);
    void *map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (map == MAP_FAILED)
        return fail_errno(error, path);
    file->bytes = map;
    file->is_mapped = true;
    return HINGE_OK;
}

/* On failure file may hold memory all the same. */
static hinge_status take_path(struct load_files *files, const char *path, int flags,
                              struct load_file *file, hinge_error *error)
{
    /* Without O_NONBLOCK, opening a named pipe waits for its writer. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
    if (descriptor < 0)
        return fail_errno(error, path);
    hinge_status status = take_descriptor(files, descriptor, path, file, error);
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

/* Copies the folder of path, which is "." where it has no slash. NULL where there is no memory. */
static const char *folder_of(struct load_files *files, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? arena_string(&files->arena, path, slash == path ? 1 : (size_t)(slash - path))
                 : arena_string(&files->arena, ".", 1);
}

/* A download cache keeps files under their hashes, and links to them, by name, in another folder:
 * such a model's data lie beside the link, and beside what it leads to. */
static hinge_status resolve_folders(struct load_files *files, const char *path, hinge_error *error)
{
    char real[PATH_MAX];
    const char *folder = folder_of(files, path);
    if (!folder)
        return status_no_memory(error);
    if (!realpath(folder, real))
        return fail_errno(error, folder);
    files->folders[0] = arena_string(&files->arena, real, strlen(real));
    if (!realpath(path, real))
        return fail_errno(error, path);
    folder = folder_of(files, real);
    if (!files->folders[0] || !folder)
        return status_no_memory(error);
    if (strcmp(folder, files->folders[0]) != 0)
        files->folders[1] = folder;
    return HINGE_OK;
}

hinge_status files_open(const char *path, const hinge_allocator *allocator,
                        struct load_files **files, hinge_error *error)
{
    *files = create(allocator);
    if (!*files)
        return status_no_memory(error);
    hinge_status status = take_path(*files, path, 0, (*files)->first, error);
    if (!status)
        status = resolve_folders(*files, path, error);
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

static bool is_below(const char *real, const char *folder)
{
    size_t size = strlen(folder);
    return strncmp(real, folder, size) == 0 && (size == 1 || real[size] == '/');
}

/* Writes the path of the file at location in folder, with all links resolved, into real (PATH_MAX
 * bytes). *is_there is false where there is none. */
static hinge_status resolve_in(const struct load_files *files, const char *folder,
                               const char *location, char *real, bool *is_there, hinge_error *error)
{
    char path[PATH_MAX];
    size_t folder_size = strlen(folder), size = strlen(location);
    *is_there = true;
    if (folder_size + 1 + size + 1 > sizeof path)
        return status_fail(error, HINGE_IO, "external data \"%.100s…\": the path is too long",
                           location);
    memcpy(path, folder, folder_size);
    path[folder_size] = '/';
    memcpy(path + folder_size + 1, location, size + 1);
    if (!realpath(path, real)) {
        *is_there = errno != ENOENT;
        return fail_errno(error, path);
    }
    if (!is_below(real, files->folders[0]) &&
        !(files->folders[1] && is_below(real, files->folders[1])))
        return status_fail(error, HINGE_BAD_MODEL,
                           "external data \"%.200s\" leads out of the model's folder", location);
    return HINGE_OK;
}

static hinge_status resolve(const struct load_files *files, const char *location, char *real,
                            hinge_error *error)
{
    bool is_there;
    hinge_status status = resolve_in(files, files->folders[0], location, real, &is_there, error);
    hinge_error unused;
    if (!is_there && files->folders[1] &&
        !resolve_in(files, files->folders[1], location, real, &is_there, &unused))
        return HINGE_OK;
    return status;
}

hinge_status files_external(struct load_files *files, const char *location, struct load_file **file,
                            hinge_error *error)
{
    if (!files->folders[0])
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
    last->next = added; /* to be given back with the others, whatever comes */
    status = take_path(files, real, O_NOFOLLOW, added, error);
    if (status)
        return status;
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
        else if (file->is_read)
            memory_free(files->allocator, (void *)file->bytes);
    struct arena arena = files->arena;
    memory_free(files->allocator, files);
    arena_free(&arena);
}

static bool write_all(int descriptor, const uint8_t *bytes, size_t size)
{
    while (size) {
        ssize_t n = write(descriptor, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

static hinge_status fail_write(hinge_error *error, const char *path)
{
    char text[128];
    if (strerror_r(errno, text, sizeof text))
        text[0] = '\0';
    return status_fail(error, HINGE_IO, "\"%.300s\" cannot be written: %s", path, text);
}

/* A file beside path that was not there before; its name goes to temporary, whose size is enough
 * for path and 32 bytes. -1 where there can be none. */
static int create_beside(const char *path, char *temporary, size_t size)
{
    int descriptor = -1;
    for (unsigned attempt = 0; descriptor < 0 && attempt < 1000; attempt++) {
        (void)snprintf(temporary, size, "%s.%ld-%u", path, (long)getpid(), attempt);
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST)
            break;
    }
    return descriptor;
}

static hinge_status replace(const char *path, char *temporary, size_t temporary_size,
                            const void *bytes, size_t size, hinge_error *error)
{
    int descriptor = create_beside(path, temporary, temporary_size);
    if (descriptor < 0)
        return fail_write(error, path);
    bool ok = write_all(descriptor, bytes, size);
    hinge_status status = ok ? HINGE_OK : fail_write(error, path);
    if (close(descriptor) && !status)
        status = fail_write(error, path);
    if (!status && rename(temporary, path))
        status = fail_write(error, path);
    if (status)
        (void)unlink(temporary);
    return status;
}

hinge_status files_write(const char *path, const void *bytes, size_t size,
                         const hinge_allocator *allocator, hinge_error *error)
{
    struct stat about;
    if (lstat(path, &about) == 0 && !S_ISREG(about.st_mode)) {
        int descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (descriptor < 0)
            return fail_write(error, path);
        bool ok = write_all(descriptor, bytes, size);
        hinge_status status = ok ? HINGE_OK : fail_write(error, path);
        if (close(descriptor) && !status)
            status = fail_write(error, path);
        return status;
    }
    size_t temporary_size = strlen(path) + 32;
    char *temporary = memory_alloc(allocator, temporary_size);
    if (!temporary)
        return status_no_memory(error);
    hinge_status status = replace(path, temporary, temporary_size, bytes, size, error);
    memory_free(allocator, temporary);
    return status;
}
