/* CumSum-11, -14: running sums along an axis; exclusive ones leave out the element itself, reverse
 * ones begin at the end. Half types sum in float. */
#include "operators/kernels/half.h"
#include "operators/op_copy.h"

#define GRAIN_SIZE 65536

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
    bool exclusive, reverse;
    int64_t count, stride; /* of a line, in elements */
    const char *from;
    char *to;
};

/* Sums wrap around in unsigned arithmetic. */
#define SUM_LINE(name, type, sum_type, get, put)                                                   \
    static void name(const struct lines *l, int64_t at)                                            \
    {                                                                                              \
        const type *x = (const type *)(const void *)l->from + at;                                  \
        type *y = (type *)(void *)l->to + at;                                                      \
        sum_type sum = 0;                                                                          \
        for (int64_t i = 0; i < l->count; i++) {                                                   \
            int64_t k = (l->reverse ? l->count - 1 - i : i) * l->stride;                           \
            sum_type element = get(x[k]);                                                          \
            y[k] = put(l->exclusive ? sum : sum + element);                                        \
            sum += element;                                                                        \
        }                                                                                          \
    }

#define AS_IT_IS(value) (value)

static inline float from_f16(uint16_t x)
{
    float y;
    half_load(HINGE_FLOAT16, &y, &x, 1);
    return y;
}

static inline uint16_t to_f16(float x)
{
    uint16_t y;
    half_store(HINGE_FLOAT16, &y, &x, 1);
    return y;
}

static inline float from_bf16(uint16_t x)
{
    float y;
    half_load(HINGE_BFLOAT16, &y, &x, 1);
    return y;
}

static inline uint16_t to_bf16(float x)
{
    uint16_t y;
    half_store(HINGE_BFLOAT16, &y, &x, 1);
    return y;
}

SUM_LINE(sum_f32, float, float, AS_IT_IS, AS_IT_IS)
SUM_LINE(sum_f64, double, double, AS_IT_IS, AS_IT_IS)
SUM_LINE(sum_32, uint32_t, uint32_t, AS_IT_IS, AS_IT_IS)
SUM_LINE(sum_64, uint64_t, uint64_t, AS_IT_IS, AS_IT_IS)
SUM_LINE(sum_f16, uint16_t, float, from_f16, to_f16)
SUM_LINE(sum_bf16, uint16_t, float, from_bf16, to_bf16)

static void sum_lines(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct lines *l = argument;
    (void)thread;
    for (int64_t n = begin; n < end; n++) {
        int64_t at = n / l->stride * l->count * l->stride + n % l->stride;
        switch (l->type) {
        case HINGE_FLOAT: sum_f32(l, at); break;
        case HINGE_DOUBLE: sum_f64(l, at); break;
        case HINGE_FLOAT16: sum_f16(l, at); break;
        case HINGE_BFLOAT16: sum_bf16(l, at); break;
        case HINGE_INT32:
        case HINGE_UINT32: sum_32(l, at); break;
        default: sum_64(l, at); break;
        }
    }
}

static hinge_status run(const struct hinge_node *node)
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
                          .count = x->dims[axis],
                          .stride = op_dims_count(x, axis + 1, x->rank),
                          .from = x->data,
                          .to = node->outputs[0]->data};
    int64_t line_size = lines.count * (int64_t)op_element_size(x);
    node->host->parallel(node, hinge_count(x) / lines.count, GRAIN_SIZE / line_size + 1, sum_lines,
                         &lines);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [EXCLUSIVE] = {.name = "exclusive", .type = HINGE_ATTR_INT},
    [REVERSE] = {.name = "reverse", .type = HINGE_ATTR_INT},
    {.name = NULL}};

const struct hinge_op op_cumsum[] = {
    {.name = "CumSum",
     .since = 11,
     .signature = "(x: T, axis: T2) -> (y: T); T: " OP_TYPES_WIDE "; T2: int32 int64",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run},
                              {HINGE_BFLOAT16, run}, {HINGE_INT32, run}, {HINGE_UINT32, run},
                              {HINGE_INT64, run}, {HINGE_UINT64, run})},
    OP_END,
};
