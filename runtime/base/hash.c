#include "base/hash.h"

#include <string.h>

enum { LANES = 8, STRIPE = LANES * 8, STRIPES = 16, BLOCK = STRIPES * STRIPE };

/* Where one begins, the numbers of SplitMix64 follow. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

/* In other words with every stripe of a block: the same stripe in another place counts for
 * something else. */
static void make_keys(struct hash seed, uint64_t keys[STRIPES + LANES])
{
    for (unsigned i = 0; i < STRIPES + LANES; i++)
        keys[i] = mix(seed.words[i % 2] + (i + 1) * 0x9e3779b97f4a7c15U);
}

static void add_stripes(uint64_t result[LANES], const unsigned char *bytes, size_t n,
                        const uint64_t *keys)
{
    uint64_t sums[LANES];
    memcpy(sums, result, sizeof sums);
    for (size_t s = 0; s < n; s++)
        for (unsigned i = 0; i < LANES; i += 2) {
            uint64_t words[2];
            memcpy(words, bytes + s * STRIPE + i * sizeof words[0], sizeof words);
            const uint64_t a = words[0] ^ keys[s + i], b = words[1] ^ keys[s + i + 1];
            sums[i] += words[1] + (a & UINT32_MAX) * (a >> 32);
            sums[i + 1] += words[0] + (b & UINT32_MAX) * (b >> 32);
        }
    memcpy(result, sums, sizeof sums);
}

/* Between blocks: the upper bits of the sums reach the lower ones. */
static void scramble(uint64_t sums[LANES], const uint64_t *keys)
{
    for (unsigned i = 0; i < LANES; i++)
        sums[i] = (sums[i] ^ (sums[i] >> 47) ^ keys[i]) * 0x9e3779b1U;
}

struct hash hash_bytes(struct hash seed, const void *bytes, size_t size)
{
    uint64_t keys[STRIPES + LANES], sums[LANES];
    const unsigned char *from = bytes;
    size_t left = size;
    make_keys(seed, keys);
    memcpy(sums, keys + STRIPES, sizeof sums);
    for (; left >= BLOCK; left -= BLOCK, from += BLOCK) {
        add_stripes(sums, from, STRIPES, keys);
        scramble(sums, keys + STRIPES);
    }
    const size_t whole = left / STRIPE;
    add_stripes(sums, from, whole, keys);
    unsigned char last[STRIPE] = {0};
    if (left % STRIPE)
        memcpy(last, from + whole * STRIPE, left % STRIPE);
    add_stripes(sums, last, 1, keys + whole);
    struct hash hash = {{mix(seed.words[0] ^ size), mix(seed.words[1] + size)}};
    for (unsigned i = 0; i < LANES; i++) {
        hash.words[0] = mix(hash.words[0] ^ sums[i]);
        hash.words[1] = mix(hash.words[1] + sums[LANES - 1 - i]);
    }
    return hash;
}
