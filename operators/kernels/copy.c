#include "operators/kernels/copy.h"

#include "operators/kernels/integer.h"

#include <stdbool.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64 << 10)
#define TILE 16
#define N_ROWS 4
#define FILL_SIZE ((size_t)1 << 10)
/* Of fewer elements across, such as the channels of a picture, a tile takes as many along. */
#define NARROW 8
#define WIDE 1024

/* Calls CALL with a size that the compiler knows: memcpy is one load and one store then. */
#define FOR_ELEMENT_SIZE(size, CALL)                                                               \
    switch (size) {                                                                                \
    case 1: CALL(1); break;                                                                        \
    case 2: CALL(2); break;                                                                        \
    case 4: CALL(4); break;                                                                        \
    case 8: CALL(8); break;                                                                        \
    case 16: CALL(16); break;                                                                      \
    default: CALL(size); break;                                                                    \
    }

static void drop_dimension(struct copy *copy, int32_t d)
{
    copy->rank--;
    for (; d < copy->rank; d++) {
        copy->dims[d] = copy->dims[d + 1];
        copy->to[d] = copy->to[d + 1];
        copy->from[d] = copy->from[d + 1];
    }
}

void copy_collapse(struct copy *copy)
{
    for (int32_t d = copy->rank; d-- > 0;) {
        if (copy->dims[d] == 1) {
            drop_dimension(copy, d);
        } else if (d + 1 < copy->rank && copy->to[d] == copy->dims[d + 1] * copy->to[d + 1] &&
                   copy->from[d] == copy->dims[d + 1] * copy->from[d + 1]) {
            copy->dims[d + 1] *= copy->dims[d];
            drop_dimension(copy, d);
        }
    }
    while (copy->rank > 0 && copy->to[copy->rank - 1] == (int64_t)copy->size &&
           copy->from[copy->rank - 1] == (int64_t)copy->size)
        copy->size *= (size_t)copy->dims[--copy->rank];
}

/* The dimension along which the source's elements lie side by side, where that is not the last and
 * elements are small enough for it to matter; -1 otherwise, and where one of them fills a row. */
static int32_t source_dimension(const struct copy *copy)
{
    const int32_t last = copy->rank - 1;
    if (copy->rank < 2 || copy->size > 16 || (copy->from[last] == 0 && copy->dims[last] >= TILE))
        return -1;
    for (int32_t d = last; d-- > 0;)
        if (copy->from[d] == (int64_t)copy->size)
            return d;
    return -1;
}

static int64_t count_before(const struct copy *copy, int32_t end, int32_t except)
{
    int64_t count = 1;
    for (int32_t d = 0; d < end; d++)
        if (d != except)
            count *= copy->dims[d];
    return count;
}

int64_t copy_units(const struct copy *copy, size_t *unit_size)
{
    int32_t last = copy->rank - 1, across = source_dimension(copy);
    if (copy->rank == 0) {
        *unit_size = BLOCK_SIZE;
        return (int64_t)((copy->size + BLOCK_SIZE - 1) / BLOCK_SIZE);
    }
    if (across < 0) {
        *unit_size = copy->size;
        return count_before(copy, copy->rank, -1);
    }
    *unit_size = (size_t)copy->dims[last] * TILE * copy->size;
    return count_before(copy, last, across) * ((copy->dims[across] + TILE - 1) / TILE);
}

/* Where element `index` of the dimensions before end, without `except`, begins on both sides. */
struct position {
    int64_t at[COPY_MAX_RANK];
    int64_t to, from;
};

static struct position position_of(const struct copy *copy, int64_t index, int32_t end,
                                   int32_t except)
{
    struct position p = {.to = 0, .from = 0};
    for (int32_t d = end; d-- > 0;) {
        p.at[d] = 0;
        if (d == except)
            continue;
        p.at[d] = index % copy->dims[d];
        index /= copy->dims[d];
        p.to += p.at[d] * copy->to[d];
        p.from += p.at[d] * copy->from[d];
    }
    return p;
}

static void advance(const struct copy *copy, struct position *p, int32_t end, int32_t except)
{
    for (int32_t d = end; d-- > 0;) {
        if (d == except)
            continue;
        p->to += copy->to[d];
        p->from += copy->from[d];
        if (++p->at[d] < copy->dims[d])
            return;
        p->to -= copy->dims[d] * copy->to[d];
        p->from -= copy->dims[d] * copy->from[d];
        p->at[d] = 0;
    }
}

