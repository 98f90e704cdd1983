/* RoiAlign-10, -16, -22. As in the implementations that the standard follows, mode max takes the
 * largest of the weighted elements of all samples, not of the interpolated samples. A region that
 * no sample falls into gives 0. Positions are computed in double; sums in float for float and the
 * halves. */
#include "operators/image/sample.h"
#include "operators/kernels/convert.h"
#include "operators/op/copy.h"
#include "operators/op/index.h"

#include <math.h>

enum {
    MODE,
    OUTPUT_HEIGHT,
    OUTPUT_WIDTH,
    SAMPLING_RATIO,
    SPATIAL_SCALE,
    COORDINATES /* from 16 */
};

enum {
    N_TAPS = 4,
    CHANNELS = 64, /* at a time */
};

/* Samples along an axis of a cell at most. */
#define MAX_SAMPLES 65536

static bool is_text(hinge_string s, const char *text)
{
    return s.size == strlen(text) && !memcmp(s.bytes, text, s.size);
}

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    if (!is_text(a[MODE].s, "avg") && !is_text(a[MODE].s, "max"))
        return OP_FAIL(node, HINGE_BAD_MODEL, "mode is \"%.*s\", not avg or max",
                       (int)a[MODE].s.size, a[MODE].s.bytes);
    if (node->opset >= 16 && !is_text(a[COORDINATES].s, "half_pixel") &&
        !is_text(a[COORDINATES].s, "output_half_pixel"))
        return OP_FAIL(
            node, HINGE_BAD_MODEL,
            "coordinate_transformation_mode is \"%.*s\", not half_pixel or output_half_pixel",
            (int)a[COORDINATES].s.size, a[COORDINATES].s.bytes);
    if (a[SAMPLING_RATIO].i < 0 || a[SAMPLING_RATIO].i >= MAX_SAMPLES)
        return OP_FAIL(node, HINGE_BAD_VALUE, "sampling_ratio is %lld",
                       (long long)a[SAMPLING_RATIO].i);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *rois = node->inputs[1], *images = node->inputs[2];
    const int64_t height = node->attributes[OUTPUT_HEIGHT].i;
    const int64_t width = node->attributes[OUTPUT_WIDTH].i;
    int64_t pixels;
    if (x->rank != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not 4", (int)x->rank);
    if (rois->rank != 2 || rois->dims[1] != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "rois is not of rows of 4");
    if (images->rank != 1 || images->dims[0] != rois->dims[0])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "batch_indices is not one for each of %lld rois",
                       (long long)rois->dims[0]);
    if (height < 1 || width < 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "the output is of %lld x %lld cells",
                       (long long)height, (long long)width);
    if (!op_multiply(x->dims[2], x->dims[3], &pixels) || pixels > SAMPLE_MAX_PLANE)
        return OP_FAIL(node, HINGE_LIMIT, "images have more than 2^31 elements");
    const int64_t dims[4] = {rois->dims[0], x->dims[1], height, width};
    return op_set_output(node, 0, x->type, 4, dims);
}

static size_t thread_size(void)
{
    return sample_size(N_TAPS) + CHANNELS * sizeof(double);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    *scratch = node->n_threads * thread_size();
    return HINGE_OK;
}

struct job {
    const hinge_tensor *x;
    hinge_tensor *y;
    const void *rois;
    const hinge_tensor *images;
    int64_t n_chunks; /* of channels */
    int64_t ratio;
    double scale, shift;
    bool maxima, shifted;
    char *memory;
};

/* Along an axis: where the region begins, how wide a cell is, and how many samples it has. */
struct axis {
    double begin, cell;
    int64_t n_samples;
};

static struct axis axis_of(const struct job *job, double begin, double end, int64_t n_cells)
{
    begin = begin * job->scale - job->shift;
    double width = end * job->scale - job->shift - begin;
    if (!job->shifted && !(width >= 1)) /* a malformed region is one element wide */
        width = 1;
    const double cell = width / (double)n_cells, n = ceil(cell);
    return (struct axis){begin, cell,
                         job->ratio ? job->ratio
                         : n > 0    ? n < MAX_SAMPLES ? (int64_t)n : MAX_SAMPLES
                                    : 0};
}

