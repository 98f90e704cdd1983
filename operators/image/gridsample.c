/* GridSample-16, -20, -22: any number of spatial axes as far as a sample is made of 256 elements at
 * most (linear: 8 axes, cubic: 4), planes of less than 2^31 elements. Positions are computed in
 * double; samples in float for float and the halves, in double otherwise. What is no number is
 * taken in mode nearest only. A position that is NaN is beyond the border, and where that has no
 * meaning the first element's. */
#include "operators/image/sample.h"
#include "operators/kernels/convert.h"
#include "operators/op/copy.h"

enum { ALIGN_CORNERS, MODE, PADDING_MODE };

static bool is_text(hinge_string s, const char *text)
{
    return s.size == strlen(text) && !memcmp(s.bytes, text, s.size);
}

static hinge_status read_attributes(const struct hinge_node *node, struct sample_plane *plane)
{
    const hinge_string mode = node->attributes[MODE].s, padding = node->attributes[PADDING_MODE].s;
    const bool older = node->opset < 20;
    *plane = (struct sample_plane){.align_corners = node->attributes[ALIGN_CORNERS].i != 0};
    if (is_text(mode, "nearest"))
        plane->mode = SAMPLE_NEAREST;
    else if (is_text(mode, older ? "bilinear" : "linear"))
        plane->mode = SAMPLE_LINEAR;
    else if (is_text(mode, older ? "bicubic" : "cubic"))
        plane->mode = SAMPLE_CUBIC;
    else
        return OP_FAIL(node, HINGE_BAD_MODEL, "mode is \"%.*s\", not nearest, %s", (int)mode.size,
                       mode.bytes, older ? "bilinear or bicubic" : "linear or cubic");
    if (is_text(padding, "zeros"))
        plane->padding = SAMPLE_ZEROS;
    else if (is_text(padding, "border"))
        plane->padding = SAMPLE_BORDER;
    else if (is_text(padding, "reflection"))
        plane->padding = SAMPLE_REFLECTION;
    else
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "padding_mode is \"%.*s\", not zeros, border or reflection",
                       (int)padding.size, padding.bytes);
    return HINGE_OK;
}

static hinge_status init(struct hinge_node *node)
{
    struct sample_plane plane;
    return read_attributes(node, &plane);
}

static hinge_status read_plane(const struct hinge_node *node, struct sample_plane *plane)
{
    const hinge_tensor *x = node->inputs[0], *grid = node->inputs[1];
    hinge_status status = read_attributes(node, plane);
    int64_t count = 1;
    if (status)
        return status;
    if (x->rank < 3 || (node->opset < 20 && x->rank != 4))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not %s", (int)x->rank,
                       node->opset < 20 ? "4" : "3 or more");
    plane->n_axes = x->rank - 2;
    if (grid->rank != x->rank || grid->dims[x->rank - 1] != plane->n_axes)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the grid is not of rank %d with positions of %d",
                       (int)x->rank, (int)plane->n_axes);
    if (grid->dims[0] != x->dims[0])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld images meet %lld grids", (long long)x->dims[0],
                       (long long)grid->dims[0]);
    for (int32_t d = 0; d < plane->n_axes; d++) {
        plane->dims[d] = x->dims[2 + d];
        if (plane->dims[d] == 0 && plane->padding != SAMPLE_ZEROS)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "an image without elements has no border");
        if (!op_multiply(count, plane->dims[d], &count) || count > SAMPLE_MAX_PLANE)
            return OP_FAIL(node, HINGE_LIMIT, "images have more than 2^31 elements");
    }
    if (plane->mode != SAMPLE_NEAREST && (!convert_knows(x->type) || x->type == HINGE_BOOL))
        return OP_FAIL(node, HINGE_UNSUPPORTED, "elements of type %d cannot be interpolated",
                       (int)x->type);
    if (sample_n_taps(plane) > SAMPLE_MAX_TAPS)
        return OP_FAIL(node, HINGE_LIMIT, "a sample of %d axes is made of more than %d elements",
                       (int)plane->n_axes, SAMPLE_MAX_TAPS);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *grid = node->inputs[1];
    struct sample_plane plane;
    int64_t dims[HINGE_MAX_RANK];
    hinge_status status = read_plane(node, &plane);
    if (status)
        return status;
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = d < 2 ? x->dims[d] : grid->dims[d - 1];
    return op_set_output(node, 0, x->type, x->rank, dims);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct sample_plane plane;
    hinge_status status = read_plane(node, &plane);
    if (!status)
        *scratch = node->n_threads * sample_size(sample_n_taps(&plane));
    return status;
}

