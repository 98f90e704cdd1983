#include "operators/ml/lookup.h"

#include <string.h>

static uint64_t mix(uint64_t h)
{
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
    return h ^ (h >> 31);
}

/* A number's bits, of which equal numbers have the same. */
static uint64_t number_bits(hinge_type type, const void *values, int64_t i)
{
    double number;
    uint64_t bits;
    switch (type) {
    case HINGE_INT64: return (uint64_t)((const int64_t *)values)[i];
    case HINGE_INT32: return (uint64_t)((const int32_t *)values)[i];
    case HINGE_INT16: return (uint64_t)((const int16_t *)values)[i];
    case HINGE_FLOAT: number = (double)((const float *)values)[i]; break;
    default: number = ((const double *)values)[i]; break;
    }
    if (number != number)
        return UINT64_MAX;
    if (number == 0)
        return 0;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static uint64_t hash(const struct lookup *lookup, const void *values, int64_t i)
{
    uint64_t h = lookup->seed;
    if (lookup->type != HINGE_STRING)
        return mix(h ^ number_bits(lookup->type, values, i));
    const hinge_string s = ((const hinge_string *)values)[i];
    for (size_t at = 0; at < s.size; at += sizeof h) {
        uint64_t word = 0;
        memcpy(&word, s.bytes + at, s.size - at < sizeof word ? s.size - at : sizeof word);
        h = mix(h ^ word);
    }
    return mix(h ^ s.size);
}

static bool equal(const struct lookup *lookup, int64_t key, const void *values, int64_t i)
{
    if (lookup->type != HINGE_STRING)
        return number_bits(lookup->type, lookup->keys, key) == number_bits(lookup->type, values, i);
    const hinge_string a = ((const hinge_string *)lookup->keys)[key];
    const hinge_string b = ((const hinge_string *)values)[i];
    return a.size == b.size && (a.size == 0 || !memcmp(a.bytes, b.bytes, a.size));
}

/* Where the table by keys has at most so many places for each of them, and some more. */
enum { DIRECT_EACH = 4, DIRECT_MORE = 256 };

static hinge_status make_direct(const struct hinge_node *node, const int64_t *keys, int64_t n,
                                struct lookup *lookup)
{
    int64_t least = n ? keys[0] : 0, most = least;
    for (int64_t i = 0; i < n; i++) {
        least = keys[i] < least ? keys[i] : least;
        most = keys[i] > most ? keys[i] : most;
    }
    const uint64_t range = (uint64_t)most - (uint64_t)least;
    if (range >= DIRECT_MORE && (range - DIRECT_MORE) / DIRECT_EACH >= (uint64_t)n)
        return HINGE_OK;
    int64_t *direct = node->host->alloc(node, (size_t)(range + 1) * sizeof *direct);
    if (!direct)
        return HINGE_NO_MEMORY;
    for (uint64_t i = 0; i <= range; i++)
        direct[i] = -1;
    for (int64_t i = 0; i < n; i++)
        direct[(uint64_t)keys[i] - (uint64_t)least] = i;
    lookup->direct = direct;
    lookup->least = (uint64_t)least;
    lookup->n_direct = range + 1;
    return HINGE_OK;
}

hinge_status lookup_make(const struct hinge_node *node, hinge_type type, const void *keys,
                         int64_t n, struct lookup *lookup)
{
    *lookup = (struct lookup){.type = type, .keys = keys};
    if (type == HINGE_INT64) {
        const hinge_status status = make_direct(node, keys, n, lookup);
        if (status || lookup->direct)
            return status;
    }
    unsigned bits = 1;
    while (bits < 48 && INT64_C(1) << bits < n)
        bits++;
    const int64_t n_buckets = INT64_C(1) << bits;
    struct heap_entry *entries = node->host->alloc(node, (size_t)(n ? n : 1) * sizeof *entries);
    int64_t *start = node->host->alloc(node, (size_t)(n_buckets + 1) * sizeof *start);
    int64_t n_kept = 0, bucket = 0;
    if (!entries || !start)
        return HINGE_NO_MEMORY;
    /* The address as the seed: what collides cannot be told beforehand. */
    *lookup = (struct lookup){.type = type,
                              .keys = keys,
                              .seed = mix((uint64_t)(uintptr_t)entries),
                              .shift = 64 - bits,
                              .start = start,
                              .entries = entries};
    for (int64_t i = 0; i < n; i++)
        entries[i] = (struct heap_entry){~hash(lookup, keys, i), i};
    heap_make(entries, n);
    heap_sort(entries, n); /* ascending hashes, then positions */
    for (int64_t i = 0; i < n; i++) {
        const struct heap_entry entry = entries[i];
        if (n_kept && entries[n_kept - 1].key == entry.key &&
            equal(lookup, entries[n_kept - 1].index, keys, entry.index))
            n_kept--;
        while (bucket <= (int64_t)(~entry.key >> lookup->shift))
            start[bucket++] = n_kept;
        entries[n_kept++] = entry;
    }
    while (bucket <= n_buckets)
        start[bucket++] = n_kept;
    return HINGE_OK;
}

int64_t lookup_find_hashed(const struct lookup *lookup, const void *values, int64_t i)
{
    const uint64_t h = hash(lookup, values, i);
    const int64_t bucket = (int64_t)(h >> lookup->shift), end = lookup->start[bucket + 1];
    for (int64_t at = lookup->start[bucket]; at < end && lookup->entries[at].key >= ~h; at++)
        if (lookup->entries[at].key == ~h && equal(lookup, lookup->entries[at].index, values, i))
            return lookup->entries[at].index;
    return -1;
}