static void read_axes(const struct job *job, int64_t roi, struct axis axes[2])
{
    double corner[4];
    convert_to_double(job->x->type, corner,
                      (const char *)job->rois + hinge_size(job->x->type, roi * 4), 4);
    axes[0] = axis_of(job, corner[1], corner[3], job->y->dims[2]);
    axes[1] = axis_of(job, corner[0], corner[2], job->y->dims[3]);
}

/* Sample number i in the order of cells, and of rows within a cell. */
static void set_sample(const struct job *job, const struct axis axes[2], struct sample_tile *tile,
                       int64_t to, int64_t i)
{
    static const struct sample_plane inside = {
        .mode = SAMPLE_LINEAR, .padding = SAMPLE_BORDER, .align_corners = true, .n_axes = 2};
    const int64_t each = axes[0].n_samples * axes[1].n_samples, cell = i / each, within = i % each;
    const int64_t at_cell[2] = {cell / job->y->dims[3], cell % job->y->dims[3]};
    const int64_t at_sample[2] = {within / axes[1].n_samples, within % axes[1].n_samples};
    struct sample_plane plane = inside;
    double position[2];
    for (int d = 0; d < 2; d++) {
        const double extent = (double)job->x->dims[2 + d];
        plane.dims[d] = job->x->dims[2 + d];
        position[d] = axes[d].begin + ((double)at_cell[d] +
                                       ((double)at_sample[d] + 0.5) / (double)axes[d].n_samples) *
                                          axes[d].cell;
        if (!(position[d] >= -1 && position[d] <= extent) || extent == 0)
            plane.padding = SAMPLE_ZEROS; /* together with a position that lies beyond it */
    }
    if (plane.padding == SAMPLE_ZEROS)
        position[0] = position[1] = NAN;
    sample_set(tile, to, &plane, position);
}

/* Takes the tile's samples of a channel into its cells; total is what the cell that the tile begins
 * in has so far, and done how many samples that are. */
static void fold(const struct job *job, const struct sample_tile *tile, int64_t each,
                 const char *plane, char *cells, int64_t done, double *total)
{
    const hinge_type type = job->x->type;
    const bool in_float = sample_in_float(type);
    union sample_row row, result;
    int64_t n_results = 0;
    if (job->maxima)
        sample_maxima(type, tile, plane, &row);
    else
        sample_sums(type, tile, plane, &row);
    for (int64_t i = 0; i < tile->count; i++) {
        const double v = in_float ? (double)row.f32[i] : row.f64[i];
        if (!job->maxima)
            *total += v;
        else if (done == 0 || v > *total || isnan(v))
            *total = v;
        if (++done < each)
            continue;
        const double value = job->maxima ? *total : *total / (double)each;
        if (in_float)
            result.f32[n_results++] = (float)value;
        else
            result.f64[n_results++] = value;
        done = 0;
        *total = 0;
    }
    sample_store(type, cells, &result, n_results);
}

static void pool_region(const struct job *job, int64_t roi, int64_t channel, int64_t n_channels,
                        char *memory)
{
    const hinge_tensor *x = job->x;
    const int64_t pixels = x->dims[2] * x->dims[3], n_cells = job->y->dims[2] * job->y->dims[3];
    const size_t plane_size = hinge_size(x->type, pixels);
    const size_t cells_size = hinge_size(x->type, n_cells);
    const char *from =
        (const char *)x->data +
        (size_t)(op_index(job->images, roi, x->dims[0]) * x->dims[1] + channel) * plane_size;
    char *to = (char *)job->y->data + (size_t)(roi * x->dims[1] + channel) * cells_size;
    double *totals = (double *)(void *)(memory + sample_size(N_TAPS));
    struct sample_tile tile;
    struct axis axes[2];
    read_axes(job, roi, axes);
    const int64_t each = axes[0].n_samples * axes[1].n_samples;
    if (each == 0) {
        memset(to, 0, (size_t)n_channels * cells_size);
        return;
    }
    sample_open(&tile, N_TAPS, memory);
    for (int64_t c = 0; c < n_channels; c++)
        totals[c] = 0;
    for (int64_t first = 0; first < n_cells * each; first += SAMPLE_TILE) {
        const int64_t rest = n_cells * each - first;
        const int64_t count = rest < SAMPLE_TILE ? rest : SAMPLE_TILE;
        for (int64_t i = 0; i < count; i++)
            set_sample(job, axes, &tile, i, first + i);
        sample_close(&tile, count);
        for (int64_t c = 0; c < n_channels; c++)
            fold(job, &tile, each, from + (size_t)c * plane_size,
                 to + (size_t)c * cells_size + hinge_size(x->type, first / each), first % each,
                 &totals[c]);
    }
}

