#include "host/pool.h"

#include "base/tensor.h"

#include <string.h>

#define FIRST_BUCKETS 64

/* Four classes for each power of two: a buffer is at most a quarter larger than what was asked. */
static unsigned class_of(size_t *size)
{
    size_t blocks = *size / MEMORY_ALIGNMENT + (*size % MEMORY_ALIGNMENT != 0);
    if (blocks <= 4) {
        *size = (blocks ? blocks : 1) * MEMORY_ALIGNMENT;
        return blocks ? (unsigned)blocks - 1 : 0;
    }
    unsigned power = 63u - (unsigned)__builtin_clzll(blocks - 1); /* 2^power < blocks */
    size_t step = (size_t)1 << (power - 2);
    size_t n_steps = (blocks - 1) / step; /* 4 to 7 */
    *size = (n_steps + 1) * step * MEMORY_ALIGNMENT;
    return power * 4 + (unsigned)(n_steps - 4);
}

static size_t bucket_of(const struct pool *pool, const void *data)
{
    uint64_t hash = (uint64_t)(uintptr_t)data / MEMORY_ALIGNMENT * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 32) & (pool->n_buckets - 1);
}

static void enter(struct pool *pool, struct buffer *buffer)
{
    struct buffer **bucket = &pool->live[bucket_of(pool, buffer->bytes)];
    buffer->next = *bucket;
    *bucket = buffer;
}

static bool grow_table(struct pool *pool)
{
    struct pool bigger = *pool;
    bigger.n_buckets = pool->n_buckets ? pool->n_buckets * 2 : FIRST_BUCKETS;
    bigger.live = memory_alloc_zeroed(pool->allocator, bigger.n_buckets * sizeof *bigger.live);
    if (!bigger.live)
        return false;
    for (size_t b = 0; b < pool->n_buckets; b++)
        for (struct buffer *buffer = pool->live[b], *next; buffer; buffer = next) {
            next = buffer->next;
            enter(&bigger, buffer);
        }
    memory_free(pool->allocator, pool->live);
    *pool = bigger;
    return true;
}

struct buffer *pool_take(struct pool *pool, size_t size)
{
    if (size > PTRDIFF_MAX / 2 || (pool->n_live >= pool->n_buckets && !grow_table(pool)))
        return NULL;
    struct buffer **list = &pool->free[class_of(&size)], *buffer = *list;
    if (buffer)
        *list = buffer->next;
    else
        buffer = memory_alloc(pool->allocator, sizeof *buffer + size);
    if (!buffer)
        return NULL;
    buffer->size = size;
    buffer->n_holders = 1;
    buffer->n_elements = -1;
    buffer->checked = 0;
    enter(pool, buffer);
    pool->n_live++;
    return buffer;
}

struct buffer *pool_take_elements(struct pool *pool, int64_t n)
{
    size_t size;
    if (n < 0 || !memory_multiply((size_t)n, sizeof(hinge_tensor) + sizeof(struct buffer *), &size))
        return NULL;
    struct buffer *buffer = pool_take(pool, size);
    if (!buffer)
        return NULL;
    memset(buffer->bytes, 0, size);
    buffer->n_elements = n;
    return buffer;
}

struct buffer *pool_find(const struct pool *pool, const void *data)
{
    if (!pool->n_live || !data)
        return NULL;
    struct buffer *buffer = pool->live[bucket_of(pool, data)];
    while (buffer && buffer->bytes != data)
        buffer = buffer->next;
    return buffer;
}

struct buffer *pool_hold(struct buffer *buffer)
{
    if (buffer)
        buffer->n_holders++;
    return buffer;
}

void pool_drop(struct pool *pool, struct buffer *buffer)
{
    if (!buffer || --buffer->n_holders)
        return;
    struct buffer **at = &pool->live[bucket_of(pool, buffer->bytes)];
    while (*at != buffer)
        at = &(*at)->next;
    *at = buffer->next;
    pool->n_live--;
    for (int64_t i = 0; i < buffer->n_elements; i++)
        pool_drop(pool, pool_held(buffer)[i]);
    buffer->last_run = pool->run;
    size_t size = buffer->size;
    struct buffer **list = &pool->free[class_of(&size)];
    buffer->next = *list;
    *list = buffer;
}

/* Frees the buffers of the free lists that were given up before the run `since`. */
static void trim(struct pool *pool, uint32_t since, bool all)
{
    for (size_t c = 0; c < POOL_CLASSES; c++)
        for (struct buffer **at = &pool->free[c]; *at;) {
            struct buffer *buffer = *at;
            if (all || (int32_t)(buffer->last_run - since) < 0) {
                *at = buffer->next;
                memory_free(pool->allocator, buffer);
            } else {
                at = &buffer->next;
            }
        }
}

void pool_end_run(struct pool *pool)
{
    trim(pool, pool->run, false);
    pool->run++;
}

void pool_clear(struct pool *pool)
{
    trim(pool, 0, true);
    memory_free(pool->allocator, pool->live);
    pool->live = NULL;
    pool->n_live = pool->n_buckets = 0;
}

static hinge_status copy_container(struct pool *pool, const hinge_tensor *from, hinge_tensor *value,
                                   struct buffer **holder)
{
    const hinge_tensor *elements = from->data;
    int64_t n = from->dims[0];
    struct buffer *buffer = pool_take_elements(pool, n);
    if (!buffer)
        return HINGE_NO_MEMORY;
    hinge_tensor *copies = (void *)buffer->bytes;
    for (int64_t i = 0; i < n; i++) {
        hinge_status status = pool_share(pool, &elements[i], &copies[i], &pool_held(buffer)[i]);
        if (status) {
            pool_drop(pool, buffer);
            return status;
        }
    }
    *value = *from;
    value->data = buffer->bytes;
    *holder = buffer;
    return HINGE_OK;
}

hinge_status pool_share(struct pool *pool, const hinge_tensor *from, hinge_tensor *value,
                        struct buffer **holder)
{
    *holder = pool_hold(pool_find(pool, from->data));
    if (*holder) {
        *value = *from;
        return HINGE_OK;
    }
    if (hinge_is_container(from->type))
        return copy_container(pool, from, value, holder);
    size_t size;
    if (!tensor_size(from, &size))
        return HINGE_BAD_SHAPE;
    *holder = pool_take(pool, size);
    if (!*holder)
        return HINGE_NO_MEMORY;
    *value = *from;
    value->data = (*holder)->bytes;
    if (size)
        memcpy(value->data, from->data, size);
    return HINGE_OK;
}
