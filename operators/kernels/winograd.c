#include "operators/kernels/winograd.h"

#include "operators/kernels/winograd_transform.h"

#include <string.h>

/* Tiles are worked on some rows of tiles at a time, so that what lies between the three stages
 * (input transform, products, output transform) stays in the cache. */
enum { CHUNK_SIZE = 2 << 20, CHUNK_MIN_TILES = 48 };

struct layout {
    int64_t m, alpha, points; /* tile size, m + 2, alpha squared */
    int64_t across, down;     /* tiles */
    int64_t chunk_rows;       /* rows of tiles worked on at a time */
    int64_t stride;           /* tiles of a chunk, rounded up to whole panels */
    int64_t v_count, m_count; /* floats of transformed inputs and of products */
    int64_t plane_stride;     /* floats of one phase of a channel's chunk */
    int64_t line_count;       /* floats of a padded input or output row */
    int64_t thread_count;     /* floats of a thread's scratch */
    int64_t map_blocks, map_step;
};

struct job {
    const struct conv_call *call;
    struct layout l;
    int64_t image, group;
    int64_t row, n_rows; /* of tiles, in this chunk */
    float *v, *products, *threads;
};

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static struct layout lay_out(const struct conv_shape *shape, int64_t m)
{
    struct layout l = {.m = m, .alpha = m + 2, .points = (m + 2) * (m + 2)};
    l.across = (shape->output[2] + m - 1) / m;
    l.down = (shape->output[1] + m - 1) / m;
    const int64_t row_size =
        l.points * (shape->channels + shape->maps) * l.across * (int64_t)sizeof(float);
    l.chunk_rows = CHUNK_SIZE / row_size;
    if (l.chunk_rows * l.across < CHUNK_MIN_TILES)
        l.chunk_rows = (CHUNK_MIN_TILES + l.across - 1) / l.across;
    l.chunk_rows = min_i64(l.chunk_rows, l.down);
    l.stride = gemm_round_up(l.chunk_rows * l.across, GEMM_COLUMNS);
    l.v_count = l.points * shape->channels * l.stride;
    l.m_count = l.points * shape->maps * l.stride;
    l.plane_stride = gemm_round_up((l.chunk_rows + 1) * l.across + GEMM_COLUMNS, 16);
    l.line_count = gemm_round_up((l.across + 1) * m + 16, 16);
    l.thread_count = l.m * l.alpha * l.plane_stride + l.line_count;
    l.map_step = gemm_round_up(64, GEMM_ROWS);
    l.map_blocks = (shape->maps + l.map_step - 1) / l.map_step;
    return l;
}

bool winograd_fits(const struct conv_shape *shape)
{
    return shape->kernel[0] == 1 && shape->kernel[1] == 3 && shape->kernel[2] == 3 &&
           shape->stride[1] == 1 && shape->stride[2] == 1 && shape->dilation[1] == 1 &&
           shape->dilation[2] == 1 && shape->input[0] == 1 && shape->output[0] == 1 &&
           shape->pad[0] == 0;
}

int64_t winograd_packed_count(const struct conv_shape *shape, int64_t m)
{
    return (m + 2) * (m + 2) * gemm_round_up(shape->maps, GEMM_ROWS) * shape->channels;
}

void winograd_pack_weights(const struct conv_shape *shape, int64_t m, const float *weights,
                           float *packed)
{
    const int64_t points = (m + 2) * (m + 2);
    const int64_t padded = gemm_round_up(shape->maps, GEMM_ROWS);
    float u[WINOGRAD_MAX_POINTS];
    for (int64_t map = 0; map < padded; map++)
        for (int64_t c = 0; c < shape->channels; c++) {
            memset(u, 0, sizeof u);
            if (map < shape->maps)
                winograd_weights(m, weights + (map * shape->channels + c) * 9, u);
            float *to = packed + map / GEMM_ROWS * shape->channels * GEMM_ROWS + c * GEMM_ROWS +
                        map % GEMM_ROWS;
            for (int64_t i = 0; i < points; i++)
                to[i * padded * shape->channels] = u[i];
        }
}

int64_t winograd_scratch(const struct conv_shape *shape, int64_t m, unsigned n_threads)
{
    const struct layout l = lay_out(shape, m);
    int64_t count;
    if (__builtin_mul_overflow(l.thread_count, (int64_t)n_threads, &count) ||
        __builtin_add_overflow(count, l.v_count + l.m_count, &count) ||
        __builtin_mul_overflow(count, (int64_t)sizeof(float), &count))
        return -1;
    return count;
}

/* An input row with its padding, as far as the tiles of a row read it. */
static void fill_line(const struct conv_shape *shape, const float *row, int64_t count, float *line)
{
    const int64_t pad = min_i64(shape->pad[2], count);
    const int64_t n = min_i64(shape->input[2], count - pad);
    memset(line, 0, (size_t)pad * sizeof *line);
    if (n > 0)
        memcpy(line + pad, row, (size_t)n * sizeof *line);
    memset(line + pad + n, 0, (size_t)(count - pad - n) * sizeof *line);
}

/* A channel's chunk split by position in the tile: plane (i, j) holds element (i, j) of every tile,
 * rows of tiles one after the other. Rows i >= m of a tile are rows i - m of the tile below. */
