/*
 * The cache of packed copies: a folder with a file for each, named by the hash of all that it was
 * made of, so that a file holds the right bytes or none. A file is written under another name, by
 * one process at a time, and renamed; one that is damaged or of another owner is never used, and
 * replaced where that can be done. What cannot be done leaves the session without, and is told to
 * the log once. Thread-safe.
 */
#ifndef HOST_CACHE_H
#define HOST_CACHE_H

#include "base/hash.h"
#include "base/memory.h"

#include <pthread.h>

struct hinge_node;
struct plugin;

/* Smaller copies are made anew: to open and map a file takes longer. */
#define CACHE_SMALLEST ((size_t)64 << 10)

struct cache {
    const hinge_allocator *allocator;
    void (*log)(void *user, hinge_log_level level, const char *message);
    void *log_user;
    int folder;           /* its descriptor */
    atomic_bool is_fixed; /* nothing more is to be written */
    pthread_mutex_t lock; /* of the two below */
    const struct plugin *plugin;
    struct hash plugin_hash;
    char path[];
};

/* A copy, as it lies in its file. */
struct cache_file {
    void *map; /* of the whole file, read-only */
    size_t map_size;
    const void *bytes; /* aligned to 64 */
};

/* The cache in the folder at path, which must be there. Where it cannot be opened, *cache is NULL,
 * which the log is told. Only want of memory is a failure. */
hinge_status cache_open(const char *path, const hinge_allocator *allocator,
                        void (*log)(void *user, hinge_log_level level, const char *message),
                        void *log_user, struct cache **cache);
void cache_close(struct cache *cache); /* NULL is allowed */

/* Maps the copy of that key and size; false where there is none that is as it was written. */
bool cache_find(const struct cache *cache, struct hash key, size_t size, struct cache_file *file);
/* Keeps a copy, and maps it; false where it was not kept. */
bool cache_keep(struct cache *cache, struct hash key, const void *bytes, size_t size,
                struct cache_file *file);
void cache_unmap(void *map, size_t map_size);

/* What tells the plugin from other versions of it: the build identifier of the object that init, a
 * hook of it, lies in, or where it has none the hash of all that is executed and only read. */
struct hash cache_plugin(struct cache *cache, const struct plugin *plugin,
                         hinge_status (*init)(struct hinge_node *node));

#endif
