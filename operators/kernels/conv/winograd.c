#include "operators/kernels/conv/winograd.h"

#include "operators/kernels/conv/winograd_guard.h"
#include "operators/kernels/conv/winograd_transform.h"

#include <string.h>

/* Tiles are worked on some rows of tiles at a time, so that what lies between the three stages
 * (input transform, products, output transform) stays in the cache. */
enum { CHUNK_SIZE = 2 << 20, CHUNK_MIN_TILES = 48, MEASURED_CHANNELS = 8 };

struct layout {
    int64_t m, alpha, points; /* tile size, m + 2, alpha squared */
    int64_t across, down;     /* tiles */
    int64_t chunk_rows;       /* rows of tiles worked on at a time */
    int64_t stride;           /* tiles of a chunk, rounded up to whole panels */
    int64_t v_count, m_count; /* floats of transformed inputs and of products */
    int64_t plane_stride;     /* floats of one phase of a channel's chunk */
    int64_t line_count;       /* floats of a padded input or output row */
    int64_t size_count;       /* elements of a line of sizes */
    int64_t sizes_count;      /* of those of a chunk, and a word that says whether they are set */
    int64_t work_count;       /* floats of a thread's scratch beside its sizes */
    int64_t thread_count;     /* floats of a thread's scratch */
    int64_t map_blocks, map_step;
};

struct job {
    const struct conv_call *call;
    struct layout l;
    int64_t image, group;
    int64_t row, n_rows; /* of tiles, in this chunk */
    float *v, *products, *threads;
    uint8_t *found;  /* tiles of the chunk to convolve directly, as flags */
    int32_t *direct; /* and as a list */
    int64_t n_direct;
};

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
    l.stride = round_up(l.chunk_rows * l.across, GEMM_COLUMNS);
    l.v_count = l.points * shape->channels * l.stride;
    l.m_count = l.points * shape->maps * l.stride;
    l.plane_stride = round_up((l.chunk_rows + 1) * l.across + GEMM_COLUMNS, 16);
    l.line_count = round_up((l.across + 1) * m + 16, 16);
    l.size_count = winograd_size_count(m, l.across);
    l.sizes_count = 16 + (l.chunk_rows * m + 2) * l.size_count;
    l.work_count = l.m * l.alpha * l.plane_stride + l.line_count;
    l.work_count = max_i64(l.work_count, winograd_find_lines(m) * l.size_count);
    l.work_count = max_i64(l.work_count, WINOGRAD_PATCH_WEIGHTS + WINOGRAD_PATCH_COUNT +
                                             round_up(GEMM_ROWS * m * m, 16));
    l.thread_count = l.work_count + l.sizes_count;
    l.map_step = round_up(64, GEMM_ROWS);
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
    return (m + 2) * (m + 2) * round_up(shape->maps, GEMM_ROWS) * shape->channels;
}

void winograd_pack_strip(const struct conv_shape *shape, int64_t m, const float *weights,
                         int64_t map, float *packed)
{
    const int64_t points = (m + 2) * (m + 2), channels = shape->channels;
    const int64_t point_stride = round_up(shape->maps, GEMM_ROWS) * channels;
    float u[WINOGRAD_MAX_POINTS];
    for (int64_t r = 0; r < GEMM_ROWS; r++)
        for (int64_t c = 0; c < channels; c++) {
            memset(u, 0, sizeof u);
            if (map + r < shape->maps)
                winograd_weights(m, weights + ((map + r) * channels + c) * 9, u);
            float *to = packed + map * channels + c * GEMM_ROWS + r;
            for (int64_t i = 0; i < points; i++)
                to[i * point_stride] = u[i];
        }
}

