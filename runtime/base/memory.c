#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_ALIGNMENT 4096u /* mmap's */
#define ARENA_BLOCK_SIZE ((size_t)64 << 10)

/* From this size on blocks are mapped one by one: malloc would keep some of them when they are
 * freed, and weights that were packed would stay in memory beside their copies. */
#if defined(__SANITIZE_ADDRESS__)
#define LARGE_SIZE SIZE_MAX /* the sanitizer sees only malloc's blocks */
#else
#define LARGE_SIZE ((size_t)1 << 17)
#endif

/* From this size on blocks may lie in huge pages, where the system has them: weights that are read
 * from end to end would wait for addresses to be translated. */
#define HUGE_SIZE ((size_t)1 << 22)

/* In front of what the default allocator hands out. */
struct header {
    void *base;
    size_t mapped_size; /* 0: from posix_memalign */
};

static void *default_alloc(void *user, size_t size, size_t alignment)
{
    (void)user;
    size_t room = alignment > sizeof(struct header) ? alignment : sizeof(struct header);
    size_t whole;
    struct header header = {NULL, 0};
    if (!memory_add(size, room, &whole))
        return NULL;
    if (size >= LARGE_SIZE && alignment <= LARGE_ALIGNMENT) {
        header.base = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        header.mapped_size = whole;
        if (header.base == MAP_FAILED)
            return NULL;
        if (size >= HUGE_SIZE)
            (void)madvise(header.base, whole, MADV_HUGEPAGE);
    } else if (posix_memalign(&header.base, alignment, whole)) {
        return NULL;
    }
    unsigned char *memory = (unsigned char *)header.base + room;
    memcpy(memory - sizeof header, &header, sizeof header);
    return memory;
}

static void default_release(void *user, void *memory)
{
    (void)user;
    struct header header;
    memcpy(&header, (unsigned char *)memory - sizeof header, sizeof header);
    if (header.mapped_size)
        munmap(header.base, header.mapped_size);
    else
        free(header.base);
}

hinge_allocator memory_allocator(const hinge_allocator *wanted)
{
    if (wanted && wanted->alloc && wanted->release)
        return *wanted;
    return (hinge_allocator){default_alloc, default_release, NULL};
}

void *memory_alloc(const hinge_allocator *allocator, size_t size)
{
    return allocator->alloc(allocator->user, size ? size : 1, MEMORY_ALIGNMENT);
}

void *memory_alloc_zeroed(const hinge_allocator *allocator, size_t size)
{
    void *memory = memory_alloc(allocator, size);
    return memory ? memset(memory, 0, size) : NULL;
}

void memory_free(const hinge_allocator *allocator, void *memory)
{
    if (memory)
        allocator->release(allocator->user, memory);
}

/* The library asks for MEMORY_ALIGNMENT alone; in front of what a limited allocator hands out lies
 * the size. */
static void *limited_alloc(void *user, size_t size, size_t alignment)
{
    struct memory_limit *limit = user;
    size_t whole;
    if (!memory_add(size, MEMORY_ALIGNMENT, &whole))
        return NULL;
    size_t before = atomic_fetch_add(&limit->used, whole);
    unsigned char *memory = NULL;
    if (before > limit->most || whole > limit->most - before)
        atomic_store(&limit->is_hit, true);
    else
        memory = limit->inner.alloc(limit->inner.user, whole, alignment);
    if (!memory) {
        atomic_fetch_sub(&limit->used, whole);
        return NULL;
    }
    memcpy(memory, &whole, sizeof whole);
    return memory + MEMORY_ALIGNMENT;
}

static void limited_release(void *user, void *memory)
{
    struct memory_limit *limit = user;
    size_t whole;
    memcpy(&whole, (unsigned char *)memory - MEMORY_ALIGNMENT, sizeof whole);
    atomic_fetch_sub(&limit->used, whole);
    limit->inner.release(limit->inner.user, (unsigned char *)memory - MEMORY_ALIGNMENT);
}

struct memory_limit *memory_limit_create(const hinge_allocator *inner, size_t most)
{
    struct memory_limit *limit = memory_alloc_zeroed(inner, sizeof *limit);
    if (limit) {
        limit->inner = *inner;
        limit->most = most;
    }
    return limit;
}

void memory_limit_destroy(struct memory_limit *limit)
{
    if (!limit)
        return;
    hinge_allocator inner = limit->inner;
    memory_free(&inner, limit);
}

hinge_allocator memory_limit_allocator(struct memory_limit *limit)
{
    return (hinge_allocator){limited_alloc, limited_release, limit};
}

bool memory_limit_hit(struct memory_limit *limit)
{
    return atomic_exchange(&limit->is_hit, false);
}

bool memory_grow(const hinge_allocator *allocator, void **array, size_t *capacity, size_t count,
                 size_t element_size)
{
    if (count < *capacity)
        return true;
    size_t wanted = count < 16 ? 16 : count, size;
    if (!memory_multiply(wanted, 2, &wanted) || !memory_multiply(wanted, element_size, &size))
        return false;
    void *bigger = memory_alloc(allocator, size);
    if (!bigger)
        return false;
    if (count)
        memcpy(bigger, *array, count * element_size);
    memory_free(allocator, *array);
    *array = bigger;
    *capacity = wanted;
    return true;
}

bool memory_multiply(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

bool memory_add(size_t a, size_t b, size_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    _Alignas(16) unsigned char bytes[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + 15) & ~(size_t)15;
    struct arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size) {
        size_t room = size > ARENA_BLOCK_SIZE ? size : ARENA_BLOCK_SIZE;
        block = memory_alloc(arena->allocator, sizeof *block + room);
        if (!block)
            return NULL;
        block->used = 0;
        block->size = room;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    return memset(memory, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t element_size)
{
    size_t size;
    return memory_multiply(count, element_size, &size) ? arena_alloc(arena, size) : NULL;
}

char *arena_string(struct arena *arena, const char *bytes, size_t size)
{
    char *copy = size < SIZE_MAX ? arena_alloc(arena, size + 1) : NULL;
    if (copy && size)
        memcpy(copy, bytes, size);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = n >= 0 ? arena_alloc(arena, (size_t)n + 1) : NULL;
    if (text) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)n + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;
        memory_free(arena->allocator, arena->blocks);
        arena->blocks = next;
    }
}

void arena_adopt(struct arena *arena, struct arena *from)
{
    struct arena_block **end = &arena->blocks; /* behind the block that still has room */
    while (*end)
        end = &(*end)->next;
    *end = from->blocks;
    from->blocks = NULL;
}
