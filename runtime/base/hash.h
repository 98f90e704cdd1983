/*
 * A hash of 128 bits, for telling contents apart and finding damage, at the speed of memory. Not
 * cryptographic: who may choose the bytes can make two contents that have the same. The result
 * depends on nothing but the bytes, and is the same on every machine of one byte order.
 *
 * Eight sums of 64 bits, each of products of 32 by 32 bits, as in XXH3 by Yann Collet
 * (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md), with other constants and another end;
 * finalized by the mixer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014).
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash {
    uint64_t words[2];
};

/* Of what seed is the hash of, and then size bytes. */
struct hash hash_bytes(struct hash seed, const void *bytes, size_t size);

/* The same for a number, whatever type it has. */
static inline struct hash hash_number(struct hash seed, uint64_t number)
{
    return hash_bytes(seed, &number, sizeof number);
}

#endif
