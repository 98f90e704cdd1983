#include "operators/quantize/conv8.h"

#include <string.h>

#include "operators/kernels/gemm/gemm.h"
#include "operators/op/copy.h"
#include "operators/quantize/depthwise8.h"

/* The node as a convolution. */

hinge_status conv8_read(const struct hinge_node *node, struct conv8 *c)
{
    const hinge_tensor *x = c->x, *w = c->w;
    const int64_t groups = node->attributes[CONV8_GROUP].i;
    hinge_status status = window_read(node, x, w, &c->window);
    if (!status)
        status = window_slide(node, &c->window, false);
    if (status)
        return status;
    if (groups < 1 || w->dims[0] % groups || x->dims[1] % groups ||
        x->dims[1] / groups != w->dims[1])
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "%lld channels in %lld groups do not fit a weight of %lld x %lld",
                       (long long)x->dims[1], (long long)groups, (long long)w->dims[0],
                       (long long)w->dims[1]);
    if (c->x_zero && hinge_count(c->x_zero) != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the zero point of x is not one number");
    if (c->w_zero && hinge_count(c->w_zero) != 1 &&
        (c->w_zero->rank != 1 || c->w_zero->dims[0] != w->dims[0]))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the zero point of w is neither one number nor %lld",
                       (long long)w->dims[0]);
    struct conv_shape *s = &c->shape;
    struct window all = c->window;
    window_extend(&all);
    *s = (struct conv_shape){
        .batch = x->dims[0], .groups = groups, .channels = w->dims[1], .maps = w->dims[0] / groups};
    c->taps = c->pixels = 1;
    for (int d = 0; d < 3; d++) {
        s->input[d] = all.input[d];
        s->output[d] = all.output[d];
        s->kernel[d] = all.kernel[d];
        s->stride[d] = all.stride[d];
        s->dilation[d] = all.dilation[d];
        s->pad[d] = all.pad_begin[d];
        if (!op_multiply(c->taps, all.kernel[d], &c->taps) ||
            !op_multiply(c->pixels, all.output[d], &c->pixels))
            return OP_FAIL(node, HINGE_LIMIT, "the kernel or the output is too large");
    }
    if (!op_multiply(c->taps, s->channels, &c->depth))
        return OP_FAIL(node, HINGE_LIMIT, "the kernel is too large");
    return HINGE_OK;
}

hinge_status conv8_infer(const struct hinge_node *node, conv8_reader *read)
{
    struct conv8 c;
    hinge_status status = read(node, &c);
    if (status)
        return status;
    int64_t dims[2 + WINDOW_MAX_AXES] = {c.shape.batch, c.w->dims[0]};
    for (int32_t i = 0; i < c.window.n_axes; i++)
        dims[2 + i] = c.window.output[i];
    return op_set_dims(node, 0, c.x->rank, dims);
}

/* Packed weights: for each group the sums of its maps, then their strips. */

static int64_t sums_count(const struct gemm_int8 *kernel, int64_t maps)
{
    return round_up(maps, kernel->rows);
}

/* Words of a group, -1 where those of all do not fit. */
static int64_t group_words(const struct gemm_int8 *kernel, int64_t groups, int64_t maps,
                           int64_t depth)
{
    int64_t count, bytes;
    if (__builtin_mul_overflow(sums_count(kernel, maps), gemm_int8_words(kernel, depth) + 1,
                               &count) ||
        __builtin_mul_overflow(count, groups * (int64_t)sizeof(uint32_t), &bytes))
        return -1;
    return count;
}

struct packing {
    const struct gemm_int8 *kernel;
    struct gemm_int8_operand operand; /* of the first group */
    int64_t groups, maps, depth, group_words;
    uint32_t *packed;
};

static void pack_groups(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct packing *p = argument;
    const int64_t n_sums = sums_count(p->kernel, p->maps);
    for (int64_t g = begin; g < end; g++) {
        struct gemm_int8_operand weights = p->operand;
        uint32_t *packed = p->packed + g * p->group_words;
        weights.x += g * p->maps * p->depth;
        memset(packed, 0, (size_t)n_sums * sizeof *packed);
        gemm_int8_pack(p->kernel, &weights, 0, p->maps, 0, p->depth, packed + n_sums,
                       gemm_int8_words(p->kernel, p->depth) * p->kernel->rows, packed);
    }
}

static void pack_all(void *argument, void *packed)
{
    struct packing *p = argument;
    p->packed = packed;
    pack_groups(p, 0, p->groups, 0);
}

static struct gemm_int8_operand weights_of(const hinge_tensor *w, int64_t depth)
{
    return (struct gemm_int8_operand){
        .is_signed = w->type == HINGE_INT8, .x = w->data, .row_stride = depth, .depth_stride = 1};
}