struct job {
    struct sample_plane plane;
    const hinge_tensor *x, *grid;
    hinge_tensor *y;
    int64_t channels, from_count, to_count; /* elements of a plane */
    int64_t n_tiles;                        /* of an image */
    char *memory;
};

static void set_tile(const struct job *job, struct sample_tile *tile, int64_t image, int64_t first,
                     int64_t count)
{
    const struct sample_plane *plane = &job->plane;
    const int32_t n = plane->n_axes;
    const int64_t at = (image * job->to_count + first) * n;
    double numbers[SAMPLE_TILE * HINGE_MAX_RANK], position[HINGE_MAX_RANK];
    convert_to_double(job->grid->type, numbers,
                      (const char *)job->grid->data + hinge_size(job->grid->type, at), count * n);
    for (int64_t i = 0; i < count; i++) {
        for (int32_t d = 0; d < n; d++) {
            const double along = numbers[i * n + n - 1 - d] + 1, extent = (double)plane->dims[d];
            position[d] =
                plane->align_corners ? along / 2 * (extent - 1) : (along * extent - 1) / 2;
        }
        sample_set(tile, i, plane, position);
    }
    sample_close(tile, count);
}

static void sample_channel(const struct job *job, const struct sample_tile *tile, const char *from,
                           char *to)
{
    const hinge_type type = job->x->type;
    union sample_row row;
    if (job->plane.mode == SAMPLE_NEAREST) {
        sample_elements(hinge_size(type, 1), tile, from, to);
        return;
    }
    sample_sums(type, tile, from, &row);
    sample_store(type, to, &row, tile->count);
}

static void tiles(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const int64_t n_taps = sample_n_taps(&job->plane);
    const size_t size = hinge_size(job->x->type, 1);
    struct sample_tile tile;
    sample_open(&tile, n_taps, job->memory + thread * sample_size(n_taps));
    for (int64_t i = begin; i < end; i++) {
        const int64_t image = i / job->n_tiles, first = i % job->n_tiles * SAMPLE_TILE;
        const int64_t rest = job->to_count - first;
        const char *from =
            (const char *)job->x->data + (size_t)(image * job->channels * job->from_count) * size;
        char *to =
            (char *)job->y->data + (size_t)(image * job->channels * job->to_count + first) * size;
        set_tile(job, &tile, image, first, rest < SAMPLE_TILE ? rest : SAMPLE_TILE);
        for (int64_t c = 0; c < job->channels; c++)
            sample_channel(job, &tile, from + (size_t)(c * job->from_count) * size,
                           to + (size_t)(c * job->to_count) * size);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {.x = x,
                      .grid = node->inputs[1],
                      .y = node->outputs[0],
                      .channels = x->dims[1],
                      .from_count = op_dims_count(x, 2, x->rank),
                      .to_count = op_dims_count(node->outputs[0], 2, x->rank),
                      .memory = node->scratch};
    hinge_status status = read_plane(node, &job.plane);
    if (status || hinge_count(job.y) == 0)
        return status;
    job.n_tiles = (job.to_count + SAMPLE_TILE - 1) / SAMPLE_TILE;
    node->host->parallel(
        node, x->dims[0] * job.n_tiles,
        op_grain(65536, SAMPLE_TILE * sample_n_taps(&job.plane) * (job.channels + 8)), tiles, &job);
    return HINGE_OK;
}

#define ATTRIBUTES(linear)                                                                         \
    {.name = "align_corners", .type = HINGE_ATTR_INT},                                             \
        {.name = "mode", .type = HINGE_ATTR_STRING, .s = (linear)},                                \
        {.name = "padding_mode", .type = HINGE_ATTR_STRING, .s = "zeros"},                         \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct hinge_attribute_def attributes_16[] = {ATTRIBUTES("bilinear")};
static const struct hinge_attribute_def attributes[] = {ATTRIBUTES("linear")};

#define GRID_SAMPLE(first, last, declared, x_types, grid_types)                                    \
    {                                                                                              \
        .name = "GridSample", .since = (first), .until = (last),                                   \
        .signature = "(X: T1, grid: T2) -> (Y: T1); T1: " x_types "; T2: " grid_types,             \
        .attributes = (declared), .init = init, .infer = infer, .prepare = prepare,                \
        .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})                                             \
    }

const struct hinge_op op_gridsample[] = {
    GRID_SAMPLE(16, 19, attributes_16, OP_TYPES_ALL_IR3, "float16 float double"),
    GRID_SAMPLE(20, 21, attributes, OP_TYPES_ALL_IR3, "float16 float double"),
    GRID_SAMPLE(22, 0, attributes, OP_TYPES_ALL_IR4, OP_TYPES_FLOAT),
    OP_END,
};
