/* A table from keys of one type (string, int64, int32, int16, float, double) to their positions in
 * a list: by the key itself where they are int64 close to each other, otherwise by its hash. */
#ifndef ML_LOOKUP_H
#define ML_LOOKUP_H

#include "operators/kernels/heap.h"
#include "operators/op/op.h"

/* Entries in the order of their hashes, start[b] being the first one in bucket b, so that even of
 * many keys in one bucket only those of the same hash are compared. */
struct lookup {
    hinge_type type;
    int64_t *direct; /* positions of the keys from least on, or -1; or NULL */
    uint64_t least, n_direct;
    const void *keys;
    uint64_t seed;
    unsigned shift;
    int64_t *start;
    struct heap_entry *entries;
};

/* From init: keys must stay as they are for as long as the session. */
hinge_status lookup_make(const struct hinge_node *node, hinge_type type, const void *keys,
                         int64_t n, struct lookup *lookup);

/* lookup_find where there is no table by keys. */
int64_t lookup_find_hashed(const struct lookup *lookup, const void *values, int64_t i);

/* The position of the last one of the keys that equals element i of values, which have the keys'
 * type; -1 where none does. NaN equals NaN, and -0 equals 0. */
static inline int64_t lookup_find(const struct lookup *lookup, const void *values, int64_t i)
{
    if (!lookup->direct)
        return lookup_find_hashed(lookup, values, i);
    const uint64_t at = (uint64_t)((const int64_t *)values)[i] - lookup->least;
    return at < lookup->n_direct ? lookup->direct[at] : -1;
}

#endif