hinge_status conv8_init(struct hinge_node *node, unsigned index)
{
    const hinge_tensor *w = node->inputs[index];
    const int64_t groups = node->attributes[CONV8_GROUP].i;
    if (!w->data || w->rank < 3 || hinge_count(w) == 0 || groups < 1 || w->dims[0] % groups ||
        conv8_is_depthwise(w->dims[1]))
        return HINGE_OK;
    struct packing p = {.kernel = gemm_int8_choose(node->cpu_features),
                        .groups = groups,
                        .maps = w->dims[0] / groups,
                        .depth = hinge_count(w) / w->dims[0]};
    p.operand = weights_of(w, p.depth);
    p.group_words = group_words(p.kernel, groups, p.maps, p.depth);
    if (p.group_words < 0)
        return OP_FAIL(node, HINGE_LIMIT, "the weight is too large");
    const void *packed =
        node->host->pack(node, (size_t)(p.group_words * groups) * sizeof *p.packed, pack_all, &p);
    if (!packed)
        return HINGE_NO_MEMORY;
    node->host->release(node, index, 0, hinge_size(w->type, hinge_count(w)));
    node->state = (void *)(uintptr_t)packed;
    return HINGE_OK;
}

/* How the work is cut, and what a thread needs for it, in words. */

/* Sums of so many maps, or a strip more, stay in the L1 cache until they are finished. */
enum { WORDS = 128, BLOCK_MAPS = 24, MAX_COLUMNS = 256, PACKED_BYTES = 1 << 18, ROW_BUFFER = 64 };

struct job {
    const struct hinge_node *node;
    const struct conv8 *c;
    const struct gemm_int8 *kernel;
    const uint32_t *packed;
    uint32_t *scratch;
    int64_t group_words, words; /* words: of the depth */
    int64_t columns, maps;      /* of a piece */
    int64_t block_maps;         /* of it, that are summed at a time: whole strips */
    int64_t n_columns, n_maps;
    int64_t b_count, rows_count, c_count, count; /* words of a thread's scratch */
    bool has_points;                             /* a shifted zero point of w is not 0 */
    uint32_t x_point;                            /* x's, shifted */
};

static bool is_matrix(const struct conv_shape *s)
{
    bool plain = true;
    for (int d = 0; d < 3; d++)
        plain = plain && s->kernel[d] == 1 && s->stride[d] == 1 && s->pad[d] == 0 &&
                s->output[d] == s->input[d];
    return plain;
}

static void cut_products(struct job *job)
{
    const struct conv_shape *s = &job->c->shape;
    const struct gemm_int8 *kernel = job->kernel;
    const int64_t images = s->batch * s->groups;
    const double pixels = (double)images * (double)job->c->pixels;
    const int64_t wanted =
        gemm_pieces(pixels * (double)s->maps * (double)job->c->depth / 4, job->node->n_threads);
    job->words = gemm_int8_words(kernel, job->c->depth);
    job->columns = MAX_COLUMNS;
    while (job->columns > kernel->columns && job->columns * job->words > PACKED_BYTES / 4)
        job->columns /= 2;
    while (job->columns > kernel->columns &&
           images * ceil_div(job->c->pixels, job->columns) < wanted)
        job->columns /= 2;
    job->columns = min_i64(job->columns, round_up(job->c->pixels, kernel->columns));
    job->n_columns = ceil_div(job->c->pixels, job->columns);
    job->maps = round_up(s->maps, kernel->rows);
    while (job->maps > kernel->rows &&
           images * job->n_columns * ceil_div(s->maps, job->maps) < wanted)
        job->maps = round_up(job->maps / 2, kernel->rows);
    job->n_maps = ceil_div(s->maps, job->maps);
    job->b_count = job->columns * job->words;
    job->rows_count = is_matrix(s) ? 0 : ROW_BUFFER * job->columns / 4;
    job->block_maps = round_up(BLOCK_MAPS, kernel->rows);
    job->c_count = min_i64(job->maps, job->block_maps) * job->columns;
    job->count = round_up(job->b_count + job->rows_count + job->c_count + job->columns, 16);
}

static struct job job_of(const struct hinge_node *node, const struct conv8 *c)
{
    struct job job = {.node = node, .c = c, .kernel = gemm_int8_choose(node->cpu_features)};
    job.group_words = group_words(job.kernel, c->shape.groups, c->shape.maps, c->depth);
    cut_products(&job);
    return job;
}

/* Bytes for weights that are packed in the run; all fits, as group_words says. */
static int64_t packed_size(const struct hinge_node *node, const struct job *job)
{
    if (node->state)
        return 0;
    return round_up(job->group_words * job->c->shape.groups, 16) * (int64_t)sizeof(uint32_t);
}