static inline void copy_elements(char *to, int64_t to_stride, const char *from, int64_t from_stride,
                                 int64_t count, size_t size)
{
    for (int64_t i = 0; i < count; i++)
        memcpy(to + i * to_stride, from + i * from_stride, size);
}

/* Of a stride that is 0, the element itself. */
static void copy_row_of_one(char *to, const char *value, size_t size, int64_t count)
{
#define ROW(bytes) copy_elements(to, (int64_t)(bytes), value, 0, count, bytes)
    FOR_ELEMENT_SIZE(size, ROW)
#undef ROW
}

static void copy_row(char *to, int64_t to_stride, const char *from, int64_t from_stride,
                     size_t size, int64_t count)
{
    if (from_stride == 0 && to_stride == (int64_t)size) {
        copy_fill(to, from, size, count);
        return;
    }
    /* Every other one, or a channel of pixels of three bytes: strides that the compiler knows
     * become vectors, or are at least not added up. */
    if (size == 4 && to_stride == 4 && from_stride == 8) {
        copy_elements(to, 4, from, 8, count, 4);
        return;
    }
    if (size == 1 && to_stride == 1 && from_stride == 3) {
        for (; count >= 8; count -= 8, to += 8, from += 24)
            copy_elements(to, 1, from, 3, 8, 1);
        copy_elements(to, 1, from, 3, count, 1);
        return;
    }
#define ROW(bytes) copy_elements(to, to_stride, from, from_stride, count, bytes)
    FOR_ELEMENT_SIZE(size, ROW)
#undef ROW
}

static void run_rows(const struct copy *copy, char *to, const char *from, int64_t begin,
                     int64_t end)
{
    int32_t last = copy->rank - 1;
    int64_t row = copy->dims[last];
    struct position p = position_of(copy, begin / row, last, -1);
    int64_t first = begin % row;
    while (begin < end) {
        int64_t count = row - first < end - begin ? row - first : end - begin;
        copy_row(to + p.to + first * copy->to[last], copy->to[last],
                 from + p.from + first * copy->from[last], copy->from[last], copy->size, count);
        begin += count;
        first = 0;
        advance(copy, &p, last, -1);
    }
}

/* n_across × n_last elements: side by side along the first in the source, usually along the second
 * in the destination. */
struct tile {
    size_t size;
    int64_t n_across, n_last;
    int64_t to_across, to_last, from_last;
};

/* A few source rows at a time: those that are a power of two apart fall into the same few places of
 * the cache, and more would drive each other out. */
static inline void copy_tile_elements(const struct tile *t, char *to, const char *from,
                                      int64_t n_across, int64_t n_last, int64_t to_last,
                                      size_t size)
{
    for (int64_t first = 0; first < n_last; first += N_ROWS) {
        int64_t end = first + N_ROWS < n_last ? first + N_ROWS : n_last;
        for (int64_t a = 0; a < n_across; a++)
            for (int64_t i = first; i < end; i++)
                memcpy(to + a * t->to_across + i * to_last,
                       from + i * t->from_last + a * (int64_t)size, size);
    }
}

/* Whether a tile takes three rows of numbers to each other's neighbours: a picture's channels. */
static bool interleaves(const struct tile *t)
{
    return t->size == 4 && t->n_last == 3 && t->to_last == 4 && t->to_across == 12;
}

static void copy_interleaved(const struct tile *t, char *restrict to, const char *restrict from)
{
    for (int64_t a = 0; a < t->n_across; a++, to += 12, from += 4) {
        memcpy(to, from, 4);
        memcpy(to + 4, from + t->from_last, 4);
        memcpy(to + 8, from + 2 * t->from_last, 4);
    }
}

static void copy_tile(const struct tile *t, char *to, const char *from)
{
    if (interleaves(t)) {
        copy_interleaved(t, to, from);
        return;
    }
    if (t->n_across < NARROW) {
        for (int64_t a = 0; a < t->n_across; a++)
            copy_row(to + a * t->to_across, t->to_last, from + a * (int64_t)t->size, t->from_last,
                     t->size, t->n_last);
        return;
    }
#define WHOLE(bytes) copy_tile_elements(t, to, from, TILE, TILE, (int64_t)(bytes), bytes)
#define PART(bytes) copy_tile_elements(t, to, from, t->n_across, t->n_last, t->to_last, bytes)
    if (t->n_across == TILE && t->n_last == TILE && t->to_last == (int64_t)t->size) {
        FOR_ELEMENT_SIZE(t->size, WHOLE)
    } else {
        FOR_ELEMENT_SIZE(t->size, PART)
    }
#undef WHOLE
#undef PART
}

