/* CumSum-11, -14, CumProd-26: running sums or products along an axis; exclusive ones leave out the
 * element itself, reverse ones begin at the end. Half types are computed in float. */
#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"

#define GRAIN 16384
#define BLOCK 1024 /* lines that are added up together, or elements of one */

enum { EXCLUSIVE, REVERSE };

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *axis = node->inputs[1];
    if (hinge_count(axis) != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "axis is not one integer");
    return op_infer_same(node);
}

struct lines {
    hinge_type type;
    bool exclusive, reverse, product;
    int64_t count, stride; /* of a line, in elements */
    const char *from;
    char *to;
};

/* Elements that are computed in another type: half ones in float, 32 bits in 64. */
union block {
    float floats[BLOCK];
    int64_t ints[BLOCK];
};

static bool is_32(hinge_type type)
{
    return type == HINGE_INT32 || type == HINGE_UINT32;
}

/* The elements from at on, where they are or in a block. */
static const void *load(const struct lines *l, int64_t at, int64_t count, union block *block)
{
    const char *from = l->from + hinge_size(l->type, at);
    if (half_is(l->type))
        half_load(l->type, block->floats, (const uint16_t *)(const void *)from, count);
    else if (is_32(l->type))
        convert_to_int(l->type, block->ints, from, count);
    else
        return from;
    return block;
}

/* Where such results are written, and from where the others go on. */
static void *target(const struct lines *l, int64_t at, union block *block)
{
    return half_is(l->type) || is_32(l->type) ? (void *)block : l->to + hinge_size(l->type, at);
}

static void store(const struct lines *l, int64_t at, int64_t count, const union block *block)
{
    char *to = l->to + hinge_size(l->type, at);
    if (half_is(l->type))
        half_store(l->type, (uint16_t *)(void *)to, block->floats, count);
    else if (is_32(l->type))
        convert_from_int(l->type, false, to, block->ints, count);
}

/* width lines side by side, a row of them at a time, or a single one in pieces. Integers wrap
 * around in unsigned arithmetic. */
#define CUMULATE(name, type)                                                                       \
    static void name##_row(const struct lines *l, type *restrict y, type *restrict sums,           \
                           const type *restrict x, int64_t count)                                  \
    {                                                                                              \
        if (l->exclusive)                                                                          \
            memcpy(y, sums, (size_t)count * sizeof *y);                                            \
        if (l->product)                                                                            \
            for (int64_t k = 0; k < count; k++)                                                    \
                sums[k] *= x[k];                                                                   \
        else                                                                                       \
            for (int64_t k = 0; k < count; k++)                                                    \
                sums[k] += x[k];                                                                   \
        if (!l->exclusive)                                                                         \
            memcpy(y, sums, (size_t)count * sizeof *y);                                            \
    }                                                                                              \
    static void name##_piece(const struct lines *l, type *restrict y, type *restrict total,        \
                             const type *restrict x, int64_t count)                                \
    {                                                                                              \
        type sum = *total;                                                                         \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const int64_t at = l->reverse ? count - 1 - i : i;                                     \
            const type next = l->product ? sum * x[at] : sum + x[at];                              \
            y[at] = l->exclusive ? sum : next;                                                     \
            sum = next;                                                                            \
        }                                                                                          \
        *total = sum;                                                                              \
    }                                                                                              \
    static void name(const struct lines *l, int64_t at, int64_t width)                             \
    {                                                                                              \
        const bool single = l->stride == 1;                                                        \
        type sums[BLOCK];                                                                          \
        union block x_block, y_block;                                                              \
        for (int64_t k = 0; k < width; k++)                                                        \
            sums[k] = l->product;                                                                  \
        for (int64_t i = 0, n; i < l->count; i += n) {                                             \
            n = single ? min_i64(BLOCK, l->count - i) : 1;                                         \
            const int64_t first = at + (l->reverse ? l->count - i - n : i) * l->stride;            \
            const int64_t count = single ? n : width;                                              \
            const type *x = load(l, first, count, &x_block);                                       \
            type *y = target(l, first, &y_block);                                                  \
            if (single)                                                                            \
                name##_piece(l, y, sums, x, count);                                                \
            else                                                                                   \
                name##_row(l, y, sums, x, count);                                                  \
            store(l, first, count, &y_block);                                                      \
        }                                                                                          \
    }

