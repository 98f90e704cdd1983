/* base/hash.h: what differs in size, place or one bit has another hash, of other bits. */
#include "tests/support/main.h"

#include "base/hash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 3000 };

static const struct hash zero;

static bool is_same(struct hash a, struct hash b)
{
    return a.words[0] == b.words[0] && a.words[1] == b.words[1];
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct hash));
}

static void check_distinct(struct hash *hashes, size_t n)
{
    qsort(hashes, n, sizeof *hashes, compare);
    for (size_t i = 1; i < n; i++)
        CU_ASSERT_FALSE(is_same(hashes[i - 1], hashes[i]));
}

static void sizes(void)
{
    static struct hash hashes[2 * MOST];
    static const unsigned char zeros[MOST];
    for (size_t n = 0; n < MOST; n++) {
        hashes[2 * n] = hash_bytes(zero, zeros, n);
        hashes[2 * n + 1] = hash_bytes(hashes[0], zeros, n);
    }
    CU_ASSERT_TRUE(is_same(hash_bytes(zero, NULL, 0), hashes[0]));
    check_distinct(hashes, 2 * (size_t)MOST);
}

/* Every bit reaches about half of the bits of either word, whatever address the bytes have. */
static void bits(void)
{
    static struct hash hashes[MOST * 8 + 1];
    static unsigned char bytes[MOST + 1];
    unsigned random = 1;
    for (size_t i = 0; i < MOST; i++)
        bytes[i + 1] = (unsigned char)((random = random * 1103515245 + 12345) >> 16);
    const struct hash before = hash_bytes(zero, bytes + 1, MOST);
    uint64_t flips[2] = {0, 0};
    for (size_t bit = 0; bit < (size_t)MOST * 8; bit++) {
        bytes[bit / 8 + 1] ^= (unsigned char)(1u << bit % 8);
        hashes[bit] = hash_bytes(zero, bytes + 1, MOST);
        bytes[bit / 8 + 1] ^= (unsigned char)(1u << bit % 8);
        for (int w = 0; w < 2; w++) {
            const int n = __builtin_popcountll(hashes[bit].words[w] ^ before.words[w]);
            CU_ASSERT_TRUE(n > 6 && n < 58); /* 6.5 standard deviations */
            flips[w] += (uint64_t)n;
        }
    }
    for (int w = 0; w < 2; w++)
        CU_ASSERT_DOUBLE_EQUAL((double)flips[w] / (MOST * 8), 32, 0.2);
    memmove(bytes, bytes + 1, MOST);
    CU_ASSERT_TRUE(is_same(hash_bytes(zero, bytes, MOST), before));
    hashes[MOST * 8] = before;
    check_distinct(hashes, (size_t)MOST * 8 + 1);
}

/* The same words in another order. */
static void places(void)
{
    static uint64_t words[512];
    static struct hash hashes[512];
    for (size_t i = 0; i < 512; i++)
        words[i] = i * 0x123456789abcdefU;
    for (size_t i = 0; i < 512; i++) {
        const uint64_t first = words[0];
        words[0] = words[i];
        words[i] = first;
        hashes[i] = hash_bytes(zero, words, sizeof words);
        words[i] = words[0];
        words[0] = first;
    }
    check_distinct(hashes, 512);
}

int main(void)
{
    static CU_TestInfo tests[] = {
        {"sizes", sizes}, {"bits", bits}, {"places", places}, CU_TEST_INFO_NULL};
    return run_tests("hash", tests);
}
