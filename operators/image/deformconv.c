/* DeformConv-19, -22: any number of spatial axes as far as the interpolation has 256 elements at
 * most (8 axes). The sampled elements are made the columns of a matrix product, a tile of pixels
 * after the other. Beyond the input are zeros. float64 is computed in its own type, the halves in
 * float32. The mask has one value for each position of the kernel, whatever the axes. */
#include "operators/image/sample.h"
#include "operators/kernels/convert.h"
#include "operators/kernels/gemm/gemm.h"
#include "operators/kernels/gemm/gemm_half.h"
#include "operators/kernels/half.h"
#include "operators/op/copy.h"
#include "operators/op/spatial.h"

enum { DILATIONS, GROUP, KERNEL_SHAPE, OFFSET_GROUP, PADS, STRIDES };
enum { X, W, OFFSET, B, MASK };

/* Bounds that keep every sum and product of a few of them inside of int64_t. */
#define MAX_EXTENT (INT64_C(1) << 40)

struct shape {
    struct sample_plane plane;
    int64_t groups, offset_groups, channels, maps; /* channels and maps in all */
    int64_t positions, depth;                      /* of the kernel; depth of a group's product */
    int64_t pixels;                                /* of an output plane */
    int64_t kernel[HINGE_MAX_RANK], stride[HINGE_MAX_RANK], dilation[HINGE_MAX_RANK];
    int64_t pad[HINGE_MAX_RANK], output[HINGE_MAX_RANK];
};

static hinge_status read_axis(const struct hinge_node *node, struct shape *s, int32_t d)
{
    const int32_t n = s->plane.n_axes;
    const int64_t input = node->inputs[X]->dims[2 + d], extent = node->inputs[W]->dims[2 + d];
    int64_t pad_end = 0;
    hinge_status status =
        op_spatial_entry(node, KERNEL_SHAPE, "kernel_shape", n, d, extent, 1, &s->kernel[d]);
    if (!status)
        status = op_spatial_entry(node, STRIDES, "strides", n, d, 1, 1, &s->stride[d]);
    if (!status)
        status = op_spatial_entry(node, DILATIONS, "dilations", n, d, 1, 1, &s->dilation[d]);
    if (!status)
        status = op_spatial_entry(node, PADS, "pads", 2 * n, d, 0, 0, &s->pad[d]);
    if (!status)
        status = op_spatial_entry(node, PADS, "pads", 2 * n, n + d, 0, 0, &pad_end);
    if (status)
        return status;
    if (s->kernel[d] != extent)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "kernel_shape is %lld at axis %d, the weight %lld",
                       (long long)s->kernel[d], (int)d, (long long)extent);
    if (input > MAX_EXTENT || s->kernel[d] - 1 > MAX_EXTENT / s->dilation[d])
        return OP_FAIL(node, HINGE_LIMIT, "input or kernel are too large at axis %d", (int)d);
    s->plane.dims[d] = input;
    const int64_t room = input + s->pad[d] + pad_end - (s->kernel[d] - 1) * s->dilation[d] - 1;
    s->output[d] = room < 0 ? 0 : room / s->stride[d] + 1;
    if (!op_multiply(s->positions, s->kernel[d], &s->positions))
        return OP_FAIL(node, HINGE_LIMIT, "the kernel is too large");
    return HINGE_OK;
}

static hinge_status read_groups(const struct hinge_node *node, struct shape *s)
{
    const hinge_tensor *w = node->inputs[W];
    s->groups = node->attributes[GROUP].i;
    s->offset_groups = node->attributes[OFFSET_GROUP].i;
    s->channels = node->inputs[X]->dims[1];
    s->maps = w->dims[0];
    if (s->groups < 1 || s->maps % s->groups || s->channels % s->groups ||
        s->channels / s->groups != w->dims[1])
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "%lld channels and weights of %lld x %lld do not fit %lld groups",
                       (long long)s->channels, (long long)s->maps, (long long)w->dims[1],
                       (long long)s->groups);
    if (s->offset_groups < 1 || s->channels % s->offset_groups)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld channels do not fit offset_group %lld",
                       (long long)s->channels, (long long)s->offset_groups);
    return HINGE_OK;
}

/* Checks offset or mask: values for each position, over the output's pixels. */
static hinge_status check_values(const struct hinge_node *node, const struct shape *s,
                                 const hinge_tensor *t, const char *name, int64_t each)
{
    int64_t wanted = 0;
    bool fits = t->rank == s->plane.n_axes + 2 && t->dims[0] == node->inputs[X]->dims[0] &&
                op_multiply(s->offset_groups, s->positions, &wanted) &&
                op_multiply(wanted, each, &wanted) && t->dims[1] == wanted;
    for (int32_t d = 0; d < s->plane.n_axes && fits; d++)
        fits = t->dims[2 + d] == s->output[d];
    if (!fits)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "%s does not have %lld channels of the output's pixels", name,
                       (long long)wanted);
    return HINGE_OK;
}

