/* QLinearAveragePool-1 and QLinearGlobalAveragePool-1 of com.microsoft: exact sums of a window's
 * numbers less their zero point, divided in float32; channels before or behind the 1 to 3 spatial
 * dimensions. Dilations, which ONNX Runtime does not know, are those of AveragePool. Source:
 * docs/ContribOperators.md of ONNX Runtime. */
#include <string.h>

#include "operators/kernels/integer.h"
#include "operators/microsoft/qlinear.h"
#include "operators/nn/window.h"

enum { X, X_SCALE, X_ZERO, Y_SCALE, Y_ZERO };
enum { COUNT_INCLUDE_PAD = WINDOW_CEIL_MODE + 1, CHANNELS_LAST };
enum { GLOBAL_CHANNELS_LAST };

static hinge_status check(const struct hinge_node *node)
{
    hinge_status status = qlinear_check(node, X_SCALE, X_ZERO);
    return status ? status : qlinear_check(node, Y_SCALE, Y_ZERO);
}

/* The same elements with their channels as dimension 1. */
static hinge_status channels_first(const struct hinge_node *node, bool last, hinge_tensor *x)
{
    *x = *node->inputs[X];
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, no channels", (int)x->rank);
    const int64_t channels = x->dims[x->rank - 1];
    for (int32_t i = x->rank - 1; last && i > 1; i--)
        x->dims[i] = x->dims[i - 1];
    if (last)
        x->dims[1] = channels;
    return HINGE_OK;
}

/* The other way. */
static hinge_status set_dims(const struct hinge_node *node, bool last, int32_t rank, int64_t *dims)
{
    const int64_t channels = dims[1];
    for (int32_t i = 1; last && i < rank - 1; i++)
        dims[i] = dims[i + 1];
    if (last)
        dims[rank - 1] = channels;
    return op_set_dims(node, 0, rank, dims);
}

static hinge_status read_window(const struct hinge_node *node, hinge_tensor *x, struct window *w)
{
    hinge_status status = check(node);
    if (!status)
        status = channels_first(node, node->attributes[CHANNELS_LAST].i != 0, x);
    if (!status)
        status = window_read(node, x, NULL, w);
    return status ? status : window_slide(node, w, node->attributes[WINDOW_CEIL_MODE].i != 0);
}

static hinge_status infer_window(const struct hinge_node *node)
{
    hinge_tensor x;
    struct window w;
    hinge_status status = read_window(node, &x, &w);
    for (int32_t i = 0; !status && i < w.n_axes; i++)
        x.dims[2 + i] = w.output[i];
    return status ? status : set_dims(node, node->attributes[CHANNELS_LAST].i != 0, x.rank, x.dims);
}

static hinge_status infer_global(const struct hinge_node *node)
{
    const bool last = node->attributes[GLOBAL_CHANNELS_LAST].i != 0;
    hinge_tensor x;
    hinge_status status = check(node);
    if (!status)
        status = channels_first(node, last, &x);
    for (int32_t i = 2; !status && i < x.rank; i++)
        x.dims[i] = 1;
    return status ? status : set_dims(node, last, x.rank, x.dims);
}

enum { COLUMNS = 512 };        /* whose sums windows share */
enum { FIELD_SUMMANDS = 128 }; /* pairs of bytes that 16 bits hold the sum of */

struct job {
    struct window w;            /* extended */
    bool is_global, count_pads; /* is_global: one window over all of a channel */
    struct qlinear x, y;
    hinge_type type;
    const uint8_t *from;
    uint8_t *to;
    int64_t channels, inputs, outputs; /* of an image; elements of a channel */
    int64_t channel_step, step;        /* between channels (of the input), between its elements */
};

/* The sum of bytes, of which eight at a time are added in four fields of 16 bits. */
static int64_t sum_bytes(const uint8_t *x, int64_t count, uint64_t flip)
{
    const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
    int64_t total = 0, i = 0;
    while (i + 8 <= count) {
        const int64_t end = min_i64(count - 7, i + 8 * FIELD_SUMMANDS);
        uint64_t fields = 0, word;
        for (; i < end; i += 8) {
            memcpy(&word, x + i, sizeof word);
            word ^= flip * UINT64_C(0x0101010101010101);
            fields += (word & even) + (word >> 8 & even);
        }
        for (int k = 0; k < 64; k += 16)
            total += (int64_t)(fields >> k & 0xffff);
    }
    for (; i < count; i++)
        total += x[i] ^ (uint8_t)flip;
    return total;
}

/* Numbers of a line of the input. */
static inline int64_t sum_of(const struct job *job, const uint8_t *x, int64_t step, int64_t count)
{
    const uint8_t flip = job->type == HINGE_INT8 ? 128 : 0; /* makes an int8 that much more */
    int64_t total = 0;
    if (step == 1 && count >= 8)
        return sum_bytes(x, count, flip) - flip * count;
    for (int64_t k = 0; k < count; k++)
        total += x[k * step] ^ flip;
    return total - flip * count;
}

