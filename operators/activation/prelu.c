/* PRelu-1, -6, -7, -9, -16: y = x where x >= 0, otherwise slope x. slope is broadcast to x; before
 * version 7 a slope of rank 1 belongs to axis 1 unless it has a single element. */
#include "operators/op_activation.h"

#include <string.h>

/* x as blocks of inner elements, along which slope either runs (dense) or stays the same. */
struct walk {
    int32_t rank;
    int64_t dims[HINGE_MAX_RANK];   /* of x without the trailing block */
    int64_t stride[HINGE_MAX_RANK]; /* of slope there */
    int64_t inner;                  /* elements of the trailing block */
    bool dense;                     /* in which slope runs along, rather than staying */
};

static struct walk plan(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const hinge_tensor *slope = node->inputs[1];
    int64_t dims[HINGE_MAX_RANK];
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = 1;
    const int32_t shift =
        node->opset < 7 && slope->rank == 1 && x->rank > 1 ? 1 : x->rank - slope->rank;
    for (int32_t d = 0; d < slope->rank; d++)
        dims[d + shift] = slope->dims[d];

    struct walk walk = {.rank = x->rank, .inner = 1};
    walk.dense = walk.rank > 0 && dims[walk.rank - 1] == x->dims[walk.rank - 1];
    while (walk.rank > 0 && dims[walk.rank - 1] == (walk.dense ? x->dims[walk.rank - 1] : 1))
        walk.inner *= x->dims[--walk.rank];
    int64_t stride = walk.dense ? walk.inner : 1;
    for (int32_t d = walk.rank - 1; d >= 0; d--) {
        walk.dims[d] = x->dims[d];
        walk.stride[d] = dims[d] == 1 ? 0 : stride;
        stride *= dims[d];
    }
    return walk;
}

/* Where block number block of x begins in slope. */
static int64_t slope_offset(const struct walk *walk, int64_t block)
{
    int64_t offset = 0;
    for (int32_t d = walk->rank - 1; d >= 0; d--) {
        offset += block % walk->dims[d] * walk->stride[d];
        block /= walk->dims[d];
    }
    return offset;
}

#define PRELU_RUN(suffix, type)                                                                    \
    static hinge_status prelu_##suffix(const struct hinge_node *node)                              \
    {                                                                                              \
        const struct walk walk = plan(node);                                                       \
        const type *x = node->inputs[0]->data;                                                     \
        const type *slope = node->inputs[1]->data;                                                 \
        type *y = node->outputs[0]->data;                                                          \
        const int64_t count = hinge_count(node->inputs[0]);                                        \
        for (int64_t begin = 0; begin < count; begin += walk.inner)                                \
            block_##suffix(x + begin, slope + slope_offset(&walk, begin / walk.inner), y + begin,  \
                           walk.inner, walk.dense);                                                \
        return HINGE_OK;                                                                           \
    }

#define PRELU(suffix, type, product)                                                               \
    static void block_##suffix(const type *x, const type *slope, type *y, int64_t count,           \
                               bool dense)                                                         \
    {                                                                                              \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const type s = slope[dense ? i : 0];                                                   \
            y[i] = x[i] < 0 ? (type)(product) : x[i];                                              \
        }                                                                                          \
    }                                                                                              \
    PRELU_RUN(suffix, type)

#define PRELU_VECTOR(suffix, type, load_n, store_n)                                                \
    static void block_##suffix(const type *x, const type *slope, type *y, int64_t count,           \
                               bool dense)                                                         \
    {                                                                                              \
        const vf32 constant = vf32_set1(vf32_reduce_add(load_n(slope, 1)));                        \
        for (int64_t i = 0; i < count; i += VF32_LANES) {                                          \
            const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;                  \
            const vf32 s = dense ? load_n(slope + i, n) : constant;                                \
            const vf32 v = load_n(x + i, n);                                                       \
            store_n(y + i, vf32_select(vf32_lt(v, vf32_zero()), vf32_mul(v, s), v), n);            \
        }                                                                                          \
    }                                                                                              \
    PRELU_RUN(suffix, type)

PRELU_VECTOR(f32, float, vf32_load_n, vf32_store_n)
PRELU_VECTOR(f16, uint16_t, vf32_load_f16_n, vf32_store_f16_n)
PRELU_VECTOR(bf16, uint16_t, vf32_load_bf16_n, vf32_store_bf16_n)
PRELU(f64, double, s *x[i])
PRELU(i32, int32_t, (uint32_t)s *(uint32_t)x[i])
PRELU(i64, int64_t, (uint64_t)s *(uint64_t)x[i])

/* Nothing unsigned is below 0. */
static hinge_status prelu_unsigned(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    if (node->outputs[0]->data != x->data)
        memcpy(node->outputs[0]->data, x->data, hinge_size(x->type, hinge_count(x)));
    return HINGE_OK;
}

static hinge_status prelu_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const hinge_tensor *slope = node->inputs[1];
    const bool channels = node->opset < 7 && slope->rank == 1 && x->rank > 1;
    const int32_t shift = channels ? 1 : x->rank - slope->rank;
    for (int32_t d = 0; d < slope->rank; d++)
        if (shift < 0 || (slope->dims[d] != 1 && slope->dims[d] != x->dims[d + shift]))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "the slope cannot be broadcast to input 0");
    return op_infer_same(node);
}

static void prelu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    const hinge_tensor *slope = node->inputs[1];
    if (slope->type != HINGE_FLOAT || !slope->data || hinge_count(slope) != 1)
        return;
    activation->kind = HINGE_ACT_LEAKY_RELU;
    activation->alpha = *(const float *)slope->data;
}

static const struct hinge_attribute_def attributes_1[] = {
    OP_ACTIVATION_CONSUMED_INPUTS,
    {.name = NULL},
};

#define PRELU_ENTRY                                                                                \
    .signature = "(X: T, slope: T) -> (Y: T); T: " OP_TYPES_WIDE,                                  \
    .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = prelu_infer,                       \
    .activation = prelu_activation, .row = activation_f32,                                         \
    .derivative = activation_derivative_f32,                                                       \
    .kernels = HINGE_KERNELS({HINGE_FLOAT, prelu_f32}, {HINGE_DOUBLE, prelu_f64},                  \
                             {HINGE_FLOAT16, prelu_f16}, {HINGE_BFLOAT16, prelu_bf16},             \
                             {HINGE_INT32, prelu_i32}, {HINGE_INT64, prelu_i64},                   \
                             {HINGE_UINT32, prelu_unsigned}, {HINGE_UINT64, prelu_unsigned})

const struct hinge_op op_prelu[] = {
    {.name = "PRelu", .since = 1, .until = 5, .attributes = attributes_1, PRELU_ENTRY},
    {.name = "PRelu", .since = 6, PRELU_ENTRY},
    OP_END,
};