static hinge_status read_shape(const struct hinge_node *node, struct shape *s)
{
    const hinge_tensor *x = node->inputs[X], *w = node->inputs[W], *bias = op_input(node, B);
    *s = (struct shape){.plane = {.mode = SAMPLE_LINEAR, .n_axes = x->rank - 2}, .positions = 1};
    if (x->rank < 3 || w->rank != x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X and W have ranks %d and %d, not 3 or more",
                       (int)x->rank, (int)w->rank);
    if (sample_n_taps(&s->plane) > SAMPLE_MAX_TAPS)
        return OP_FAIL(node, HINGE_LIMIT, "X has %d spatial axes", (int)s->plane.n_axes);
    int64_t elements = 1;
    hinge_status status = read_groups(node, s);
    for (int32_t d = 0; d < s->plane.n_axes && !status; d++) {
        status = read_axis(node, s, d);
        if (!status &&
            (!op_multiply(elements, x->dims[2 + d], &elements) || elements > SAMPLE_MAX_PLANE))
            status = OP_FAIL(node, HINGE_LIMIT, "images have more than 2^31 elements");
    }
    if (status)
        return status;
    if (bias && (bias->rank != 1 || bias->dims[0] != s->maps))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "B is not of %lld values", (long long)s->maps);
    status = check_values(node, s, node->inputs[OFFSET], "offset", s->plane.n_axes);
    if (!status && op_input(node, MASK))
        status = check_values(node, s, node->inputs[MASK], "mask", 1);
    if (!status && !op_multiply(w->dims[1], s->positions, &s->depth))
        status = OP_FAIL(node, HINGE_LIMIT, "the kernel is too large");
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    struct shape s;
    int64_t dims[HINGE_MAX_RANK];
    hinge_status status = read_shape(node, &s);
    if (status)
        return status;
    dims[0] = node->inputs[X]->dims[0];
    dims[1] = s.maps;
    for (int32_t d = 0; d < s.plane.n_axes; d++)
        dims[2 + d] = s.output[d];
    return op_set_output(node, 0, node->inputs[X]->type, s.plane.n_axes + 2, dims);
}

/* Bytes of the parts of the scratch memory, each a multiple of 64. */
struct sizes {
    int64_t strips, weights, bias;   /* of a group; of all */
    int64_t tile, panels, c, thread; /* of a thread */
};

static int64_t number_size(hinge_type type)
{
    return type == HINGE_DOUBLE ? sizeof(double) : sizeof(float);
}

static bool measure(const struct shape *s, hinge_type type, struct sizes *z)
{
    const int64_t size = number_size(type), maps = s->maps / s->groups;
    z->bias = half_is(type) ? round_up(s->maps * size, 64) : 0;
    z->tile = (int64_t)sample_size(sample_n_taps(&s->plane));
    z->c = half_is(type) ? round_up(maps * SAMPLE_TILE * size, 64) : 0;
    if (!op_multiply(round_up(maps, GEMM_ROWS) * size, s->depth, &z->strips) ||
        z->strips > INT64_MAX / 2)
        return false;
    z->strips = round_up(z->strips, 64);
    if (!op_multiply(s->depth, s->groups, &z->panels) ||
        !op_multiply(z->panels, SAMPLE_TILE * size, &z->panels) ||
        !op_multiply(z->strips, s->groups, &z->weights))
        return false;
    z->thread = z->tile + z->c;
    return !__builtin_add_overflow(z->thread, z->panels, &z->thread);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct shape s;
    struct sizes z;
    int64_t size = 0;
    hinge_status status = read_shape(node, &s);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    if (s.maps > INT32_MAX || !measure(&s, node->inputs[X]->type, &z) ||
        !op_multiply(z.thread, node->n_threads, &size) ||
        __builtin_add_overflow(size, z.weights, &size) ||
        __builtin_add_overflow(size, z.bias, &size))
        return OP_FAIL(node, HINGE_LIMIT, "the product is too large");
    *scratch = (size_t)size;
    return HINGE_OK;
}

struct job {
    const struct hinge_node *node;
    struct shape shape;
    struct sizes sizes;
    hinge_type type;
    int64_t size; /* of a number */
    int64_t n_tiles;
    char *weights, *threads;
    const char *bias; /* NULL: none */
};