/* Kernel positions of an output's coordinate that lie in the input, and how many count. */
static struct pool_range inside_of(const struct job *job, int d, int64_t at, int64_t *counted)
{
    const struct window *w = &job->w;
    const int64_t first = at * w->stride[d] - w->pad_begin[d];
    const struct pool_range inside = pool_clip(first, w->kernel[d], w->dilation[d], 0, w->input[d]);
    const struct pool_range all = job->count_pads
                                      ? pool_clip(first, w->kernel[d], w->dilation[d],
                                                  -w->pad_begin[d], w->input[d] + w->pad_end[d])
                                      : inside;
    *counted = all.end - all.begin;
    return inside;
}

/* Of a line of outputs: what its windows see of planes and lines. */
struct rows {
    struct pool_range z, y;
    int64_t z0, y0;  /* the input's, at kernel position 0 */
    int64_t counted; /* planes times lines */
};

static struct rows rows_of(const struct job *job, int64_t line)
{
    const struct window *w = &job->w;
    const int64_t at_z = line / w->output[1], at_y = line % w->output[1];
    int64_t planes, lines;
    struct rows rows = {.z = inside_of(job, 0, at_z, &planes),
                        .y = inside_of(job, 1, at_y, &lines),
                        .z0 = at_z * w->stride[0] - w->pad_begin[0],
                        .y0 = at_y * w->stride[1] - w->pad_begin[1]};
    rows.counted = planes * lines;
    return rows;
}

/* Sums of the numbers of rows, of which each has span from place at of the input on; 0 outside. */
static void sum_columns(const struct job *job, const uint8_t *x, const struct rows *rows,
                        int64_t at, int64_t span, int64_t *sums)
{
    const struct window *w = &job->w;
    const int64_t begin = at < 0 ? min_i64(-at, span) : 0;
    const int64_t end = max_i64(begin, min_i64(span, w->input[2] - at));
    const int32_t flip = job->type == HINGE_INT8 ? 128 : 0, zero = flip + job->x.zero_point;
    memset(sums, 0, (size_t)span * sizeof *sums);
    for (int64_t z = rows->z.begin; z < rows->z.end; z++)
        for (int64_t y = rows->y.begin; y < rows->y.end; y++) {
            const int64_t row =
                (rows->z0 + z * w->dilation[0]) * w->input[1] + rows->y0 + y * w->dilation[1];
            for (int64_t i = begin; i < end; i++)
                sums[i] += (x[(row * w->input[2] + at + i) * job->step] ^ flip) - zero;
        }
}

static int64_t sum_window(const struct job *job, const uint8_t *x, const struct rows *rows,
                          int64_t at, struct pool_range xs)
{
    const struct window *w = &job->w;
    const int64_t width = xs.end - xs.begin, x0 = at + xs.begin * w->dilation[2];
    int64_t total = 0;
    for (int64_t z = rows->z.begin; z < rows->z.end; z++)
        for (int64_t y = rows->y.begin; y < rows->y.end; y++) {
            const int64_t row =
                (rows->z0 + z * w->dilation[0]) * w->input[1] + rows->y0 + y * w->dilation[1];
            total += sum_of(job, x + (row * w->input[2] + x0) * job->step,
                            w->dilation[2] * job->step, width) -
                     width * job->x.zero_point;
        }
    return total;
}

/* The means of count windows from coordinate first of a line of outputs on. */
static void means_of(const struct job *job, const uint8_t *x, int64_t line, int64_t first,
                     int64_t count, float *means)
{
    const struct window *w = &job->w;
    const struct rows rows = rows_of(job, line);
    const int64_t kernel = w->kernel[2], stride = w->stride[2];
    const bool by_columns = w->dilation[2] == 1 && kernel < COLUMNS;
    const int64_t shared = by_columns && stride <= kernel ? (COLUMNS - kernel) / stride + 1 : 1;
    int64_t columns[COLUMNS], places;
    for (int64_t k = 0; k < count; k++) {
        const int64_t at = (first + k) * stride - w->pad_begin[2];
        const bool inside = at >= 0 && kernel <= w->input[2] - at && w->dilation[2] == 1;
        const struct pool_range xs =
            inside ? (struct pool_range){0, kernel} : inside_of(job, 2, first + k, &places);
        int64_t total = 0;
        if (inside)
            places = kernel;
        if (by_columns) {
            if (k % shared == 0)
                sum_columns(job, x, &rows, at, (min_i64(shared, count - k) - 1) * stride + kernel,
                            columns);
            for (int64_t i = xs.begin; i < xs.end; i++)
                total += columns[k % shared * stride + i];
        } else {
            total = sum_window(job, x, &rows, at, xs);
        }
        means[k] = (float)total / (float)(rows.counted * places) * job->x.scale;
    }
}

/* The mean of a whole channel. */
static float mean_of(const struct job *job, const uint8_t *x)
{
    const int64_t total = sum_of(job, x, job->step, job->inputs) - job->inputs * job->x.zero_point;
    return (float)total / (float)job->inputs * job->x.scale;
}

