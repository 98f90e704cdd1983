/* PRelu-1, -6, -7, -9, -16: y = x where x >= 0, otherwise slope x. slope is broadcast to x; before
 * version 7 a slope of rank 1 belongs to axis 1 unless it has a single element. */
#include "operators/kernels/half.h"
#include "operators/op/activation.h"

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

/* count elements, with a slope each or (not dense) all with the same. */
typedef void block_function(const void *x, const void *slope, void *y, int64_t count, bool dense);

static hinge_status run(const struct hinge_node *node, block_function *block)
{
    const struct walk walk = plan(node);
    const hinge_tensor *input = node->inputs[0];
    const int64_t size = hinge_type_bits(input->type) / 8, count = hinge_count(input);
    const char *x = input->data, *slope = node->inputs[1]->data;
    char *y = node->outputs[0]->data;
    for (int64_t begin = 0; begin < count; begin += walk.inner)
        block(x + begin * size, slope + slope_offset(&walk, begin / walk.inner) * size,
              y + begin * size, walk.inner, walk.dense);
    return HINGE_OK;
}

#define PRELU_BLOCK(name, type, product)                                                           \
    static void name(const void *x_at, const void *slope_at, void *y_at, int64_t count,            \
                     bool dense)                                                                   \
    {                                                                                              \
        const type *x = x_at, *slope = slope_at;                                                   \
        type *y = y_at;                                                                            \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const type s = slope[dense ? i : 0];                                                   \
            y[i] = x[i] < 0 ? (type)(product) : x[i];                                              \
        }                                                                                          \
    }

PRELU_BLOCK(block_f64, double, s *x[i])
PRELU_BLOCK(block_i32, int32_t, (uint32_t)s *(uint32_t)x[i])
PRELU_BLOCK(block_i64, int64_t, (uint64_t)s *(uint64_t)x[i])

static inline vf32 prelu(vf32 x, vf32 slope)
{
    return vf32_select(vf32_lt(x, vf32_zero()), vf32_mul(x, slope), x);
}

static void block_f32(const void *x_at, const void *slope_at, void *y_at, int64_t count, bool dense)
{
    const float *x = x_at, *slope = slope_at;
    float *y = y_at;
    const vf32 constant = vf32_set1(*slope);
    for (int64_t i = 0; i < count; i += VF32_LANES) {
        const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;
        const vf32 s = dense ? vf32_load_n(slope + i, n) : constant;
        vf32_store_n(y + i, prelu(vf32_load_n(x + i, n), s), n);
    }
}

static inline void block_half(hinge_type type, const uint16_t *x, const uint16_t *slope,
                              uint16_t *y, int64_t count, bool dense)
{
    float first;
    half_load(type, &first, slope, 1);
    const vf32 constant = vf32_set1(first);
    for (int64_t i = 0; i < count; i += VF32_LANES) {
        const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;
        const vf32 s = dense ? half_load_vector_n(type, slope + i, n) : constant;
        half_store_vector_n(type, y + i, prelu(half_load_vector_n(type, x + i, n), s), n);
    }
}

static void block_f16(const void *x, const void *slope, void *y, int64_t count, bool dense)
{
    block_half(HINGE_FLOAT16, x, slope, y, count, dense);
}

static void block_bf16(const void *x, const void *slope, void *y, int64_t count, bool dense)
{
    block_half(HINGE_BFLOAT16, x, slope, y, count, dense);
}

static hinge_status prelu_run(const struct hinge_node *node)
{
    switch (node->inputs[0]->type) {
    case HINGE_FLOAT: return run(node, block_f32);
    case HINGE_FLOAT16: return run(node, block_f16);
    case HINGE_BFLOAT16: return run(node, block_bf16);
    case HINGE_DOUBLE: return run(node, block_f64);
    case HINGE_INT32: return run(node, block_i32);
    default: return run(node, block_i64);
    }
}

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
    .kernels =                                                                                     \
        HINGE_KERNELS(OP_FLOATING(prelu_run), {HINGE_INT32, prelu_run}, {HINGE_INT64, prelu_run},  \
                      {HINGE_UINT32, prelu_unsigned}, {HINGE_UINT64, prelu_unsigned})

const struct hinge_op op_prelu[] = {
    {.name = "PRelu", .since = 1, .until = 5, .attributes = attributes_1, PRELU_ENTRY},
    {.name = "PRelu", .since = 6, .until = 6, PRELU_ENTRY},
    {.name = "PRelu",
     .since = 7,
     .gradient = "broadcast: Where(a < 0, dy * b, dy) | Where(a < 0, dy * a, 0)",
     PRELU_ENTRY},
    OP_END,
};
