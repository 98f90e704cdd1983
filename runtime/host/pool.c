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
    buffer->n_checked = 0;
    buffer->checked = 0;
    enter(pool, buffer);
    pool->n_live++;
    return buffer;
}

/* What an element takes, with the note of what it holds. */
#define ELEMENT_SIZE (sizeof(hinge_tensor) + sizeof(struct buffer *))

/* Makes elements up to n empty; there is room for them. */
static void set_length(struct buffer *container, int64_t n)
{
    const int64_t n_before = container->n_elements;
    const size_t n_more = (size_t)(n - n_before);
    if (n_more) {
        memset((hinge_tensor *)(void *)container->bytes + n_before, 0,
               n_more * sizeof(hinge_tensor));
        memset(pool_held(container, n - 1), 0, n_more * sizeof(struct buffer *));
    }
    container->n_elements = n;
}

struct buffer *pool_take_elements(struct pool *pool, int64_t n)
{
    size_t size;
    if (n < 0 || !memory_multiply((size_t)n, ELEMENT_SIZE, &size))
        return NULL;
    struct buffer *buffer = pool_take(pool, size);
    if (!buffer)
        return NULL;
    buffer->n_elements = 0;
    set_length(buffer, n);
    return buffer;
}

struct buffer *pool_extend(struct pool *pool, struct buffer *container, int64_t n)
{
    const int64_t n_before = container->n_elements;
    if ((size_t)n <= container->size / ELEMENT_SIZE) {
        set_length(container, n);
        return container;
    }
    /* Twice as many at least: that makes it rare. */
    struct buffer *longer = pool_take_elements(pool, n / 2 < n_before ? 2 * n_before : n);
    if (!longer)
        return NULL;
    if (n_before) {
        memcpy(longer->bytes, container->bytes, (size_t)n_before * sizeof(hinge_tensor));
        memcpy(pool_held(longer, n_before - 1), pool_held(container, n_before - 1),
               (size_t)n_before * sizeof(struct buffer *));
    }
    longer->n_elements = n;
    longer->n_checked = container->n_checked;
    longer->checked = container->checked;
    container->n_elements = 0;
    pool_drop(pool, container);
    return longer;
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
        pool_drop(pool, *pool_held(buffer, i));
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

struct buffer *pool_copy_elements(struct pool *pool, const hinge_tensor *from, int64_t n)
{
    const hinge_tensor *elements = from->data;
    struct buffer *buffer = pool_take_elements(pool, n);
    if (!buffer)
        return NULL;
    hinge_tensor *copies = (void *)buffer->bytes;
    for (int64_t i = 0; i < from->dims[0]; i++)
        if (pool_share(pool, &elements[i], &copies[i], pool_held(buffer, i))) {
            pool_drop(pool, buffer);
            return NULL;
        }
    return buffer;
}

hinge_status pool_share(struct pool *pool, const hinge_tensor *from, hinge_tensor *value,
                        struct buffer **holder)
{
    *holder = pool_hold(pool_find(pool, from->data));
    if (*holder) {
        *value = *from;
        return HINGE_OK;
    }
    size_t size = 0;
    if (!hinge_is_container(from->type) && !tensor_size(from, &size))
        return HINGE_BAD_SHAPE;
    *holder = hinge_is_container(from->type) ? pool_copy_elements(pool, from, from->dims[0])
                                             : pool_take(pool, size);
    if (!*holder)
        return HINGE_NO_MEMORY;
    *value = *from;
    value->data = (*holder)->bytes;
    if (size)
        memcpy(value->data, from->data, size);
    return HINGE_OK;
}