/* Channels with one output each: those lie side by side. */
static void single_part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    float means[QUANTIZE_BLOCK];
    for (int64_t i = begin, n; i < end; i += n) {
        n = min_i64(end - i, QUANTIZE_BLOCK);
        for (int64_t k = 0; k < n; k++) {
            const int64_t image = (i + k) / job->channels, channel = (i + k) % job->channels;
            const uint8_t *x =
                job->from + image * job->channels * job->inputs + channel * job->channel_step;
            if (job->is_global)
                means[k] = mean_of(job, x);
            else
                means_of(job, x, 0, 0, 1, means + k);
        }
        qlinear_store(job->y, job->type, job->to, i, means, n);
    }
}

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    float means[QUANTIZE_BLOCK];
    uint8_t bytes[QUANTIZE_BLOCK];
    for (int64_t i = begin; i < end; i++) {
        const int64_t image = i / job->channels, channel = i % job->channels;
        const bool last = job->channel_step == 1;
        const uint8_t *x =
            job->from + image * job->channels * job->inputs + channel * job->channel_step;
        uint8_t *y =
            job->to + image * job->channels * job->outputs + channel * (last ? 1 : job->outputs);
        for (int64_t at = 0, n; at < job->outputs; at += n) {
            const int64_t line = at / job->w.output[2], first = at % job->w.output[2];
            n = min_i64(job->w.output[2] - first, QUANTIZE_BLOCK);
            means_of(job, x, line, first, n, means);
            qlinear_store(job->y, job->type, bytes, 0, means, n);
            for (int64_t k = 0; k < n; k++)
                y[(at + k) * job->step] = bytes[k];
        }
    }
}

/* With x as channels_first gives it. */
static void pool(const struct hinge_node *node, const hinge_tensor *x, const struct window *w,
                 bool last, bool is_global, bool count_pads)
{
    struct job job = {.w = *w,
                      .is_global = is_global,
                      .count_pads = count_pads,
                      .x = qlinear_read(node, X_SCALE, X_ZERO),
                      .y = qlinear_read(node, Y_SCALE, Y_ZERO),
                      .type = x->type,
                      .from = x->data,
                      .to = node->outputs[0]->data,
                      .channels = x->dims[1],
                      .inputs = 1,
                      .outputs = 1};
    window_extend(&job.w);
    for (int d = 0; d < WINDOW_MAX_AXES; d++) {
        job.inputs *= job.w.input[d];
        job.outputs *= job.w.output[d];
    }
    job.step = last ? job.channels : 1;
    job.channel_step = last ? 1 : job.inputs;
    node->host->parallel(node, x->dims[0] * x->dims[1], op_grain(8192, job.inputs),
                         job.outputs == 1 ? single_part : part, &job);
}

static hinge_status run_window(const struct hinge_node *node)
{
    hinge_tensor x;
    struct window w;
    hinge_status status = read_window(node, &x, &w);
    if (!status && hinge_count(node->outputs[0]) != 0)
        pool(node, &x, &w, node->attributes[CHANNELS_LAST].i != 0, false,
             node->attributes[COUNT_INCLUDE_PAD].i != 0);
    return status;
}

/* One window over all of a channel, which is one line. */
static hinge_status run_global(const struct hinge_node *node)
{
    const bool last = node->attributes[GLOBAL_CHANNELS_LAST].i != 0;
    struct window w = {.n_axes = 1, .output = {1}, .stride = {1}, .dilation = {1}};
    hinge_tensor x;
    hinge_status status = channels_first(node, last, &x);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    w.input[0] = 1;
    for (int32_t i = 2; i < x.rank; i++)
        w.input[0] *= x.dims[i];
    w.kernel[0] = w.input[0];
    pool(node, &x, &w, last, true, false);
    return HINGE_OK;
}

static const struct hinge_attribute_def window_attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "ceil_mode", .type = HINGE_ATTR_INT},
    {.name = "count_include_pad", .type = HINGE_ATTR_INT},
    {.name = "channels_last", .type = HINGE_ATTR_INT},
    {.name = NULL},
};
static const struct hinge_attribute_def global_attributes[] = {
    {.name = "channels_last", .type = HINGE_ATTR_INT}, {.name = NULL}};

#define ENTRY(operator, kernel, attribute_list, infer_hook)                                        \
    {                                                                                              \
        .name = (operator), .domain = "com.microsoft", .since = 1,                                 \
        .until = OP_LATEST_OPSET_MICROSOFT,                                                        \
        .signature = "(X: T, x_scale: float, x_zero_point?: T, y_scale: float, "                   \
                     "y_zero_point?: T) -> (Y: T); T: uint8 int8",                                 \
        .attributes = (attribute_list), .infer = (infer_hook),                                     \
        .kernels = HINGE_KERNELS({HINGE_UINT8, kernel}, {HINGE_INT8, kernel})                      \
    }

const struct hinge_op op_qlinearpool[] = {
    ENTRY("QLinearAveragePool", run_window, window_attributes, infer_window),
    ENTRY("QLinearGlobalAveragePool", run_global, global_attributes, infer_global),
    OP_END,
};
