/* A heap of numbers with their positions: the best of many, or all in order. */
#ifndef KERNELS_HEAP_H
#define KERNELS_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct heap_entry {
    uint64_t key;
    int64_t index;
};

/* The order of what is selected: larger keys first, of equal ones the lower index. */
static inline bool heap_before(struct heap_entry a, struct heap_entry b)
{
    /* Without branches: in a heap of random keys none is foreseen. */
    return (a.key > b.key) | ((a.key == b.key) & (a.index < b.index));
}

/* Makes entry at and what is below it a heap, whose root is the last of all in that order, where
 * both halves below are heaps already. */
static inline void heap_sift(struct heap_entry *entries, int64_t n, int64_t at)
{
    const struct heap_entry entry = entries[at];
    for (int64_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n)
            child += heap_before(entries[child], entries[child + 1]);
        if (!heap_before(entry, entries[child]))
            break;
        entries[at] = entries[child];
    }
    entries[at] = entry;
}

static inline void heap_make(struct heap_entry *entries, int64_t n)
{
    for (int64_t i = n / 2; i-- > 0;)
        heap_sift(entries, n, i);
}

/* Sorts a heap. */
static inline void heap_sort(struct heap_entry *entries, int64_t n)
{
    while (n-- > 1) {
        const struct heap_entry last = entries[0];
        entries[0] = entries[n];
        entries[n] = last;
        heap_sift(entries, n, 0);
    }
}

/* A key in the order of floating-point numbers, from the bits of one that has infinity at those
 * bits: NaN is above all, -0 is 0. */
static inline uint64_t heap_key_of_float(uint64_t bits, uint64_t sign, uint64_t infinity)
{
    const uint64_t magnitude = bits & (sign - 1), zero = UINT64_C(1) << 63;
    return magnitude > infinity ? UINT64_MAX : bits & sign ? zero - magnitude : zero + magnitude;
}

#endif
