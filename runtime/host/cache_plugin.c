/* Which version of a plugin is loaded, out of the object that its code lies in. */
#define _GNU_SOURCE /* dl_iterate_phdr */

#include "host/cache.h"

#include <link.h>
#include <string.h>

struct search {
    uintptr_t code;
    struct hash hash;
};

static size_t padded(size_t size, size_t alignment)
{
    return (size + alignment - 1) / alignment * alignment;
}

/* Adds the build identifier among the notes, where there is one. */
static bool add_identifier(const unsigned char *notes, size_t size, size_t alignment,
                           struct hash *hash)
{
    ElfW(Nhdr) note;
    while (size >= sizeof note) {
        memcpy(&note, notes, sizeof note);
        const size_t head = sizeof note + padded(note.n_namesz, alignment);
        const size_t whole = head + padded(note.n_descsz, alignment);
        if (whole > size)
            return false;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof "GNU" &&
            memcmp(notes + sizeof note, "GNU", sizeof "GNU") == 0) {
            *hash = hash_bytes(*hash, notes + head, note.n_descsz);
            return true;
        }
        notes += whole;
        size -= whole;
    }
    return false;
}

static const unsigned char *address(const struct dl_phdr_info *object, const ElfW(Phdr) * part)
{
    return (const unsigned char *)(uintptr_t)(object->dlpi_addr + part->p_vaddr);
}

static bool holds(const struct dl_phdr_info *object, uintptr_t code)
{
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && code - (uintptr_t)address(object, part) < part->p_memsz)
            return true;
    }
    return false;
}

enum { PIECE = 512 };

/* Word by word and from a whole word on, which a page has. A sanitizer has no part in it: what it
 * put between the constants is read too. */
__attribute__((no_sanitize("address"))) static void
add_part(const struct dl_phdr_info *object, const ElfW(Phdr) * part, struct hash *hash)
{
    uint64_t words[PIECE];
    const uintptr_t begin = (uintptr_t)address(object, part) & ~(uintptr_t)7;
    const uintptr_t end = (uintptr_t)address(object, part) + part->p_memsz;
    const volatile uint64_t *from = (const volatile uint64_t *)begin;
    size_t left = (end - begin + 7) / 8;
    while (left) {
        const size_t n = left < PIECE ? left : PIECE;
        for (size_t i = 0; i < n; i++)
            words[i] = from[i];
        *hash = hash_bytes(*hash, words, n * sizeof words[0]);
        from += n;
        left -= n;
    }
}

static int look(struct dl_phdr_info *object, size_t size, void *user)
{
    (void)size;
    struct search *search = user;
    if (!holds(object, search->code))
        return 0;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type == PT_NOTE && add_identifier(address(object, part), part->p_memsz,
                                                      part->p_align == 8 ? 8 : 4, &search->hash))
            return 1;
    }
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_R) && !(part->p_flags & PF_W))
            add_part(object, part, &search->hash);
    }
    return 1;
}

struct hash cache_plugin(struct cache *cache, const struct plugin *plugin,
                         hinge_status (*init)(struct hinge_node *node))
{
    pthread_mutex_lock(&cache->lock);
    if (cache->plugin != plugin) {
        struct search search = {.code = (uintptr_t)init};
        (void)dl_iterate_phdr(look, &search);
        cache->plugin = plugin;
        cache->plugin_hash = search.hash;
    }
    const struct hash hash = cache->plugin_hash;
    pthread_mutex_unlock(&cache->lock);
    return hash;
}