hinge_status conv8_prepare(const struct hinge_node *node, conv8_reader *read, size_t *scratch)
{
    struct conv8 c;
    int64_t size;
    hinge_status status = read(node, &c);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    if (conv8_is_depthwise(c.shape.channels))
        return depthwise8_prepare(node, &c, scratch);
    const struct job job = job_of(node, &c);
    if (job.group_words < 0 ||
        __builtin_mul_overflow(job.count, (int64_t)sizeof(uint32_t) * node->n_threads, &size) ||
        __builtin_add_overflow(size, packed_size(node, &job), &size))
        return OP_FAIL(node, HINGE_LIMIT, "the weight is too large");
    *scratch = (size_t)size;
    return HINGE_OK;
}

/* Laying out pixels for a product. */

/* A tap of the kernel of a channel, whose image is given. */
struct tap {
    const uint8_t *image;
    int64_t plane, line, column;
};

static void next_tap(const struct conv_shape *s, struct tap *tap)
{
    if (++tap->column < s->kernel[2])
        return;
    tap->column = 0;
    if (++tap->line < s->kernel[1])
        return;
    tap->line = 0;
    if (++tap->plane < s->kernel[0])
        return;
    tap->plane = 0;
    tap->image += s->input[0] * s->input[1] * s->input[2];
}

/* A row for a tap: what count pixels, from x of a line of output on, see there. */
static void lay_tap(const struct conv_shape *s, const struct tap *tap, int64_t line, int64_t x,
                    int64_t count, uint8_t zero, uint8_t *row)
{
    if (s->kernel[0] == 1 && s->output[0] == 1 && s->pad[0] == 0 && s->input[0] > 0 &&
        conv8_is_shift(s)) {
        conv8_lay_shifted(s, tap->image, conv8_source(s, 1, tap->line, line), x, tap->column, count,
                          zero, row);
        return;
    }
    for (int64_t at = 0, n; at < count; at += n, x = 0, line++) {
        const uint8_t *from =
            conv8_input_line(s, tap->image, conv8_source(s, 0, tap->plane, line / s->output[1]),
                             conv8_source(s, 1, tap->line, line % s->output[1]));
        n = min_i64(s->output[2] - x, count - at);
        conv8_lay_line(s, from, tap->column, x, n, zero, row + at);
    }
}

/* Packs the pixels [first, first + count) of a group's channels. */
static void lay_out(const struct job *job, const uint8_t *x, int64_t first, int64_t count,
                    uint32_t *packed, uint8_t *rows, uint32_t *sums)
{
    const struct conv8 *c = job->c;
    const struct conv_shape *s = &c->shape;
    const struct gemm_int8 *kernel = job->kernel;
    const int64_t stride = job->words * kernel->columns;
    struct gemm_int8_operand b = {
        .is_b = true, .is_signed = c->x->type == HINGE_INT8, .x = x, .row_stride = 1};
    if (sums)
        memset(sums, 0, (size_t)count * sizeof *sums);
    if (is_matrix(s)) {
        b.depth_stride = c->pixels;
        gemm_int8_pack(kernel, &b, first, count, 0, c->depth, packed, stride, sums);
        return;
    }
    const int64_t line = first / s->output[2], column = first % s->output[2];
    struct tap tap = {.image = x};
    const uint8_t zero = c->x_zero ? *(const uint8_t *)c->x_zero->data : 0;
    b.x = rows;
    b.depth_stride = count;
    for (int64_t k = 0; k < c->depth; k += ROW_BUFFER) {
        const int64_t depth = min_i64(ROW_BUFFER, c->depth - k);
        for (int64_t i = 0; i < depth; i++, next_tap(s, &tap))
            lay_tap(s, &tap, line, column, count, zero, rows + i * count);
        gemm_int8_pack(kernel, &b, 0, count, 0, depth, packed + k / kernel->group * kernel->columns,
                       stride, sums);
    }
}

/* Products. */

struct piece {
    int64_t image, group, pixel, pixels, map, maps;
};

int32_t conv8_weight_point(const struct conv8 *c, int64_t map)
{
    if (!c->w_zero)
        return 0;
    const int64_t at = hinge_count(c->w_zero) == 1 ? 0 : map;
    return c->w->type == HINGE_INT8 ? ((const int8_t *)c->w_zero->data)[at]
                                    : ((const uint8_t *)c->w_zero->data)[at];
}

