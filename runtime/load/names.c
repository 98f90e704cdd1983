/* A hash table with open addressing, at most half full. */
#include "load/names.h"

#include <string.h>

struct names_slot {
    const char *name; /* NULL: free */
    uint32_t hash, index;
};

/* The table's address, which a model's author cannot know, keeps them from choosing names that all
 * fall into one place. */
static uint32_t hash_of(const char *name, const struct names_slot *seed)
{
    uint64_t hash = (uintptr_t)seed;
    for (; *name; name++) {
        hash = (hash ^ (uint8_t)*name) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 16);
}

/* The slot of name, or the free one where it would go. The table has free slots. */
static struct names_slot *slot_of(const struct names *names, const char *name, uint32_t hash)
{
    size_t at = hash & (names->capacity - 1);
    while (names->slots[at].name &&
           (names->slots[at].hash != hash || strcmp(names->slots[at].name, name) != 0))
        at = (at + 1) & (names->capacity - 1);
    return &names->slots[at];
}

uint32_t names_find(const struct names *names, const char *name)
{
    if (!names->count)
        return NAMES_NONE;
    const struct names_slot *slot = slot_of(names, name, hash_of(name, names->slots));
    return slot->name ? slot->index : NAMES_NONE;
}

static bool grow(struct names *names)
{
    size_t size;
    struct names bigger = *names;
    if (!memory_multiply(names->capacity ? names->capacity : 32, 2, &bigger.capacity) ||
        !memory_multiply(bigger.capacity, sizeof *bigger.slots, &size))
        return false;
    bigger.slots = memory_alloc_zeroed(names->allocator, size);
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < names->capacity; i++) {
        struct names_slot old = names->slots[i];
        if (!old.name)
            continue;
        old.hash = hash_of(old.name, bigger.slots);
        *slot_of(&bigger, old.name, old.hash) = old;
    }
    memory_free(names->allocator, names->slots);
    *names = bigger;
    return true;
}

bool names_add(struct names *names, const char *name, uint32_t index)
{
    if (names->count >= names->capacity / 2 && !grow(names))
        return false;
    uint32_t hash = hash_of(name, names->slots);
    *slot_of(names, name, hash) = (struct names_slot){name, hash, index};
    names->count++;
    return true;
}

void names_free(struct names *names)
{
    memory_free(names->allocator, names->slots);
    *names = (struct names){.allocator = names->allocator};
}