static void run_tiles(const struct copy *copy, int32_t across, char *to, const char *from,
                      int64_t begin, int64_t end)
{
    int32_t last = copy->rank - 1;
    int64_t n_bands = (copy->dims[across] + TILE - 1) / TILE;
    struct position p = position_of(copy, begin / n_bands, last, across);
    struct tile tile = {.size = copy->size,
                        .to_across = copy->to[across],
                        .to_last = copy->to[last],
                        .from_last = copy->from[last]};
    int64_t band = begin % n_bands;
    tile.n_last = copy->dims[last];
    const int64_t most = interleaves(&tile) ? WIDE / TILE : 1;
    for (int64_t unit = begin, bands; unit < end; unit += bands) {
        bands = min_i64(most, min_i64(n_bands - band, end - unit));
        tile.n_across = min_i64(copy->dims[across] - band * TILE, bands * TILE);
        int64_t to_at = p.to + band * TILE * copy->to[across];
        int64_t from_at = p.from + band * TILE * copy->from[across];
        const int64_t width = tile.n_across < NARROW ? WIDE : TILE;
        for (int64_t i = 0; i < copy->dims[last]; i += width) {
            tile.n_last = copy->dims[last] - i < width ? copy->dims[last] - i : width;
            copy_tile(&tile, to + to_at + i * tile.to_last, from + from_at + i * tile.from_last);
        }
        band += bands;
        if (band == n_bands) {
            band = 0;
            advance(copy, &p, last, across);
        }
    }
}

void copy_run(const struct copy *copy, void *to, const void *from, int64_t begin, int64_t end)
{
    int32_t across = source_dimension(copy);
    if (begin >= end)
        return;
    if (copy->rank == 0) {
        size_t first = (size_t)begin * BLOCK_SIZE, past = (size_t)end * BLOCK_SIZE;
        past = past < copy->size ? past : copy->size;
        memcpy((char *)to + first, (const char *)from + first, past - first);
    } else if (across < 0) {
        run_rows(copy, to, from, begin, end);
    } else {
        run_tiles(copy, across, to, from, begin, end);
    }
}

static void move_packed(unsigned bits, uint8_t *to, int64_t to_at, const uint8_t *from,
                        int64_t from_at)
{
    const int64_t in_byte = 8 / bits;
    const unsigned mask = (1U << bits) - 1;
    const unsigned shift = (unsigned)(to_at % in_byte) * bits;
    const unsigned value = (unsigned)from[from_at / in_byte] >> from_at % in_byte * bits & mask;
    uint8_t *byte = to + to_at / in_byte;
    *byte = (uint8_t)((*byte & ~(mask << shift)) | value << shift);
}

void copy_packed(unsigned bits, void *to, int64_t to_at, const void *from, int64_t from_at,
                 int64_t count)
{
    const int64_t in_byte = 8 / bits;
    int64_t i = 0;
    for (; i < count && (to_at + i) % in_byte != 0; i++)
        move_packed(bits, to, to_at + i, from, from_at + i);
    if ((from_at + i) % in_byte == 0) {
        const int64_t n_bytes = (count - i) / in_byte;
        memcpy((uint8_t *)to + (to_at + i) / in_byte,
               (const uint8_t *)from + (from_at + i) / in_byte, (size_t)n_bytes);
        i += n_bytes * in_byte;
    }
    for (; i < count; i++)
        move_packed(bits, to, to_at + i, from, from_at + i);
}

void copy_run_packed(const struct copy *copy, unsigned bits, void *to, int64_t to_at,
                     const void *from, int64_t from_at)
{
    const int64_t n = count_before(copy, copy->rank, -1);
    struct position p = position_of(copy, 0, copy->rank, -1);
    for (int64_t i = 0; i < n; i++, advance(copy, &p, copy->rank, -1))
        copy_packed(bits, to, to_at + p.to, from, from_at + p.from, (int64_t)copy->size);
}

/* Elements up to a block one by one, the others as copies of that block. */
void copy_fill(void *to, const void *value, size_t size, int64_t count)
{
    const int64_t in_block = size < FILL_SIZE ? (int64_t)(FILL_SIZE / size) : 1;
    const int64_t first = count < in_block ? count : in_block;
    if (size == 1) {
        memset(to, *(const unsigned char *)value, (size_t)count);
        return;
    }
    copy_row_of_one(to, value, size, first);
    for (int64_t i = first; i < count; i += in_block) {
        const int64_t n = count - i < in_block ? count - i : in_block;
        memcpy((char *)to + i * (int64_t)size, to, (size_t)n * size);
    }
}