/* The sums of the maps [map, map + n), which begin at a strip, of a piece. */
static void multiply_maps(const struct job *job, const struct piece *p, int64_t map, int64_t n,
                          const uint32_t *b, const uint32_t *b_sums, int32_t *sums)
{
    const struct conv8 *c = job->c;
    const struct gemm_int8 *kernel = job->kernel;
    const struct gemm_int8_operand weights = weights_of(c->w, c->depth);
    const uint32_t shift = (uint32_t)gemm_int8_shift(kernel, &weights);
    const uint32_t *a_sums = job->packed + p->group * job->group_words;
    const uint32_t *a = a_sums + sums_count(kernel, c->shape.maps) + map * job->words;
    for (int64_t w = 0; w == 0 || w < job->words; w += WORDS) {
        const struct gemm_int8_block block = {
            .rows = n,
            .columns = p->pixels,
            .words = min_i64(WORDS, job->words - w),
            .a = a + w * kernel->rows,
            .a_stride = job->words * kernel->rows,
            .b = b + w * kernel->columns,
            .b_stride = job->words * kernel->columns,
            .c = sums,
            .c_stride = job->columns,
            .accumulate = w > 0,
        };
        gemm_int8_multiply(kernel, &block);
    }
    for (int64_t i = 0; i < n; i++) {
        const int64_t number = p->group * c->shape.maps + map + i;
        const struct gemm_int8_zero zero = {
            .a = (uint32_t)conv8_weight_point(c, number) + shift,
            .a_sum = a_sums[map + i],
            .depth = (uint32_t)c->depth,
            .b_sums = b_sums,
        };
        const uint32_t rest = (zero.a_sum - zero.depth * zero.a) * job->x_point;
        gemm_int8_correct(&zero, sums + i * job->columns, p->pixels);
        c->finish(c->argument, sums + i * job->columns, -rest, p->image, number, p->pixel,
                  p->pixels);
    }
}

static void run_products(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv8 *c = job->c;
    const struct conv_shape *s = &c->shape;
    uint32_t *b = job->scratch + thread * job->count;
    uint8_t *rows = (uint8_t *)(b + job->b_count);
    int32_t *sums = (int32_t *)b + job->b_count + job->rows_count;
    uint32_t *b_sums = (uint32_t *)sums + job->c_count;
    const int64_t channel = s->input[0] * s->input[1] * s->input[2];
    for (int64_t i = begin; i < end; i++) {
        const int64_t rest = i / job->n_maps / job->n_columns;
        const int64_t map = i % job->n_maps * job->maps;
        const int64_t pixel = i / job->n_maps % job->n_columns * job->columns;
        const struct piece p = {
            .image = rest / s->groups,
            .group = rest % s->groups,
            .pixel = pixel,
            .pixels = min_i64(job->columns, c->pixels - pixel),
            .map = map,
            .maps = min_i64(job->maps, s->maps - map),
        };
        lay_out(job, (const uint8_t *)c->x->data + rest * s->channels * channel, pixel, p.pixels, b,
                rows, job->has_points ? b_sums : NULL);
        for (int64_t m = 0; m < p.maps; m += job->block_maps)
            multiply_maps(job, &p, map + m, min_i64(job->block_maps, p.maps - m), b, b_sums, sums);
    }
}

/* The run. */

static const uint32_t *packed_weights(const struct job *job, uint32_t *scratch)
{
    const struct conv8 *c = job->c;
    struct packing p = {.kernel = job->kernel,
                        .operand = weights_of(c->w, c->depth),
                        .maps = c->shape.maps,
                        .depth = c->depth,
                        .group_words = job->group_words,
                        .packed = scratch};
    job->node->host->parallel(job->node, c->shape.groups, gemm_grain(c->shape.maps * c->depth),
                              pack_groups, &p);
    return scratch;
}

void conv8_run(const struct hinge_node *node, const struct conv8 *c)
{
    if (conv8_is_depthwise(c->shape.channels)) {
        depthwise8_run(node, c);
        return;
    }
    struct job job = job_of(node, c);
    const struct conv_shape *s = &c->shape;
    const struct gemm_int8_operand x = {.is_b = true, .is_signed = c->x->type == HINGE_INT8};
    const struct gemm_int8_operand weights = weights_of(c->w, c->depth);
    job.scratch = (uint32_t *)node->scratch + packed_size(node, &job) / (int64_t)sizeof(uint32_t);
    job.packed = node->state ? node->state : packed_weights(&job, node->scratch);
    job.x_point = (uint32_t)conv8_x_point(c) + (uint32_t)gemm_int8_shift(job.kernel, &x);
    const int32_t shift = gemm_int8_shift(job.kernel, &weights);
    for (int64_t m = 0; m < s->groups * s->maps; m++)
        job.has_points |= conv8_weight_point(c, m) + shift != 0;
    node->host->parallel(node, s->batch * s->groups * job.n_columns * job.n_maps,
                         gemm_grain(job.columns * job.maps * c->depth / 4), run_products, &job);
}
