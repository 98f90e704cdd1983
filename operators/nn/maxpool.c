/* MaxPool-1, -8, -10, -11, -12, -22: 1 to 3 spatial dimensions, with Indices and storage_order. A
 * window that lies in the padding alone gives the type's least value and index -1. */
#include "operators/kernels/half.h"
#include "operators/kernels/integer.h"
#include "operators/kernels/pool/pool.h"
#include "operators/nn/window.h"

#include <math.h>
#include <string.h>

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

struct bytes {
    const struct pool_shape *shape;
    const uint8_t *x;
    uint8_t *y;
    uint8_t flip; /* makes the bytes order as numbers without sign */
};

/* The largest so far of a row's outputs, and what tap k of the kernel's row sees of line x. */
static void max_tap(const struct pool_shape *s, int64_t k, const uint8_t *x, uint8_t flip,
                    uint8_t *y)
{
    const int64_t stride = s->stride[2], shift = k * s->dilation[2] - s->pad[2];
    const int64_t reach = s->input[2] - shift; /* the first place that lies behind the line */
    const int64_t begin = shift < 0 ? ceil_div(-shift, stride) : 0;
    const int64_t end = min_i64(s->output[2], reach > 0 ? ceil_div(reach, stride) : 0);
    for (int64_t o = begin; o < end; o++) {
        const uint8_t v = (uint8_t)(x[o * stride + shift] ^ flip);
        y[o] = v > y[o] ? v : y[o];
    }
}

static void max_bytes(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct bytes *job = argument;
    const struct pool_shape *s = job->shape;
    const int64_t rows = s->output[0] * s->output[1], width = s->output[2];
    const struct pool_range wide = pool_clip(-s->pad[2], s->kernel[2], s->dilation[2],
                                             -(width - 1) * s->stride[2], s->input[2]);
    (void)thread;
    for (int64_t row = begin * rows; row < end * rows; row++) {
        uint8_t *y = job->y + row * width;
        const uint8_t *x = job->x + row / rows * s->input[0] * s->input[1] * s->input[2];
        const int64_t z = row % rows / s->output[1] * s->stride[0] - s->pad[0],
                      h = row % s->output[1] * s->stride[1] - s->pad[1];
        const struct pool_range deep = pool_clip(z, s->kernel[0], s->dilation[0], 0, s->input[0]),
                                high = pool_clip(h, s->kernel[1], s->dilation[1], 0, s->input[1]);
        memset(y, 0, (size_t)width);
        for (int64_t i = deep.begin; i < deep.end; i++)
            for (int64_t j = high.begin; j < high.end; j++)
                for (int64_t k = wide.begin; k < wide.end; k++)
                    max_tap(s, k,
                            x + ((z + i * s->dilation[0]) * s->input[1] + h + j * s->dilation[1]) *
                                    s->input[2],
                            job->flip, y);
        for (int64_t o = 0; o < width && job->flip; o++)
            y[o] ^= job->flip;
    }
}

static hinge_status run_bytes(const struct hinge_node *node, const struct pool_shape *s)
{
    const hinge_tensor *x = node->inputs[0];
    struct bytes job = {.shape = s,
                        .x = x->data,
                        .y = node->outputs[0]->data,
                        .flip = x->type == HINGE_INT8 ? 0x80 : 0};
    node->host->parallel(node, x->dims[0] * x->dims[1],
                         op_grain(8192, s->input[0] * s->input[1] * s->input[2]), max_bytes, &job);
    return HINGE_OK;
}

static hinge_status maxpool_run(const struct hinge_node *node)
{
    struct pool_shape shape;
    hinge_status status = window_pool(node, node->inputs[0], &shape);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const hinge_type type = node->inputs[0]->type;
    const bool is_byte = type == HINGE_INT8 || type == HINGE_UINT8;
    if (is_byte && !op_output(node, 1))
        return run_bytes(node, &shape);
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

static const char *channels_last(const struct hinge_node *node)
{
    return node->inputs[0]->type == HINGE_FLOAT ? "MaxPoolChannelsLast" : NULL;
}

const struct hinge_op op_maxpool[] = {
    {.name = "MaxPool",
     .gradient = "max_pool:",
     .since = 1,
     .signature = "(X: T) -> (Y: T, Indices?: int64); T: " OP_TYPES_FLOAT " int8 uint8",
     .flags = HINGE_OP_MOVES,
     .attributes = attributes,
     .infer = window_pool_infer,
     .prepare = window_pool_prepare,
     .channels_last = channels_last,
     .kernels = HINGE_KERNELS(OP_FLOATING(maxpool_run), {HINGE_INT8, maxpool_run},
                              {HINGE_UINT8, maxpool_run})},
    OP_END,
};
