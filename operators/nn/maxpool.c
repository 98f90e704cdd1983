/* MaxPool-1, -8, -10, -11, -12, -22: 1 to 3 spatial dimensions, with Indices and storage_order. A
 * window that lies in the padding alone gives the type's least value and index -1. */
#include "operators/kernels/pool.h"
#include "operators/nn/window.h"

#include <math.h>

enum { STORAGE_ORDER = WINDOW_CEIL_MODE + 1 };

static const struct hinge_attribute_def attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "ceil_mode", .type = HINGE_ATTR_INT},
    {.name = "storage_order", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

static void max_channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct window_pool_job *job = argument;
    for (int64_t i = begin; i < end; i++)
        pool_max(&job->shape, job->x + i * job->x_count, job->y + i * job->y_count,
                 job->lines + thread * job->line_count);
}

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
#define MAX_PLAIN(name, type, least, NAN_IF)                                                       \
    static type name##_window(const struct pool_shape *s, const type *x, const struct place *w,    \
                              bool columns_first, int64_t *index)                                  \
    {                                                                                              \
        type most = (least);                                                                       \
        *index = -1;                                                                               \
        for (int64_t i = w->in[0].begin; i < w->in[0].end; i++)                                    \
            for (int64_t j = w->in[1].begin; j < w->in[1].end; j++)                                \
                for (int64_t k = w->in[2].begin; k < w->in[2].end; k++) {                          \
                    const int64_t z = w->at[0] + i * s->dilation[0];                               \
                    const int64_t h = w->at[1] + j * s->dilation[1];                               \
                    const int64_t c = w->at[2] + k * s->dilation[2];                               \
                    const type v = x[(z * s->input[1] + h) * s->input[2] + c];                     \
                    if (*index < 0 || v > most || NAN_IF(v)) {                                     \
                        most = v;                                                                  \
                        *index = stored_at(s, columns_first, z, h, c);                             \
                    }                                                                              \
                }                                                                                  \
        return most;                                                                               \
    }                                                                                              \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        struct pool_shape s;                                                                       \
        hinge_status status = window_pool(node, &s);                                               \
        if (status)                                                                                \
            return status;                                                                         \
        const type *x = node->inputs[0]->data;                                                     \
        type *y = node->outputs[0]->data;                                                          \
        int64_t *indices = op_output(node, 1) ? op_output(node, 1)->data : NULL;                   \
        const bool columns_first = node->attributes[STORAGE_ORDER].i == 1;                         \
        const int64_t channels = node->inputs[0]->dims[0] * node->inputs[0]->dims[1];              \
        const int64_t x_count = s.input[0] * s.input[1] * s.input[2];                              \
        const int64_t y_count = s.output[0] * s.output[1] * s.output[2];                           \
        for (int64_t c = 0; c < channels; c++)                                                     \
            for (int64_t p = 0; p < y_count; p++) {                                                \
                const struct place place = place_of(&s, p);                                        \
                int64_t index;                                                                     \
                y[c * y_count + p] =                                                               \
                    name##_window(&s, x + c * x_count, &place, columns_first, &index);             \
                if (indices)                                                                       \
                    indices[c * y_count + p] = index < 0 ? -1 : c * x_count + index;               \
            }                                                                                      \
        return HINGE_OK;                                                                           \
    }

#define MAY_BE_NAN(v) isnan(v)
#define NEVER_NAN(v) false
MAX_PLAIN(plain_f32, float, -INFINITY, MAY_BE_NAN)
MAX_PLAIN(maxpool_f64, double, -(double)INFINITY, MAY_BE_NAN)
MAX_PLAIN(maxpool_i8, int8_t, INT8_MIN, NEVER_NAN)
MAX_PLAIN(maxpool_u8, uint8_t, 0, NEVER_NAN)

static hinge_status maxpool_f32(const struct hinge_node *node)
{
    if (op_output(node, 1))
        return plain_f32(node);
    struct window_pool_job job;
    hinge_status status = window_pool(node, &job.shape);
    if (!status)
        window_pool_run(node, &job, max_channels);
    return status;
}

const struct hinge_op op_maxpool[] = {
    {.name = "MaxPool",
     .since = 1,
     .inputs = {1, 1},
     .outputs = {1, 2},
     .attributes = attributes,
     .infer = window_pool_infer,
     .scratch = window_pool_scratch,
     .kernels = {{HINGE_FLOAT, maxpool_f32},
                 {HINGE_DOUBLE, maxpool_f64},
                 {HINGE_INT8, maxpool_i8},
                 {HINGE_UINT8, maxpool_u8}}},
    OP_END,
};
