/*
 * Moving elements between two strided arrays: what Transpose, Slice, Concat, Expand, Pad and their
 * like come down to. The destination is walked in its own order; where the source runs along
 * another dimension, both are walked in tiles that stay in the L1 cache.
 */
#ifndef KERNELS_COPY_H
#define KERNELS_COPY_H

#include <stddef.h>
#include <stdint.h>

#define COPY_MAX_RANK 32

struct copy {
    int32_t rank;
    size_t size; /* bytes of an element */
    int64_t dims[COPY_MAX_RANK];
    int64_t to[COPY_MAX_RANK], from[COPY_MAX_RANK]; /* strides in bytes; 0 and negative may be */
};

/* Drops dimensions of 1, merges those that both sides run through without a gap, and makes runs of
 * elements that lie side by side on both sides one element. dims must not be 0. */
void copy_collapse(struct copy *copy);

/* The work in units, each of about *unit_size bytes, that copy_run takes a part of. */
int64_t copy_units(const struct copy *copy, size_t *unit_size);

/* Units [begin, end) of a collapsed copy between arrays that do not overlap. */
void copy_run(const struct copy *copy, void *to, const void *from, int64_t begin, int64_t end);

/* Of elements of 1, 2 or 4 bits, which lie several to a byte, the first in the lowest bits: count
 * of them from number from_at on to number to_at on; and a collapsed copy whose size and strides
 * count elements, not bytes. Neighbours in a byte are read and written back, so one thread does it.
 */
void copy_packed(unsigned bits, void *to, int64_t to_at, const void *from, int64_t from_at,
                 int64_t count);
void copy_run_packed(const struct copy *copy, unsigned bits, void *to, int64_t to_at,
                     const void *from, int64_t from_at);

/* Writes count elements of size bytes, all equal to *value. */
void copy_fill(void *to, const void *value, size_t size, int64_t count);

#endif