static void split_channel(const struct job *job, const float *x, float *planes, float *line)
{
    const struct conv_shape *shape = job->call->shape;
    const struct layout *l = &job->l;
    const int64_t n_rows = job->n_rows * l->m + 2;
    for (int64_t r = 0; r < n_rows; r++) {
        const int64_t y = job->row * l->m + r - shape->pad[1];
        float *to = planes + r % l->m * l->alpha * l->plane_stride + r / l->m * l->across;
        if (y < 0 || y >= shape->input[1]) {
            for (int64_t j = 0; j < l->alpha; j++)
                memset(to + j * l->plane_stride, 0, (size_t)l->across * sizeof *to);
            continue;
        }
        fill_line(shape, x + y * shape->input[2], l->across * l->m + 2, line);
        winograd_split(l->m, l->across, line, to, l->plane_stride);
    }
}

static void transform_inputs(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv_shape *shape = job->call->shape;
    const struct layout *l = &job->l;
    float *planes = job->threads + thread * l->thread_count;
    float *line = planes + l->m * l->alpha * l->plane_stride;
    const int64_t n_tiles = job->n_rows * l->across;
    const int64_t first = (job->image * shape->groups + job->group) * shape->channels;
    for (int64_t c = begin; c < end; c++) {
        split_channel(job, job->call->x + (first + c) * conv_pixels(shape->input), planes, line);
        for (int64_t t = 0; t < n_tiles; t += VF32_LANES) {
            float *to = job->v + t / GEMM_COLUMNS * shape->channels * GEMM_COLUMNS +
                        c * GEMM_COLUMNS + t % GEMM_COLUMNS;
            winograd_input(l->m, planes + t, l->plane_stride, l->across, to,
                           shape->channels * l->stride);
        }
    }
}

static void multiply(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const struct conv_shape *shape = job->call->shape;
    const struct layout *l = &job->l;
    const int64_t padded = gemm_round_up(shape->maps, GEMM_ROWS);
    const float *weights = job->call->weights + job->group * winograd_packed_count(shape, l->m);
    for (int64_t i = begin; i < end; i++) {
        const int64_t point = i / l->map_blocks, map = i % l->map_blocks * l->map_step;
        for (int64_t k = 0; k < shape->channels; k += GEMM_DEPTH)
            gemm_block(
                &(struct gemm_block){
                    .rows = min_i64(l->map_step, shape->maps - map),
                    .columns = job->n_rows * l->across,
                    .depth = min_i64(GEMM_DEPTH, shape->channels - k),
                    .a = weights + (point * padded + map) * shape->channels + k * GEMM_ROWS,
                    .a_strip_stride = shape->channels * GEMM_ROWS,
                    .b = job->v + point * shape->channels * l->stride + k * GEMM_COLUMNS,
                    .b_panel_stride = shape->channels * GEMM_COLUMNS,
                    .b_stride = GEMM_COLUMNS,
                    .c = job->products + (point * shape->maps + map) * l->stride,
                    .c_stride = l->stride,
                },
                &(struct gemm_store){.accumulate = k > 0});
    }
}

static void transform_outputs(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv_call *call = job->call;
    const struct conv_shape *shape = call->shape;
    const struct layout *l = &job->l;
    float *planes = job->threads + thread * l->thread_count;
    float *line = planes + l->m * l->m * l->plane_stride;
    const int64_t width = shape->output[2], top = job->row * l->m;
    const int64_t n_rows = min_i64(job->n_rows * l->m, shape->output[1] - top);
    const int64_t n_tiles = job->n_rows * l->across;
    for (int64_t m = begin; m < end; m++) {
        const int64_t map = job->group * shape->maps + m;
        for (int64_t t = 0; t < n_tiles; t += VF32_LANES)
            winograd_output(l->m, job->products + m * l->stride + t, shape->maps * l->stride,
                            call->bias ? call->bias[map] : 0, planes + t, l->plane_stride);
        float *y = call->y +
                   (job->image * shape->groups * shape->maps + map) * conv_pixels(shape->output) +
                   top * width;
        for (int64_t r = 0; r < n_rows; r++) {
            winograd_merge(l->m, l->across,
                           planes + r % l->m * l->m * l->plane_stride + r / l->m * l->across,
                           l->plane_stride, line);
            memcpy(y + r * width, line, (size_t)width * sizeof *y);
        }
        conv_finish(call, y, n_rows * width);
    }
}

void winograd_run(const struct conv_call *call, int64_t m)
{
    const struct conv_shape *shape = call->shape;
    const struct hinge_node *node = call->node;
    struct job job = {.call = call, .l = lay_out(shape, m), .v = call->scratch};
    job.products = job.v + job.l.v_count;
    job.threads = job.products + job.l.m_count;
    for (job.image = 0; job.image < shape->batch; job.image++)
        for (job.group = 0; job.group < shape->groups; job.group++)
            for (job.row = 0; job.row < job.l.down; job.row += job.l.chunk_rows) {
                job.n_rows = min_i64(job.l.chunk_rows, job.l.down - job.row);
                node->host->parallel(node, shape->channels, 4, transform_inputs, &job);
                node->host->parallel(node, job.l.points * job.l.map_blocks, 1, multiply, &job);
                node->host->parallel(node, shape->maps, 4, transform_outputs, &job);
            }
}