static void regions(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    for (int64_t i = begin; i < end; i++) {
        const int64_t channel = i % job->n_chunks * CHANNELS, rest = job->x->dims[1] - channel;
        pool_region(job, i / job->n_chunks, channel, rest < CHANNELS ? rest : CHANNELS,
                    job->memory + thread * thread_size());
    }
}

/* A region as far as it can be sampled. */
static hinge_status check(const struct hinge_node *node, const struct job *job)
{
    const int64_t n_images = job->x->dims[0], n_rois = job->y->dims[0];
    for (int64_t i = 0; i < n_rois; i++) {
        struct axis axes[2];
        int64_t n = 0;
        const int64_t image = op_index_raw(job->images, i);
        if (image < 0 || image >= n_images)
            return OP_FAIL(node, HINGE_BAD_VALUE, "batch_indices[%lld] is %lld, not in [0, %lld)",
                           (long long)i, (long long)image, (long long)n_images);
        read_axes(job, i, axes);
        if (axes[0].n_samples >= MAX_SAMPLES || axes[1].n_samples >= MAX_SAMPLES ||
            !op_multiply(axes[0].n_samples * axes[1].n_samples, job->y->dims[2] * job->y->dims[3],
                         &n) ||
            n > (INT64_C(1) << 40))
            return OP_FAIL(node, HINGE_LIMIT, "region %lld is too large to be sampled",
                           (long long)i);
    }
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    const hinge_tensor *x = node->inputs[0];
    const bool shifted = node->opset >= 16 && is_text(a[COORDINATES].s, "half_pixel");
    struct job job = {.x = x,
                      .y = node->outputs[0],
                      .rois = node->inputs[1]->data,
                      .images = node->inputs[2],
                      .n_chunks = (x->dims[1] + CHANNELS - 1) / CHANNELS,
                      .ratio = a[SAMPLING_RATIO].i,
                      .scale = (double)a[SPATIAL_SCALE].f,
                      .shift = shifted ? 0.5 : 0,
                      .maxima = is_text(a[MODE].s, "max"),
                      .shifted = shifted,
                      .memory = node->scratch};
    if (hinge_count(job.y) == 0)
        return HINGE_OK;
    hinge_status status = check(node, &job);
    if (!status)
        node->host->parallel(node, job.y->dims[0] * job.n_chunks, 1, regions, &job);
    return status;
}

#define ATTRIBUTES                                                                                 \
    {.name = "mode", .type = HINGE_ATTR_STRING, .s = "avg"},                                       \
        {.name = "output_height", .type = HINGE_ATTR_INT, .i = 1},                                 \
        {.name = "output_width", .type = HINGE_ATTR_INT, .i = 1},                                  \
        {.name = "sampling_ratio", .type = HINGE_ATTR_INT},                                        \
    {                                                                                              \
        .name = "spatial_scale", .type = HINGE_ATTR_FLOAT, .f = 1                                  \
    }

static const struct hinge_attribute_def attributes_10[] = {ATTRIBUTES, {.name = NULL}};
static const struct hinge_attribute_def attributes[] = {
    ATTRIBUTES,
    {.name = "coordinate_transformation_mode", .type = HINGE_ATTR_STRING, .s = "half_pixel"},
    {.name = NULL},
};

#define ROI_ALIGN(first, last, declared, types, ...)                                               \
    {                                                                                              \
        .name = "RoiAlign", .since = (first), .until = (last),                                     \
        .signature = "(X: T1, rois: T1, batch_indices: int64) -> (Y: T1); T1: " types,             \
        .attributes = (declared), .init = init, .infer = infer, .prepare = prepare,                \
        .kernels = HINGE_KERNELS(__VA_ARGS__)                                                      \
    }

const struct hinge_op op_roialign[] = {
    ROI_ALIGN(10, 15, attributes_10, "float16 float double", {HINGE_FLOAT, run},
              {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run}),
    ROI_ALIGN(16, 21, attributes, "float16 float double", {HINGE_FLOAT, run}, {HINGE_DOUBLE, run},
              {HINGE_FLOAT16, run}),
    ROI_ALIGN(22, 0, attributes, OP_TYPES_FLOAT, OP_FLOATING(run)),
    OP_END,
};
