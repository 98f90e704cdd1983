/* Memory that a node's hooks keep: from the allocator, or a file of the cache. */
#include "host/host.h"

#include <string.h>

struct host_memory {
    struct host_memory *next;
    void *map; /* of a file of the cache, in place of bytes; or NULL */
    size_t map_size;
    _Alignas(MEMORY_ALIGNMENT) unsigned char bytes[];
};

static struct host_memory *add(struct host_node *self, size_t size)
{
    struct host_memory *memory;
    size_t whole;
    if (!self->memory || !memory_add(size, sizeof *memory, &whole) ||
        !(memory = memory_alloc(self->caller->session->allocator, whole)))
        return NULL;
    memory->next = *self->memory;
    memory->map = NULL;
    *self->memory = memory;
    *self->memory_size += whole;
    return memory;
}

void *node_alloc(const struct hinge_node *node, size_t size)
{
    struct host_memory *memory = add(host_node_of(node), size);
    return memory ? memory->bytes : NULL;
}

/* Hands the map over to the node. */
static const void *add_map(struct host_node *self, const struct cache_file *file)
{
    struct host_memory *memory = add(self, 0);
    if (!memory) {
        cache_unmap(file->map, file->map_size);
        return NULL;
    }
    memory->map = file->map;
    memory->map_size = file->map_size;
    *self->memory_size += file->map_size;
    *self->cached_size += file->map_size;
    return file->bytes;
}

/* Gives back the memory of size bytes that was added before the last. */
static void drop_second(struct host_node *self, size_t size)
{
    struct host_memory *second = (*self->memory)->next;
    (*self->memory)->next = second->next;
    *self->memory_size -= size + sizeof *second;
    memory_free(self->caller->session->allocator, second);
}

const void *node_pack(const struct hinge_node *node, size_t size, hinge_fill *fill, void *argument)
{
    struct host_node *self = host_node_of(node);
    struct cache *cache = self->caller->session->cache;
    struct hash key;
    struct cache_file file;
    if (!self->cached_size)
        return NULL;
    const bool has_key = cache && size >= CACHE_SMALLEST && node_key(self, size, &key);
    self->n_packed++;
    if (has_key && cache_find(cache, key, size, &file))
        return add_map(self, &file);
    void *bytes = node_alloc(node, size);
    if (!bytes)
        return NULL;
    if (has_key) /* what fill leaves out is nobody else's */
        memset(bytes, 0, size);
    fill(argument, bytes);
    if (!has_key || !cache_keep(cache, key, bytes, size, &file))
        return bytes;
    const void *mapped = add_map(self, &file);
    if (!mapped)
        return bytes;
    drop_second(self, size);
    return mapped;
}

void host_memory_free(const hinge_allocator *allocator, struct host_memory **memory)
{
    while (*memory) {
        struct host_memory *next = (*memory)->next;
        if ((*memory)->map)
            cache_unmap((*memory)->map, (*memory)->map_size);
        memory_free(allocator, *memory);
        *memory = next;
    }
}