CUMULATE(sum_f32, float)
CUMULATE(sum_f64, double)
CUMULATE(sum_64, uint64_t)

static int64_t blocks_of(int64_t stride)
{
    return (stride - 1) / BLOCK + 1;
}

static void sum_blocks(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct lines *l = argument;
    const int64_t n_blocks = blocks_of(l->stride);
    (void)thread;
    for (int64_t n = begin; n < end; n++) {
        const int64_t first = n % n_blocks * BLOCK;
        const int64_t at = n / n_blocks * l->count * l->stride + first;
        const int64_t width = min_i64(l->stride - first, BLOCK);
        switch (l->type) {
        case HINGE_DOUBLE: sum_f64(l, at, width); break;
        case HINGE_FLOAT:
        case HINGE_FLOAT16:
        case HINGE_BFLOAT16: sum_f32(l, at, width); break;
        default: sum_64(l, at, width); break;
        }
    }
}

static hinge_status run(const struct hinge_node *node, bool product)
{
    const hinge_tensor *x = node->inputs[0], *given = node->inputs[1];
    int64_t value =
        given->type == HINGE_INT64 ? *(const int64_t *)given->data : *(const int32_t *)given->data;
    int32_t axis;
    hinge_status status = op_axis(node, "axis", value, x->rank, &axis);
    if (status || hinge_count(x) == 0)
        return status;
    struct lines lines = {.type = x->type,
                          .exclusive = node->attributes[EXCLUSIVE].i != 0,
                          .reverse = node->attributes[REVERSE].i != 0,
                          .product = product,
                          .count = x->dims[axis],
                          .stride = op_dims_count(x, axis + 1, x->rank),
                          .from = x->data,
                          .to = node->outputs[0]->data};
    const int64_t n_lines = hinge_count(x) / lines.count;
    const int64_t width = min_i64(lines.stride, BLOCK);
    node->host->parallel(node, n_lines / lines.stride * blocks_of(lines.stride),
                         op_grain(GRAIN, width * lines.count), sum_blocks, &lines);
    return HINGE_OK;
}

static hinge_status sum(const struct hinge_node *node)
{
    return run(node, false);
}

static hinge_status product(const struct hinge_node *node)
{
    return run(node, true);
}

static const struct hinge_attribute_def attributes[] = {
    [EXCLUSIVE] = {.name = "exclusive", .type = HINGE_ATTR_INT},
    [REVERSE] = {.name = "reverse", .type = HINGE_ATTR_INT},
    {.name = NULL}};

#define ENTRY(onnx_name, first, kernel, rule)                                                      \
    {                                                                                              \
        .name = (onnx_name), .gradient = (rule), .since = (first),                                 \
        .signature = "(x: T, axis: T2) -> (y: T); T: " OP_TYPES_WIDE "; T2: int32 int64",          \
        .attributes = attributes, .infer = infer,                                                  \
        .kernels =                                                                                 \
            HINGE_KERNELS({HINGE_FLOAT, kernel}, {HINGE_DOUBLE, kernel}, {HINGE_FLOAT16, kernel},  \
                          {HINGE_BFLOAT16, kernel}, {HINGE_INT32, kernel}, {HINGE_UINT32, kernel}, \
                          {HINGE_INT64, kernel}, {HINGE_UINT64, kernel})                           \
    }

const struct hinge_op op_cumsum[] = {
    ENTRY("CumSum", 11, sum, "cumsum:"),
    ENTRY("CumProd", 26, product, NULL),
    OP_END,
};
