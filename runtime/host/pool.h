/*
 * Memory of values whose size is known only when they appear. A buffer is counted by those who hold
 * it: a value that is handed on is shared, not copied. Buffers that nobody holds are kept for the
 * next one of their size until a run has ended that did not need them.
 *
 * A container that the runtime makes has its elements in a buffer, and every element its data at
 * the beginning of a buffer, which the container holds: which one is noted behind the elements,
 * where a plugin does not write, from the buffer's end on backwards, so that there is room for more
 * between the two. One thread at a time.
 */
#ifndef HOST_POOL_H
#define HOST_POOL_H

#include "base/memory.h"

#include <hinge/tensor.h>

struct buffer {
    struct buffer *next; /* of the same bucket, or of the same free list */
    size_t size;
    uint32_t n_holders;
    uint32_t last_run;  /* in which it was given up */
    int64_t n_elements; /* of a container; -1: bytes */
    /* Of a container: how many elements, from the first on, have been found right for which type.
     */
    int64_t n_checked;
    hinge_type_code checked;
    _Alignas(MEMORY_ALIGNMENT) unsigned char bytes[];
};

#define POOL_CLASSES 256

struct pool {
    const hinge_allocator *allocator;
    struct buffer *free[POOL_CLASSES]; /* by size class */
    struct buffer **live;              /* hash table by address */
    size_t n_live, n_buckets;
    uint32_t run; /* number of the run that is going on */
};

/* A buffer of at least size bytes with one holder, uninitialised. NULL when there is no memory. */
struct buffer *pool_take(struct pool *pool, size_t size);
/* The same for n elements of a container, which are zero. */
struct buffer *pool_take_elements(struct pool *pool, int64_t n);
/* The same with at least n elements, n being no less than there are, for its one holder: where it
 * is if it has room, else moved. NULL when there is no memory, and it is as it was. */
struct buffer *pool_extend(struct pool *pool, struct buffer *container, int64_t n);
/* Of a container: what an element holds, NULL as long as it is empty. */
static inline struct buffer **pool_held(struct buffer *container, int64_t element)
{
    return (struct buffer **)(void *)(container->bytes + container->size) - 1 - element;
}
/* The buffer that begins at data, when some value holds it; else NULL. */
struct buffer *pool_find(const struct pool *pool, const void *data);
/* One holder more, or less; the last one takes a container's elements with it. NULL is allowed. */
struct buffer *pool_hold(struct buffer *buffer);
void pool_drop(struct pool *pool, struct buffer *buffer);
/* Ends a run: buffers that it did not use go back to the allocator. */
void pool_end_run(struct pool *pool);
/* Gives back everything; nobody may hold a buffer any more. */
void pool_clear(struct pool *pool);

/* A container of n elements, of which the first are the same as those of from, at most n. NULL when
 * there is no memory. */
struct buffer *pool_copy_elements(struct pool *pool, const hinge_tensor *from, int64_t n);

/* Makes *value the same as from: shared where from's data is a buffer of the pool, copied where it
 * is not. Containers are copied element by element. *holder is then what value holds. */
hinge_status pool_share(struct pool *pool, const hinge_tensor *from, hinge_tensor *value,
                        struct buffer **holder);

#endif
