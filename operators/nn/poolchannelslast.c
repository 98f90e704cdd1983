/* ai.hinge::MaxPoolChannelsLast-1, AveragePoolChannelsLast-1, GlobalMaxPoolChannelsLast-1 and
 * GlobalAveragePoolChannelsLast-1, operators that passes make: those of the standard (without
 * Indices) over x (N, spatial axes, C), with y (N, spatial axes, C); float32. NhwcMaxPool-1 of
 * com.microsoft is the first of them over bytes.
 * MaxPoolChannelsInto-1 and AveragePoolChannelsInto-1: the same into channels of a wider y. */
#include "operators/kernels/pool/pool_channels_last.h"
#include "operators/nn/window.h"

#include <string.h>

static const struct hinge_attribute_def max_attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "ceil_mode", .type = HINGE_ATTR_INT},
    {.name = "storage_order", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

static const struct hinge_attribute_def bytes_attributes[] = {
    WINDOW_ATTRIBUTES, {.name = "ceil_mode", .type = HINGE_ATTR_INT}, {.name = NULL}};

enum { COUNT_INCLUDE_PAD = WINDOW_CEIL_MODE + 1 };

static const struct hinge_attribute_def average_attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "ceil_mode", .type = HINGE_ATTR_INT},
    {.name = "count_include_pad", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

enum { PART = WINDOW_CEIL_MODE + 2, INTO = 1 };

static const struct hinge_attribute_def max_part_attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "ceil_mode", .type = HINGE_ATTR_INT},
    {.name = "storage_order", .type = HINGE_ATTR_INT},
    WINDOW_PART_ATTRIBUTES,
    {.name = NULL},
};

static const struct hinge_attribute_def average_part_attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "ceil_mode", .type = HINGE_ATTR_INT},
    {.name = "count_include_pad", .type = HINGE_ATTR_INT},
    WINDOW_PART_ATTRIBUTES,
    {.name = NULL},
};

/* The output's dims, but for what is around it in a wider one. */
static hinge_status find_dims(const struct hinge_node *node, int64_t dims[2 + WINDOW_MAX_AXES])
{
    const hinge_tensor x = window_channels_first(node);
    struct pool_shape shape;
    hinge_status status = window_pool(node, &x, &shape);
    if (status)
        return status;
    dims[0] = x.dims[0];
    const int32_t n_axes = x.rank - 2;
    for (int32_t i = 0; i < n_axes; i++)
        dims[1 + i] = shape.output[WINDOW_MAX_AXES - n_axes + i];
    dims[1 + n_axes] = x.dims[1];
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    int64_t dims[2 + WINDOW_MAX_AXES];
    hinge_status status = find_dims(node, dims);
    return status ? status : op_set_dims(node, 0, node->inputs[0]->rank, dims);
}

static hinge_status part_infer(const struct hinge_node *node)
{
    int64_t dims[2 + WINDOW_MAX_AXES];
    hinge_status status = find_dims(node, dims);
    return status ? status : window_part_infer(node, PART, INTO, node->inputs[0]->rank, dims);
}

struct job {
    const struct hinge_node *node;
    struct pool_shape shape;
    bool mean;
    int64_t n_channels, pitch;
    int64_t n_in, n_out; /* pixels of an image */
    const float *x;
    float *y;
};

static void pool_pixels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    for (int64_t i = begin, n; i < end; i += n) {
        const int64_t image = i / job->n_out, first = i % job->n_out;
        n = end - i < job->n_out - first ? end - i : job->n_out - first;
        pool_channels_last(&job->shape, job->mean, job->n_channels,
                           job->x + image * job->n_in * job->n_channels, first, first + n,
                           job->y + image * job->n_out * job->pitch, job->pitch);
    }
}

/* The largest of each channel in the window of output pixel out: signed bytes are ordered as
 * unsigned ones are after their sign is flipped. */
static void max_bytes(const struct job *job, uint8_t flip, const uint8_t *x, int64_t out,
                      uint8_t *y)
{
    const struct pool_shape *s = &job->shape;
    const int64_t at[3] = {out / s->output[2] / s->output[1], out / s->output[2] % s->output[1],
                           out % s->output[2]};
    struct pool_range range[3];
    int64_t first[3];
    for (int d = 0; d < 3; d++) {
        first[d] = at[d] * s->stride[d] - s->pad[d];
        range[d] = pool_clip(first[d], s->kernel[d], s->dilation[d], 0, s->input[d]);
    }
    memset(y, flip, (size_t)job->n_channels);
    for (int64_t i = range[0].begin; i < range[0].end; i++)
        for (int64_t j = range[1].begin; j < range[1].end; j++)
            for (int64_t k = range[2].begin; k < range[2].end; k++) {
                const int64_t row =
                    (first[0] + i * s->dilation[0]) * s->input[1] + first[1] + j * s->dilation[1];
                const uint8_t *from =
                    x + (row * s->input[2] + first[2] + k * s->dilation[2]) * job->n_channels;
                for (int64_t c = 0; c < job->n_channels; c++)
                    y[c] = (from[c] ^ flip) > (y[c] ^ flip) ? from[c] : y[c];
            }
}

