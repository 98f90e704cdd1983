#define _DEFAULT_SOURCE /* flock */

#include "host/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* In front of the bytes; in the byte order of the machine, which the magic number tells as well. */
struct header {
    uint64_t magic, size;
    struct hash key, content;
    uint64_t zero[2];
};

_Static_assert(sizeof(struct header) == MEMORY_ALIGNMENT, "the bytes behind it are aligned");

#define MAGIC 0x0131656863614348U /* "HCache1" and 1: the format's version */
#define NAME_SIZE 48

static void make_name(struct hash key, const char *end, char name[NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, "%016llx%016llx%s", (unsigned long long)key.words[0],
                   (unsigned long long)key.words[1], end);
}

/* A cache only ever costs time: what goes wrong is told once, and is no failure. */
static void tell(struct cache *cache, const char *what)
{
    char reason[128], line[512];
    if (atomic_exchange(&cache->is_fixed, true) || !cache->log)
        return;
    if (strerror_r(errno, reason, sizeof reason))
        reason[0] = '\0';
    (void)snprintf(line, sizeof line, "the cache \"%.300s\" cannot be %s: %s", cache->path, what,
                   reason);
    cache->log(cache->log_user, HINGE_LOG_WARNING, line);
}

hinge_status cache_open(const char *path, const hinge_allocator *allocator,
                        void (*log)(void *user, hinge_log_level level, const char *message),
                        void *log_user, struct cache **result)
{
    const size_t size = strlen(path) + 1;
    struct cache *cache = memory_alloc_zeroed(allocator, sizeof *cache + size);
    *result = NULL;
    if (!cache)
        return HINGE_NO_MEMORY;
    cache->allocator = allocator;
    cache->log = log;
    cache->log_user = log_user;
    memcpy(cache->path, path, size);
    atomic_init(&cache->is_fixed, false);
    pthread_mutex_init(&cache->lock, NULL);
    cache->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cache->folder >= 0) {
        *result = cache;
        return HINGE_OK;
    }
    tell(cache, "opened");
    cache_close(cache);
    return HINGE_OK;
}

void cache_close(struct cache *cache)
{
    if (!cache)
        return;
    if (cache->folder >= 0)
        close(cache->folder);
    pthread_mutex_destroy(&cache->lock);
    memory_free(cache->allocator, cache);
}

void cache_unmap(void *map, size_t map_size)
{
    munmap(map, map_size);
}

static bool map_file(int descriptor, size_t size, struct cache_file *file)
{
    file->map_size = sizeof(struct header) + size;
    file->map = mmap(NULL, file->map_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (file->map == MAP_FAILED)
        return false;
    file->bytes = (const char *)file->map + sizeof(struct header);
    return true;
}

static struct header header_of(struct hash key, const void *bytes, size_t size)
{
    return (struct header){
        .magic = MAGIC, .size = size, .key = key, .content = hash_bytes(key, bytes, size)};
}

/* Nobody but this user and root may have written it. */
static bool is_trusted(int descriptor, size_t size)
{
    struct stat about;
    return fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
           (about.st_uid == geteuid() || about.st_uid == 0) &&
           !(about.st_mode & (S_IWGRP | S_IWOTH)) &&
           (uintmax_t)about.st_size == (uintmax_t)size + sizeof(struct header);
}

bool cache_find(const struct cache *cache, struct hash key, size_t size, struct cache_file *file)
{
    char name[NAME_SIZE];
    make_name(key, "", name);
    /* Without O_NONBLOCK, opening a named pipe waits for its writer. */
    int descriptor = openat(cache->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    bool is_there = is_trusted(descriptor, size) && map_file(descriptor, size, file);
    close(descriptor);
    if (!is_there)
        return false;
    const struct header wanted = header_of(key, file->bytes, size);
    if (memcmp(file->map, &wanted, sizeof wanted) == 0)
        return true;
    cache_unmap(file->map, file->map_size);
    return false;
}

/* What is written has this name until it is complete. Who holds the lock is its only writer; what
 * one that was killed has left is taken over. */
static int open_part(const struct cache *cache, const char *name)
{
    struct stat about, there;
    int descriptor =
        openat(cache->folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (descriptor < 0)
        return -1;
    /* It may have been renamed, and complete, before it was locked here. */
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && fstat(descriptor, &about) == 0 &&
        fstatat(cache->folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        about.st_dev == there.st_dev && about.st_ino == there.st_ino && about.st_nlink == 1 &&
        S_ISREG(about.st_mode) && about.st_uid == geteuid() && ftruncate(descriptor, 0) == 0)
        return descriptor;
    close(descriptor);
    errno = EWOULDBLOCK;
    return -1;
}

static bool write_all(int descriptor, const void *bytes, size_t size)
{
    const char *from = bytes;
    while (size) {
        const ssize_t n = write(descriptor, from, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        from += n;
        size -= (size_t)n;
    }
    return true;
}

bool cache_keep(struct cache *cache, struct hash key, const void *bytes, size_t size,
                struct cache_file *file)
{
    char part[NAME_SIZE], name[NAME_SIZE];
    if (atomic_load(&cache->is_fixed))
        return false;
    make_name(key, ".part", part);
    make_name(key, "", name);
    int descriptor = open_part(cache, part);
    if (descriptor < 0) {
        if (errno != EWOULDBLOCK)
            tell(cache, "written");
        return false;
    }
    const struct header header = header_of(key, bytes, size);
    bool is_kept = write_all(descriptor, &header, sizeof header) &&
                   write_all(descriptor, bytes, size) && fchmod(descriptor, 0600) == 0 &&
                   renameat(cache->folder, part, cache->folder, name) == 0;
    if (!is_kept) {
        tell(cache, "written");
        (void)unlinkat(cache->folder, part, 0);
    } else {
        is_kept = map_file(descriptor, size, file);
    }
    close(descriptor);
    return is_kept;
}
