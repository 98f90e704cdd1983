/* Convolution with the vector lanes over output channels, for images of few pixels: the pixels are
 * packed once, in parallel over blocks of taps; then the panels of weights are shared out, each
 * multiplied with all those pixels and the result transposed. */
#include "operators/kernels/conv/conv_private.h"

/* Pixels worked on at a time, should there be many after all. */
enum { CHUNK_PIXELS = 252 };

struct layout {
    int64_t pixels, strips, strip_stride;
    int64_t depth, n_depths; /* taps packed at a time; how many times */
    int64_t panels;          /* of a group's maps */
    int64_t packed_count;    /* floats of an image's packed group */
    int64_t block_size;      /* bytes of a thread's scratch while packing */
    int64_t sums_count;      /* floats of a thread's scratch while multiplying */
};

struct job {
    const struct conv_call *call;
    struct layout layout;
    int64_t image, group;
    int64_t begin, count; /* pixels */
    float *packed;
    char *threads; /* each thread's scratch */
};

static int64_t thread_size(const struct layout *l)
{
    const int64_t sums = l->sums_count * (int64_t)sizeof(float);
    return sums > l->block_size ? sums : l->block_size;
}

static struct layout lay_out(const struct conv_shape *shape)
{
    struct layout l = {.pixels = min_i64(conv_pixels(shape->output), CHUNK_PIXELS),
                       .depth = conv_depth_step(shape)};
    l.strips = (l.pixels + GEMM_ROWS - 1) / GEMM_ROWS;
    l.strip_stride = conv_strip_stride(l.depth, GEMM_ROWS);
    l.n_depths = (conv_taps(shape) + l.depth - 1) / l.depth;
    l.panels = (shape->maps + GEMM_COLUMNS - 1) / GEMM_COLUMNS;
    l.packed_count = l.strips * l.n_depths * l.strip_stride;
    l.block_size = conv_block_size(shape, l.pixels, GEMM_ROWS);
    l.sums_count = round_up(l.pixels * GEMM_COLUMNS, 16);
    return l;
}

int64_t conv_maps_scratch(const struct conv_shape *shape, unsigned n_threads)
{
    const struct layout l = lay_out(shape);
    int64_t size;
    if (l.block_size < 0 || __builtin_mul_overflow(thread_size(&l), (int64_t)n_threads, &size) ||
        __builtin_add_overflow(size, l.packed_count * (int64_t)sizeof(float), &size))
        return -1;
    return size;
}

static void pack_pixels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv_shape *shape = job->call->shape;
    const struct layout *l = &job->layout;
    const int64_t index = job->image * shape->groups + job->group;
    const float *x =
        (const float *)job->call->x + index * shape->channels * conv_pixels(shape->input);
    struct conv_block block;
    conv_block_init(&block, shape, l->pixels, GEMM_ROWS, job->threads + thread * thread_size(l));
    conv_block_set(&block, job->begin, job->begin + job->count);
    for (int64_t i = begin; i < end; i++) {
        const int64_t k = i * l->depth;
        conv_block_pack_f32(&block, x, k, min_i64(l->depth, conv_taps(shape) - k),
                            job->packed + i * l->strips * l->strip_stride, l->strip_stride);
    }
}

/* Sums of a panel of maps (pixels x GEMM_COLUMNS) to rows of y. */
static void store_maps(const struct job *job, const float *sums, int64_t map, int64_t n_maps)
{
    const struct conv_call *call = job->call;
    const struct conv_shape *shape = call->shape;
    const int64_t plane = conv_pixels(shape->output);
    float *y =
        (float *)call->y + (job->image * shape->groups * shape->maps + map) * plane + job->begin;
    const float *biases = call->bias;
    for (int64_t m = 0; m < n_maps; m++, y += plane) {
        const float bias = biases ? biases[map + m] : 0;
        for (int64_t p = 0; p < job->count; p++)
            y[p] = sums[p * GEMM_COLUMNS + m] + bias;
        conv_finish_f32(call, y, job->count);
    }
}

static void multiply_panels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv_call *call = job->call;
    const struct conv_shape *shape = call->shape;
    const struct layout *l = &job->layout;
    const int64_t taps = conv_taps(shape);
    float *sums = (float *)(void *)(job->threads + thread * thread_size(l));
    const float *weights =
        (const float *)call->weights + job->group * conv_strips_count(shape, GEMM_COLUMNS);
    for (int64_t i = begin; i < end; i++) {
        const int64_t map = i * GEMM_COLUMNS;
        const int64_t n_maps = min_i64(GEMM_COLUMNS, shape->maps - map);
        for (int64_t d = 0; d < l->n_depths; d++) {
            const int64_t k = d * l->depth;
            gemm_block_f32(
                &(struct gemm_block){
                    .rows = job->count,
                    .columns = n_maps,
                    .depth = min_i64(l->depth, taps - k),
                    .a = job->packed + d * l->strips * l->strip_stride,
                    .a_strip_stride = l->strip_stride,
                    .b = weights + i * taps * GEMM_COLUMNS + k * GEMM_COLUMNS,
                    .b_stride = GEMM_COLUMNS,
                    .c = sums,
                    .c_stride = GEMM_COLUMNS,
                },
                &(struct gemm_store){.accumulate = d > 0});
        }
        store_maps(job, sums, job->group * shape->maps + map, n_maps);
    }
}

void conv_maps_run(const struct conv_call *call)
{
    const struct conv_shape *shape = call->shape;
    const struct hinge_node *node = call->node;
    struct job job = {.call = call, .layout = lay_out(shape), .packed = call->scratch};
    job.threads = (char *)(job.packed + job.layout.packed_count);
    const int64_t pixels = conv_pixels(shape->output);
    for (job.image = 0; job.image < shape->batch; job.image++)
        for (job.group = 0; job.group < shape->groups; job.group++)
            for (job.begin = 0; job.begin < pixels; job.begin += job.count) {
                job.count = min_i64(job.layout.pixels, pixels - job.begin);
                node->host->parallel(node, job.layout.n_depths, 1, pack_pixels, &job);
                const int64_t work = job.count * GEMM_COLUMNS * conv_taps(shape);
                node->host->parallel(node, job.layout.panels, gemm_grain(work), multiply_panels,
                                     &job);
            }
}
