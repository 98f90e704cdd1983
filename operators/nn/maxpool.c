/* MaxPool-1, -8, -10, -11, -12, -22: 1 to 3 spatial dimensions, with Indices and storage_order. A
 * window that lies in the padding alone gives the type's least value and index -1. */
#include "operators/kernels/half.h"
#include "operators/kernels/pool/pool.h"
#include "operators/nn/window.h"

#include <math.h>

enum { STORAGE_ORDER = WINDOW_CEIL_MODE + 1 };

static const struct hinge_attribute_def attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "ceil_mode", .type = HINGE_ATTR_INT},
    {.name = "storage_order", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

/* Index of an element in its channel, row-major or column-major. */
static int64_t stored_at(const struct pool_shape *s, bool columns_first, int64_t z, int64_t y,
                         int64_t x)
{
    return columns_first ? (x * s->input[1] + y) * s->input[0] + z
                         : (z * s->input[1] + y) * s->input[2] + x;
}

/* The output coordinates that p stands for, and the kernel positions inside of the input there. */
struct place {
    int64_t at[3];
    struct pool_range in[3];
};

static struct place place_of(const struct pool_shape *s, int64_t p)
{
    const int64_t plane = s->output[1] * s->output[2];
    const int64_t out[3] = {p / plane, p / s->output[2] % s->output[1], p % s->output[2]};
    struct place place;
    for (int d = 0; d < 3; d++) {
        place.at[d] = out[d] * s->stride[d] - s->pad[d];
        place.in[d] = pool_clip(place.at[d], s->kernel[d], s->dilation[d], 0, s->input[d]);
    }
    return place;
}

/* The plain form, for any type and with the indices. */

static inline float f16_number(uint16_t x)
{
    return vf32_reduce_add(vf32_load_f16_n(&x, 1));
}

static inline float bf16_number(uint16_t x)
{
    return vf32_reduce_add(vf32_load_bf16_n(&x, 1));
}

#define MAXPOOL(name) name##_f32
#define MAXPOOL_STORED float
#define MAXPOOL_NUMBER
#define MAXPOOL_LEAST -INFINITY
#include "operators/nn/maxpool_tmpl.c"

#define MAXPOOL(name) name##_f64
#define MAXPOOL_STORED double
#define MAXPOOL_NUMBER
#define MAXPOOL_LEAST -(double)INFINITY
#include "operators/nn/maxpool_tmpl.c"

#define MAXPOOL(name) name##_f16
#define MAXPOOL_STORED uint16_t
#define MAXPOOL_NUMBER f16_number
#define MAXPOOL_LEAST 0xfc00 /* -Inf */
#include "operators/nn/maxpool_tmpl.c"

#define MAXPOOL(name) name##_bf16
#define MAXPOOL_STORED uint16_t
#define MAXPOOL_NUMBER bf16_number
#define MAXPOOL_LEAST 0xff80 /* -Inf */
#include "operators/nn/maxpool_tmpl.c"

#define MAXPOOL(name) name##_i8
#define MAXPOOL_STORED int8_t
#define MAXPOOL_NUMBER
#define MAXPOOL_LEAST INT8_MIN
#include "operators/nn/maxpool_tmpl.c"

#define MAXPOOL(name) name##_u8
#define MAXPOOL_STORED uint8_t
#define MAXPOOL_NUMBER
#define MAXPOOL_LEAST 0
#include "operators/nn/maxpool_tmpl.c"

static hinge_status maxpool_run(const struct hinge_node *node)
{
    struct pool_shape shape;
    hinge_status status = window_pool(node, &shape);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const hinge_type type = node->inputs[0]->type;
    if (type == HINGE_INT8)
        plain_i8(node, &shape);
    else if (type == HINGE_UINT8)
        plain_u8(node, &shape);
    else if (!op_output(node, 1))
        return window_pool_run(node, &shape, pool_max);
    else if (type == HINGE_DOUBLE)
        plain_f64(node, &shape);
    else if (type == HINGE_FLOAT16)
        plain_f16(node, &shape);
    else if (type == HINGE_BFLOAT16)
        plain_bf16(node, &shape);
    else
        plain_f32(node, &shape);
    return HINGE_OK;
}

const struct hinge_op op_maxpool[] = {
    {.name = "MaxPool",
     .since = 1,
     .signature = "(X: T) -> (Y: T, Indices?: int64); T: " OP_TYPES_FLOAT " int8 uint8",
     .attributes = attributes,
     .infer = window_pool_infer,
     .prepare = window_pool_prepare,
     .kernels = HINGE_KERNELS(OP_FLOATING(maxpool_run), {HINGE_INT8, maxpool_run},
                              {HINGE_UINT8, maxpool_run})},
    OP_END,
};