static void pool_bytes(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const hinge_tensor *x = job->node->inputs[0];
    const uint8_t flip = x->type == HINGE_INT8 ? 0x80 : 0;
    for (int64_t i = begin; i < end; i++)
        max_bytes(job, flip,
                  (const uint8_t *)x->data + i / job->n_out * job->n_in * job->n_channels,
                  i % job->n_out, (uint8_t *)job->node->outputs[0]->data + i * job->n_channels);
}

static hinge_status run(const struct hinge_node *node, bool mean, float *y)
{
    const hinge_tensor x = window_channels_first(node);
    struct job job = {.node = node,
                      .mean = mean,
                      .n_channels = x.dims[1],
                      .pitch = node->outputs[0]->dims[x.rank - 1],
                      .n_in = 1,
                      .n_out = 1,
                      .x = x.data,
                      .y = y};
    hinge_status status = window_pool(node, &x, &job.shape);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    job.shape.count_pads = mean && node->attributes[COUNT_INCLUDE_PAD].i != 0;
    for (int d = 0; d < 3; d++) {
        job.n_in *= job.shape.input[d];
        job.n_out *= job.shape.output[d];
    }
    const int64_t work = job.n_channels * (1 + job.n_in / job.n_out);
    node->host->parallel(node, x.dims[0] * job.n_out, op_grain(32768, work),
                         x.type == HINGE_FLOAT ? pool_pixels : pool_bytes, &job);
    return HINGE_OK;
}

static hinge_status max_run(const struct hinge_node *node)
{
    return run(node, false, node->outputs[0]->data);
}

static hinge_status average_run(const struct hinge_node *node)
{
    return run(node, true, node->outputs[0]->data);
}

static hinge_status max_part_run(const struct hinge_node *node)
{
    return run(node, false, window_part_begin(node, PART, INTO));
}

static hinge_status average_part_run(const struct hinge_node *node)
{
    return run(node, true, window_part_begin(node, PART, INTO));
}

static hinge_status global_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input 0 has rank %d, not 2 or more", (int)x->rank);
    for (int32_t i = 0; i < x->rank; i++)
        dims[i] = i == 0 || i == x->rank - 1 ? x->dims[i] : 1;
    return op_set_dims(node, 0, x->rank, dims);
}

static void pool_channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    for (int64_t i = begin, n; i < end; i += n) {
        const int64_t image = i / job->n_channels, first = i % job->n_channels;
        n = end - i < job->n_channels - first ? end - i : job->n_channels - first;
        pool_channels_last_all(job->mean, job->n_in, job->n_channels,
                               job->x + image * job->n_in * job->n_channels, first, first + n,
                               job->y + image * job->n_channels);
    }
}

static hinge_status global_run(const struct hinge_node *node, bool mean)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {.mean = mean,
                      .n_channels = x->dims[x->rank - 1],
                      .n_in = 1,
                      .x = x->data,
                      .y = node->outputs[0]->data};
    for (int32_t i = 1; i < x->rank - 1; i++)
        job.n_in *= x->dims[i];
    node->host->parallel(node, x->dims[0] * job.n_channels, op_grain(32768, job.n_in),
                         pool_channels, &job);
    return HINGE_OK;
}

static hinge_status global_max_run(const struct hinge_node *node)
{
    return global_run(node, false);
}

static hinge_status global_average_run(const struct hinge_node *node)
{
    return global_run(node, true);
}

const struct hinge_op op_poolchannelslast[] = {
    {.name = "MaxPoolChannelsLast",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: float",
     .attributes = max_attributes,
     .infer = infer,
     .into = "MaxPoolChannelsInto",
     .kernels = HINGE_KERNELS({HINGE_FLOAT, max_run})},
    {.name = "MaxPoolChannelsInto",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T, Into?: T) -> (Y: T); T: float",
     .flags = HINGE_OP_IN_PLACE,
     .in_place = INTO + 1,
     .attributes = max_part_attributes,
     .infer = part_infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, max_part_run})},
    {.name = "AveragePoolChannelsLast",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: float",
     .attributes = average_attributes,
     .infer = infer,
     .into = "AveragePoolChannelsInto",
     .kernels = HINGE_KERNELS({HINGE_FLOAT, average_run})},
    {.name = "AveragePoolChannelsInto",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T, Into?: T) -> (Y: T); T: float",
     .flags = HINGE_OP_IN_PLACE,
     .in_place = INTO + 1,
     .attributes = average_part_attributes,
     .infer = part_infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, average_part_run})},
    {.name = "GlobalMaxPoolChannelsLast",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: float",
     .infer = global_infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, global_max_run})},
    {.name = "GlobalAveragePoolChannelsLast",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: float",
     .infer = global_infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, global_average_run})},
    {.name = "NhwcMaxPool",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(x: T) -> (y: T); T: int8 uint8",
     .attributes = bytes_attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_INT8, max_run}, {HINGE_UINT8, max_run})},
    OP_END,
};