static void pack_group(const struct job *job, int64_t group)
{
    const struct shape *s = &job->shape;
    const int64_t maps = s->maps / s->groups, depth = s->depth;
    const void *w =
        (const char *)job->node->inputs[W]->data + hinge_size(job->type, group * maps * depth);
    void *packed = job->weights + group * job->sizes.strips;
    if (job->type == HINGE_DOUBLE)
        gemm_pack_f64(maps, depth, w, depth, 1, GEMM_ROWS, packed, depth * GEMM_ROWS);
    else if (job->type == HINGE_FLOAT)
        gemm_pack_f32(maps, depth, w, depth, 1, GEMM_ROWS, packed, depth * GEMM_ROWS);
    else
        gemm_pack_half(job->type, maps, depth, w, depth, 1, GEMM_ROWS, packed, depth * GEMM_ROWS);
}

static void pack_groups(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    for (int64_t i = begin; i < end; i++)
        pack_group(argument, i);
}

/* A row of offset or mask: count values from pixel first on. */
static void read_row(const struct job *job, unsigned input, int64_t channel, int64_t first,
                     int64_t count, double *row)
{
    const char *data = job->node->inputs[input]->data;
    convert_to_double(job->type, row,
                      data + hinge_size(job->type, channel * job->shape.pixels + first), count);
}

/* The samples of a tile of pixels for one position of the kernel; offsets is the number of that
 * position among those of all images and offset groups. */
static void set_tile(const struct job *job, struct sample_tile *tile, int64_t offsets,
                     int64_t first, int64_t count)
{
    const struct shape *s = &job->shape;
    double at[8][SAMPLE_TILE], mask[SAMPLE_TILE], position[8];
    int64_t rest = offsets % s->positions, stride = 1;
    for (int32_t d = s->plane.n_axes; d-- > 0;) {
        const int64_t k = rest % s->kernel[d];
        rest /= s->kernel[d];
        read_row(job, OFFSET, offsets * s->plane.n_axes + d, first, count, at[d]);
        for (int64_t i = 0; i < count; i++) {
            const int64_t pixel = (first + i) / stride % s->output[d];
            at[d][i] += (double)(pixel * s->stride[d] - s->pad[d] + k * s->dilation[d]);
        }
        stride *= s->output[d];
    }
    for (int64_t i = 0; i < count; i++) {
        for (int32_t d = 0; d < s->plane.n_axes; d++)
            position[d] = at[d][i];
        sample_set(tile, i, &s->plane, position);
    }
    if (op_input(job->node, MASK)) {
        read_row(job, MASK, offsets, first, count, mask);
        for (int64_t k = 0; k < tile->n_taps; k++)
            for (int64_t i = 0; i < count; i++)
                tile->weights[k * SAMPLE_TILE + i] *= mask[i];
    }
    sample_close(tile, count);
}

/* Columns of a panel. */
static int64_t panel_width(const struct job *job)
{
    return job->type == HINGE_DOUBLE ? GEMM_COLUMNS_F64 : GEMM_COLUMNS;
}

/* Makes the right operand of all groups for a tile of pixels. */
static void fill_panels(const struct job *job, struct sample_tile *tile, int64_t image,
                        int64_t first, int64_t count, char *panels)
{
    const struct shape *s = &job->shape;
    const int64_t in_offset_group = s->channels / s->offset_groups;
    const int64_t in_group = s->channels / s->groups, width = panel_width(job);
    const int64_t plane_size = (int64_t)hinge_size(
        job->type, op_dims_count(job->node->inputs[X], 2, job->node->inputs[X]->rank));
    const char *x = (const char *)job->node->inputs[X]->data + image * s->channels * plane_size;
    union sample_row row;
    for (int64_t i = 0; i < s->offset_groups * s->positions; i++) {
        const int64_t k = i % s->positions, channel = i / s->positions * in_offset_group;
        set_tile(job, tile, image * s->offset_groups * s->positions + i, first, count);
        for (int64_t c = channel; c < channel + in_offset_group; c++) {
            const int64_t at = c % in_group * s->positions + k;
            char *to = panels + c / in_group * s->depth * SAMPLE_TILE * job->size;
            sample_sums(job->type, tile, x + c * plane_size, &row);
            for (int64_t p = 0; p < count; p += width)
                memcpy(to + (p * s->depth + at * width) * job->size,
                       (const char *)&row + p * job->size, (size_t)(width * job->size));
        }
    }
}

