/* An allocator for tests: counts, fills what it gives out with a pattern, and fails where it is
 * told to. */
#ifndef TESTS_SUPPORT_COUNTER_H
#define TESTS_SUPPORT_COUNTER_H

#include <hinge/hinge.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What an allocated byte is before it is written. */
#define COUNTER_FILL 0xa5

/* n: all allocations so far, the one numbered fail_at (from 1 on; 0: none) fails. */
struct counter {
    atomic_size_t n, n_live;
    size_t fail_at;
};

static inline void *counter_alloc(void *user, size_t size, size_t alignment)
{
    struct counter *counter = user;
    void *memory;
    if (atomic_fetch_add(&counter->n, 1) + 1 == counter->fail_at ||
        posix_memalign(&memory, alignment, size))
        return NULL;
    atomic_fetch_add(&counter->n_live, 1);
    memset(memory, COUNTER_FILL, size);
    return memory;
}

static inline void counter_release(void *user, void *memory)
{
    atomic_fetch_sub(&((struct counter *)user)->n_live, 1);
    free(memory);
}

static inline hinge_allocator counter_allocator(struct counter *counter)
{
    return (hinge_allocator){counter_alloc, counter_release, counter};
}

/* Whether there was the allocation that was to fail. A loop over fail_at that goes on while there
 * is ends whatever else goes wrong. */
static inline bool counter_failed(const struct counter *counter)
{
    return counter->n >= counter->fail_at;
}

#endif
