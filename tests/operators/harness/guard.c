/* Memory that ends, or begins, right at a page that must not be touched. */
#include "tests/operators/harness/harness_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CANARY 0xC3

/* Maps that were given back, not to be touched, are taken again: to map memory and to touch it the
 * first time is what most checks would spend their time on. A stack for each small size. */
#define N_SIZES 4
#define N_KEPT 32

static struct {
    uint8_t *maps[N_KEPT];
    size_t n;
} kept[N_SIZES];

static size_t page_size(void)
{
    static size_t size;
    if (!size)
        size = (size_t)sysconf(_SC_PAGESIZE);
    return size;
}

static uint8_t *take_map(size_t inner)
{
    size_t page = page_size(), n_pages = inner / page;
    uint8_t *map = MAP_FAILED;
    if (n_pages < N_SIZES && kept[n_pages].n > 0)
        map = kept[n_pages].maps[--kept[n_pages].n];
    else
        map = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || (inner && mprotect(map + page, inner, PROT_READ | PROT_WRITE))) {
        fputs("no memory for the test\n", stderr);
        exit(2);
    }
    return map;
}

void guard_open(struct guard *guard, size_t size, size_t alignment, enum guard_side side,
                int poison)
{
    size_t page = page_size();
    size_t padded = (size + alignment - 1) / alignment * alignment;
    size_t inner = (padded + page - 1) / page * page;
    guard->inner_size = inner;
    guard->size = size;
    guard->map = take_map(inner);
    guard->data = guard->map + page + (side == GUARD_AFTER ? inner - padded : 0);
    if (inner) {
        memset(guard->map + page, CANARY, inner);
        memset(guard->data, poison, size);
    }
}

void guard_protect(struct guard *guard)
{
    if (guard->inner_size)
        (void)mprotect(guard->map + page_size(), guard->inner_size, PROT_READ);
}

void guard_unprotect(struct guard *guard)
{
    if (guard->inner_size)
        (void)mprotect(guard->map + page_size(), guard->inner_size, PROT_READ | PROT_WRITE);
}

bool guard_intact(const struct guard *guard)
{
    if (!guard->map)
        return true;
    const uint8_t *inner = guard->map + page_size();
    for (const uint8_t *p = inner; p < guard->data; p++)
        if (*p != CANARY)
            return false;
    for (const uint8_t *p = guard->data + guard->size; p < inner + guard->inner_size; p++)
        if (*p != CANARY)
            return false;
    return true;
}

void guard_close(struct guard *guard)
{
    if (guard->map) {
        size_t page = page_size(), n_pages = guard->inner_size / page;
        if (n_pages < N_SIZES && kept[n_pages].n < N_KEPT &&
            (n_pages == 0 || mprotect(guard->map + page, guard->inner_size, PROT_NONE) == 0))
            kept[n_pages].maps[kept[n_pages].n++] = guard->map;
        else
            (void)munmap(guard->map, guard->inner_size + 2 * page);
    }
    *guard = (struct guard){0};
}
