/* Memory: the allocator hook, an arena whose objects live and die together, checked sizes. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <hinge/hinge.h>

#include <stdatomic.h>

/* Cache line and widest vector. */
#define MEMORY_ALIGNMENT 64u

/* The allocator to use for what the options say (zero fields: malloc's). */
hinge_allocator memory_allocator(const hinge_allocator *wanted);

/* Aligned to MEMORY_ALIGNMENT; size 0 gives a valid pointer. NULL when there is none. */
void *memory_alloc(const hinge_allocator *allocator, size_t size);
void *memory_alloc_zeroed(const hinge_allocator *allocator, size_t size);
/* NULL is allowed. */
void memory_free(const hinge_allocator *allocator, void *memory);

/* An allocator that gives out no more than a number of bytes at a time. */
struct memory_limit {
    hinge_allocator inner;
    size_t most;
    atomic_size_t used;
    atomic_bool is_hit; /* since memory_limit_hit was asked last */
};
/* From inner, which is copied; NULL when there is no memory. */
struct memory_limit *memory_limit_create(const hinge_allocator *inner, size_t most);
void memory_limit_destroy(struct memory_limit *limit); /* NULL is allowed */
hinge_allocator memory_limit_allocator(struct memory_limit *limit);
/* Whether an allocation failed because of the limit since this was asked last. */
bool memory_limit_hit(struct memory_limit *limit);

/* Makes room for at least count + 1 elements in a growing array of element_size each. Returns false
 * and changes nothing when there is no memory. */
bool memory_grow(const hinge_allocator *allocator, void **array, size_t *capacity, size_t count,
                 size_t element_size);

/* Products and sums that fail where they do not fit. */
bool memory_multiply(size_t a, size_t b, size_t *product);
bool memory_add(size_t a, size_t b, size_t *sum);

/* The arena: single objects cannot be freed. Not thread-safe. */
struct arena_block;
struct arena {
    const hinge_allocator *allocator;
    struct arena_block *blocks;
};

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned to 16 */
void *arena_array(struct arena *arena, size_t count, size_t element_size);
char *arena_string(struct arena *arena, const char *bytes,
                   size_t size); /* copy with a terminator */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Moves all that from holds into arena, which must use the same allocator. */
void arena_adopt(struct arena *arena, struct arena *from);
void arena_free(struct arena *arena);

#endif
