#include "operators/index/scatter_reduce.h"
#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"
#include "operators/kernels/integer.h"

#include <string.h>

#define REDUCE_LOOP(type, expression)                                                              \
    for (int64_t i = 0; i < count; i++) {                                                          \
        const type a = y[i], b = x[i];                                                             \
        y[i] = (type)(expression);                                                                 \
    }                                                                                              \
    break

/* Sums and products are of wide numbers: unsigned ones for integers, which cannot overflow. */
#define REDUCE(name, type, wide)                                                                   \
    static void name(enum scatter_reduction reduction, type *y, const type *x, int64_t count)      \
    {                                                                                              \
        switch (reduction) {                                                                       \
        case SCATTER_NONE: memcpy(y, x, (size_t)count * sizeof *y); break;                         \
        case SCATTER_ADD: REDUCE_LOOP(type, (wide)a + (wide)b);                                    \
        case SCATTER_MUL: REDUCE_LOOP(type, (wide)a *(wide)b);                                     \
        case SCATTER_MAX: REDUCE_LOOP(type, a > b || a != a ? a : b);                              \
        case SCATTER_MIN: REDUCE_LOOP(type, a < b || a != a ? a : b);                              \
        }                                                                                          \
    }

REDUCE(reduce_f32, float, float)
REDUCE(reduce_f64, double, double)
REDUCE(reduce_i8, int8_t, uint64_t)
REDUCE(reduce_i16, int16_t, uint64_t)
REDUCE(reduce_i32, int32_t, uint64_t)
REDUCE(reduce_i64, int64_t, uint64_t)
REDUCE(reduce_u8, uint8_t, uint64_t)
REDUCE(reduce_u16, uint16_t, uint64_t)
REDUCE(reduce_u32, uint32_t, uint64_t)
REDUCE(reduce_u64, uint64_t, uint64_t)

#define CHUNK 64

static void reduce_half(enum scatter_reduction reduction, hinge_type type, uint16_t *y,
                        const uint16_t *x, int64_t count)
{
    float y_chunk[CHUNK], x_chunk[CHUNK];
    for (int64_t at = 0; at < count; at += CHUNK) {
        const int64_t n = min_i64(CHUNK, count - at);
        half_load(type, y_chunk, y + at, n);
        half_load(type, x_chunk, x + at, n);
        reduce_f32(reduction, y_chunk, x_chunk, n);
        half_store(type, y + at, y_chunk, n);
    }
}

void scatter_reduce_row(enum scatter_reduction reduction, hinge_type type, void *to, int64_t to_at,
                        const void *updates, int64_t from_at, int64_t count)
{
    void *y = (char *)to + to_at;
    const void *x = (const char *)updates + from_at;
    count /= hinge_type_bits(type) / 8;
    switch (type) {
    case HINGE_FLOAT: reduce_f32(reduction, y, x, count); break;
    case HINGE_DOUBLE: reduce_f64(reduction, y, x, count); break;
    case HINGE_INT8: reduce_i8(reduction, y, x, count); break;
    case HINGE_INT16: reduce_i16(reduction, y, x, count); break;
    case HINGE_INT32: reduce_i32(reduction, y, x, count); break;
    case HINGE_INT64: reduce_i64(reduction, y, x, count); break;
    case HINGE_UINT8: reduce_u8(reduction, y, x, count); break;
    case HINGE_UINT16: reduce_u16(reduction, y, x, count); break;
    case HINGE_UINT32: reduce_u32(reduction, y, x, count); break;
    case HINGE_UINT64: reduce_u64(reduction, y, x, count); break;
    default: reduce_half(reduction, type, y, x, count); break;
    }
}

hinge_status scatter_reduction(const struct hinge_node *node, unsigned attribute,
                               enum scatter_reduction *reduction)
{
    static const char *const names[] = {"none", "add", "mul", "max", "min"};
    const unsigned n_names = node->opset < 16 ? 1 : node->opset < 18 ? 3 : 5;
    *reduction = SCATTER_NONE;
    if (n_names == 1)
        return HINGE_OK;
    const hinge_string s = node->attributes[attribute].s;
    const hinge_type type = node->inputs[0]->type;
    unsigned i = 0;
    while (i < n_names && (s.size != strlen(names[i]) || memcmp(s.bytes, names[i], s.size)))
        i++;
    if (i == n_names)
        return OP_FAIL(node, HINGE_BAD_MODEL, "reduction '%.*s' is not none, add, mul%s",
                       (int)(s.size < 40 ? s.size : 40), s.bytes, n_names == 5 ? ", max, min" : "");
    *reduction = (enum scatter_reduction)i;
    if (i != SCATTER_NONE && (!convert_knows(type) || type == HINGE_BOOL))
        return OP_FAIL(node, HINGE_BAD_MODEL, "reduction '%s' is for numbers of 8 bits or more",
                       names[i]);
    return HINGE_OK;
}