int64_t winograd_scratch(const struct conv_shape *shape, int64_t m, unsigned n_threads)
{
    const struct layout l = lay_out(shape, m);
    int64_t count;
    if (__builtin_mul_overflow(l.thread_count, (int64_t)n_threads, &count) ||
        __builtin_add_overflow(count, l.v_count + l.m_count + 2 * l.stride, &count) ||
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

/* Largest sizes over the channels that a thread has seen of a chunk; NULL if none. */
static int32_t *thread_sizes(const struct job *job, unsigned thread)
{
    int32_t *is_set =
        (int32_t *)(void *)(job->threads + thread * job->l.thread_count + job->l.work_count);
    return *is_set ? is_set + 16 : NULL;
}

static void clear_sizes(const struct job *job, unsigned thread, bool is_set)
{
    int32_t *sizes =
        (int32_t *)(void *)(job->threads + thread * job->l.thread_count + job->l.work_count);
    if (is_set)
        memset(sizes, 0, (size_t)job->l.sizes_count * sizeof *sizes);
    *sizes = is_set;
}

/* The chunk's rows of some channels; the image begins pad[2] elements behind a line's begin. */
static void measure_channels(const struct job *job, const float *x, int64_t n_channels,
                             int32_t *sizes)
{
    const struct conv_shape *shape = job->call->shape;
    const struct layout *l = &job->l;
    const int64_t room = l->across * l->m + 2 - shape->pad[2];
    const int64_t count = min_i64(shape->input[2], room);
    for (int64_t r = 0; r < job->n_rows * l->m + 2; r++) {
        const int64_t y = job->row * l->m + r - shape->pad[1];
        if (y >= 0 && y < shape->input[1])
            winograd_measure(n_channels, conv_pixels(shape->input), x + y * shape->input[2], count,
                             sizes + r * l->size_count + shape->pad[2]);
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
    if (!thread_sizes(job, thread))
        clear_sizes(job, thread, true);
    int32_t *sizes = thread_sizes(job, thread);
    for (int64_t c = begin; c < end; c++) {
        const float *x = (const float *)job->call->x + (first + c) * conv_pixels(shape->input);
        if ((c - begin) % MEASURED_CHANNELS == 0)
            measure_channels(job, x, min_i64(MEASURED_CHANNELS, end - c), sizes);
        split_channel(job, x, planes, line);
        for (int64_t t = 0; t < n_tiles; t += VF32_LANES) {
            float *to = job->v + t / GEMM_COLUMNS * shape->channels * GEMM_COLUMNS +
                        c * GEMM_COLUMNS + t % GEMM_COLUMNS;
            winograd_input(l->m, planes + t, l->plane_stride, l->across, to,
                           shape->channels * l->stride);
        }
    }
}

static const float *group_weights(const struct job *job)
{
    return (const float *)job->call->weights +
           job->group * winograd_packed_count(job->call->shape, job->l.m);
}

static void multiply_point(const struct job *job, int64_t point, int64_t map)
{
    const struct conv_shape *shape = job->call->shape;
    const struct layout *l = &job->l;
    const int64_t padded = round_up(shape->maps, GEMM_ROWS);
    const float *weights = group_weights(job);
    for (int64_t k = 0; k < shape->channels; k += GEMM_DEPTH)
        gemm_block_f32(
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

/* The tiles of a row that have to be convolved directly. */
static void find_tiles(const struct job *job, int64_t row, int32_t *lines)
{
    const struct layout *l = &job->l;
    const int64_t count = l->alpha * l->size_count;
    memset(lines, 0, (size_t)count * sizeof *lines);
    for (unsigned t = 0; t < job->call->node->n_threads; t++) {
        const int32_t *sizes = thread_sizes(job, t);
        if (sizes)
            winograd_join(sizes + row * l->m * l->size_count, count, lines);
    }
    winograd_find(l->m, l->across, lines, job->found + row * l->across);
}

/* Products, and behind them the rows of tiles to be looked at. */
static void multiply(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct layout *l = &job->l;
    const int64_t n_products = l->points * l->map_blocks;
    for (int64_t i = begin; i < end; i++) {
        if (i < n_products)
            multiply_point(job, i / l->map_blocks, i % l->map_blocks * l->map_step);
        else
            find_tiles(job, i - n_products,
                       (int32_t *)(void *)(job->threads + thread * l->thread_count));
    }
}

/* Where the sum of an output of a tile stands that is convolved directly: in the place of one of
 * its products. */
static float *direct_sum(const struct job *job, int64_t map, int64_t tile, int64_t output)
{
    return job->products + (output * job->call->shape->maps + map) * job->l.stride + tile;
}

static void convolve_strip(const struct job *job, int64_t map, int64_t channel, float *scratch)
{
    const struct conv_shape *shape = job->call->shape;
    const struct layout *l = &job->l;
    const int64_t u_stride = round_up(shape->maps, GEMM_ROWS) * shape->channels;
    const int64_t n_maps = min_i64(GEMM_ROWS, shape->maps - map), n_outputs = l->m * l->m;
    const int64_t first = (job->image * shape->groups + job->group) * shape->channels + channel;
    struct winograd_patch patch = {
        .shape = shape,
        .m = l->m,
        .channels = min_i64(WINOGRAD_PATCH_CHANNELS, shape->channels - channel),
        .x = (const float *)job->call->x + first * conv_pixels(shape->input),
    };
    float *weights = scratch, *work = weights + WINOGRAD_PATCH_WEIGHTS;
    float *sums = work + WINOGRAD_PATCH_COUNT;
    winograd_restore(l->m, group_weights(job) + map * shape->channels + channel * GEMM_ROWS,
                     u_stride, patch.channels * GEMM_ROWS, GEMM_ROWS, weights);
    for (int64_t i = 0; i < job->n_direct; i++) {
        const int64_t tile = job->direct[i];
        patch.y = (job->row + tile / l->across) * l->m;
        patch.column = tile % l->across * l->m;
        winograd_direct(&patch, weights, work, sums);
        for (int64_t r = 0; r < n_maps; r++)
            for (int64_t o = 0; o < n_outputs; o++) {
                float *sum = direct_sum(job, map + r, tile, o);
                *sum = sums[r * n_outputs + o] + (channel > 0 ? *sum : 0);
            }
    }
}

static void convolve_tiles(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    float *scratch = job->threads + thread * job->l.thread_count;
    for (int64_t i = begin; i < end; i++)
        for (int64_t c = 0; c < job->call->shape->channels; c += WINOGRAD_PATCH_CHANNELS)
            convolve_strip(job, i * GEMM_ROWS, c, scratch);
}

/* y is the map's first row of the chunk. */
static void store_direct(const struct job *job, int64_t m, float bias, int64_t n_rows, float *y)
{
    const struct layout *l = &job->l;
    const int64_t width = job->call->shape->output[2];
    for (int64_t i = 0; i < job->n_direct; i++) {
        const int64_t tile = job->direct[i];
        const int64_t top = tile / l->across * l->m, left = tile % l->across * l->m;
        for (int64_t o = 0; o < l->m * l->m; o++) {
            const int64_t row = top + o / l->m, column = left + o % l->m;
            if (row < n_rows && column < width)
                y[row * width + column] = *direct_sum(job, m, tile, o) + bias;
        }
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
        const float bias = call->bias ? ((const float *)call->bias)[map] : 0;
        for (int64_t t = 0; t < n_tiles; t += VF32_LANES)
            winograd_output(l->m, job->products + m * l->stride + t, shape->maps * l->stride, bias,
                            planes + t, l->plane_stride);
        float *y = (float *)call->y +
                   (job->image * shape->groups * shape->maps + map) * conv_pixels(shape->output) +
                   top * width;
        for (int64_t r = 0; r < n_rows; r++) {
            winograd_merge(l->m, l->across,
                           planes + r % l->m * l->m * l->plane_stride + r / l->m * l->across,
                           l->plane_stride, line);
            memcpy(y + r * width, line, (size_t)width * sizeof *y);
        }
        store_direct(job, m, bias, n_rows, y);
        conv_finish_f32(call, y, n_rows * width);
    }
}

static void run_chunk(struct job *job)
{
    const struct conv_shape *shape = job->call->shape;
    const struct hinge_node *node = job->call->node;
    const struct layout *l = &job->l;
    const int64_t n_tiles = job->n_rows * l->across;
    for (unsigned t = 0; t < node->n_threads; t++)
        clear_sizes(job, t, false);
    node->host->parallel(node, shape->channels, 4, transform_inputs, job);
    node->host->parallel(node, l->points * l->map_blocks + job->n_rows, 1, multiply, job);
    job->n_direct = 0;
    for (int64_t t = 0; t < n_tiles; t++)
        if (job->found[t])
            job->direct[job->n_direct++] = (int32_t)t;
    if (job->n_direct)
        node->host->parallel(node, (shape->maps + GEMM_ROWS - 1) / GEMM_ROWS, 1, convolve_tiles,
                             job);
    node->host->parallel(node, shape->maps, 4, transform_outputs, job);
}

void winograd_run(const struct conv_call *call, int64_t m)
{
    const struct conv_shape *shape = call->shape;
    struct job job = {.call = call, .l = lay_out(shape, m), .v = call->scratch};
    job.products = job.v + job.l.v_count;
    job.direct = (int32_t *)(void *)(job.products + job.l.m_count);
    job.found = (uint8_t *)(job.direct + job.l.stride);
    job.threads = job.products + job.l.m_count + 2 * job.l.stride;
    for (job.image = 0; job.image < shape->batch; job.image++)
        for (job.group = 0; job.group < shape->groups; job.group++)
            for (job.row = 0; job.row < job.l.down; job.row += job.l.chunk_rows) {
                job.n_rows = min_i64(job.l.chunk_rows, job.l.down - job.row);
                run_chunk(&job);
            }
}
