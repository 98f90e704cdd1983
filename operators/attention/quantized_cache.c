#include "operators/attention/quantized_cache.h"

#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/kernels/simd/simd.h"

#include <math.h>
#include <string.h>

#define BLOCK 2048 /* numbers */

/* What a head's codes are: their type, what stands for 0, the least of them, and their scales. */
struct codes {
    hinge_type type;
    float zero, least;
    const float *scales;
    bool is_one; /* one scale for all channels */
};

/* Codes as float to the numbers that they stand for. */
static void scale_rows(const struct codes *codes, float *row, int64_t n_rows, int64_t size)
{
    const vf32 zero = vf32_set1(codes->zero), one = vf32_set1(codes->scales[0]);
    for (int64_t t = 0; t < n_rows; t++, row += size) {
        int64_t i = 0;
        for (; i + VF32_LANES <= size; i += VF32_LANES) {
            const vf32 scale = codes->is_one ? one : vf32_load(codes->scales + i);
            vf32_store(row + i, vf32_mul(vf32_sub(vf32_load(row + i), zero), scale));
        }
        for (; i < size; i++)
            row[i] = (row[i] - codes->zero) * codes->scales[codes->is_one ? 0 : i];
    }
}

/* Rows that are stored, block by block, so that each is in cache when it is scaled. */
static void load_rows(const struct codes *codes, const uint8_t *from, float *row, int64_t n_rows,
                      int64_t size, int64_t stored)
{
    const int64_t block = max_i64(BLOCK / size, 1);
    for (int64_t t = 0; t < n_rows; t += block) {
        const int64_t n = min_i64(block, n_rows - t);
        convert_to_float(codes->type, row + t * size, from + t * stored, n * size);
        scale_rows(codes, row + t * size, n, size);
    }
}

/* Rows to the nearest codes, as float; what is no number to the least. */
static void round_rows(const struct codes *codes, float *row, int64_t n_rows, int64_t size)
{
    for (int64_t t = 0; t < n_rows; t++, row += size)
        for (int64_t i = 0; i < size; i++) {
            const float number = rintf(row[i] / codes->scales[codes->is_one ? 0 : i]);
            const float most = -1 - codes->least;
            row[i] = number > codes->least ? number : codes->least; /* NaN too */
            row[i] = (row[i] < most ? row[i] : most) + codes->zero;
        }
}

static void join_heads(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct quantized_cache *c = argument;
    const bool is_wide = c->n_bits == 8;
    const int64_t stored = is_wide ? c->size : c->size / 2;
    struct codes codes = {.type = is_wide ? HINGE_INT8 : HINGE_UINT4,
                          .zero = is_wide ? 0 : 8,
                          .least = is_wide ? -128 : -8,
                          .is_one = hinge_count(c->scales) == 1};
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        const int64_t offset = c->spans[i / c->n_heads].offset, behind = offset + c->length;
        float *rows = c->rows + i * c->capacity * c->size, *added = rows + offset * c->size;
        uint8_t *to = c->present ? (uint8_t *)c->present->data + i * c->capacity * stored : NULL;
        codes.scales = c->scales->data;
        codes.scales += codes.is_one ? 0 : i % c->n_heads * c->size;
        if (offset > 0) {
            const uint8_t *from = (const uint8_t *)c->past->data + i * c->past->dims[2] * stored;
            load_rows(&codes, from, rows, offset, c->size, stored);
            if (to)
                memcpy(to, from, (size_t)(offset * stored));
        }
        round_rows(&codes, added, c->length, c->size);
        if (to) {
            convert_from_float(codes.type, NULL, to + offset * stored, added, c->length * c->size);
            memset(to + behind * stored, 0, (size_t)((c->capacity - behind) * stored));
        }
        scale_rows(&codes, added, c->length, c->size);
    }
}

void quantized_cache_join(const struct quantized_cache *cache)
{
    struct quantized_cache copy = *cache;
    cache->node->host->parallel(cache->node, cache->n_batch * cache->n_heads, 1, join_heads, &copy);
}