static void multiply(const struct job *job, int64_t group, const char *panels, int64_t count,
                     void *c, int64_t c_stride)
{
    const struct shape *s = &job->shape;
    const int64_t maps = s->maps / s->groups, width = panel_width(job);
    for (int64_t k = 0; k == 0 || k < s->depth; k += GEMM_DEPTH) {
        const struct gemm_store store = {
            .accumulate = k > 0,
            .row_bias = job->bias ? job->bias + group * maps * job->size : NULL};
        const struct gemm_block block = {
            .rows = maps,
            .columns = count,
            .depth = min_i64(s->depth - k, GEMM_DEPTH),
            .a = job->weights + group * job->sizes.strips + k * GEMM_ROWS * job->size,
            .a_strip_stride = s->depth * GEMM_ROWS,
            .b = panels + (group * s->depth * SAMPLE_TILE + k * width) * job->size,
            .b_panel_stride = s->depth * width,
            .b_stride = width,
            .c = c,
            .c_stride = c_stride};
        if (job->type == HINGE_DOUBLE)
            gemm_block_f64(&block, &store);
        else
            gemm_block_f32(&block, &store);
    }
}

static void tiles(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct shape *s = &job->shape;
    const int64_t maps = s->maps / s->groups;
    char *memory = job->threads + thread * job->sizes.thread;
    char *panels = memory + job->sizes.tile;
    float *c = (float *)(void *)(panels + job->sizes.panels);
    char *y = job->node->outputs[0]->data;
    struct sample_tile tile;
    sample_open(&tile, sample_n_taps(&s->plane), memory);
    for (int64_t i = begin; i < end; i++) {
        const int64_t image = i / job->n_tiles, first = i % job->n_tiles * SAMPLE_TILE;
        const int64_t count = min_i64(s->pixels - first, SAMPLE_TILE);
        fill_panels(job, &tile, image, first, count, panels);
        for (int64_t g = 0; g < s->groups; g++) {
            const int64_t at = (image * s->maps + g * maps) * s->pixels + first;
            char *to = y + hinge_size(job->type, at);
            if (!half_is(job->type)) {
                multiply(job, g, panels, count, to, s->pixels);
                continue;
            }
            multiply(job, g, panels, count, c, SAMPLE_TILE);
            for (int64_t m = 0; m < maps; m++)
                half_store(job->type, (uint16_t *)(void *)to + m * s->pixels, c + m * SAMPLE_TILE,
                           count);
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[X], *bias = op_input(node, B);
    struct job job = {.node = node, .type = x->type, .size = number_size(x->type)};
    hinge_status status = read_shape(node, &job.shape);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    if (!measure(&job.shape, job.type, &job.sizes))
        return OP_FAIL(node, HINGE_LIMIT, "the product is too large");
    job.shape.pixels = op_dims_count(node->outputs[0], 2, x->rank);
    job.n_tiles = ceil_div(job.shape.pixels, SAMPLE_TILE);
    job.weights = node->scratch;
    char *copied = job.weights + job.sizes.weights;
    job.threads = copied + job.sizes.bias;
    if (bias && half_is(job.type))
        half_load(job.type, (float *)(void *)copied, bias->data, job.shape.maps);
    if (bias)
        job.bias = half_is(job.type) ? copied : bias->data;
    const int64_t strip = job.shape.maps / job.shape.groups * job.shape.depth;
    node->host->parallel(node, job.shape.groups, op_grain(65536, strip), pack_groups, &job);
    node->host->parallel(node, x->dims[0] * job.n_tiles, 1, tiles, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "dilations", .type = HINGE_ATTR_INTS},
    {.name = "group", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "kernel_shape", .type = HINGE_ATTR_INTS},
    {.name = "offset_group", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "pads", .type = HINGE_ATTR_INTS},
    {.name = "strides", .type = HINGE_ATTR_INTS},
    {.name = NULL},
};

#define DEFORM_CONV(first, last, types, ...)                                                       \
    {                                                                                              \
        .name = "DeformConv", .since = (first), .until = (last),                                   \
        .signature = "(X: T, W: T, offset: T, B?: T, mask?: T) -> (Y: T); T: " types,              \
        .attributes = attributes, .infer = infer, .prepare = prepare,                              \
        .kernels = HINGE_KERNELS(__VA_ARGS__)                                                      \
    }

const struct hinge_op op_deformconv[] = {
    DEFORM_CONV(19, 21, "float16 float double", {HINGE_FLOAT, run}, {HINGE_DOUBLE, run},
                {HINGE_FLOAT16, run}),
    DEFORM_CONV(22, 0, OP_TYPES_FLOAT, OP_FLOATING(run)),
    OP_END,
};
