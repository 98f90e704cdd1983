#include "operators/kernels/channels_last/channels_last_points.h"

#include "operators/kernels/conv/conv_private.h"

#include <string.h>

enum { PIXELS = CHANNELS_LAST_PIXELS };

/* Channels up to which a row of the kernel is one segment. */
enum { ROW_CHANNELS = 12 };

static bool is_pointwise(const struct conv_shape *shape)
{
    for (int d = 0; d < 3; d++)
        if (shape->kernel[d] != 1 || shape->stride[d] != 1 || shape->pad[d] != 0 ||
            shape->input[d] != shape->output[d])
            return false;
    return true;
}

struct channels_last_segments channels_last_segments(const struct conv_shape *shape)
{
    struct channels_last_segments s = {.shape = shape, .is_pointwise = is_pointwise(shape)};
    const int64_t positions = shape->channels ? conv_pixels(shape->kernel) : 0;
    s.by_row = shape->kernel[2] > 1 && shape->groups == 1 && shape->dilation[2] == 1 &&
               shape->channels <= ROW_CHANNELS;
    s.n = s.by_row ? positions / shape->kernel[2] : positions;
    s.length = s.by_row ? shape->kernel[2] * shape->channels : shape->channels;
    return s;
}

/* A row of the kernel that reaches over the image's edge: a copy with zeros. */
static const float *patch_row(const struct conv_shape *shape, const float *row, int64_t x,
                              float *patch)
{
    const int64_t channels = shape->channels, kernel = shape->kernel[2];
    const int64_t begin = min_i64(kernel, max_i64(0, -x));
    const int64_t end = max_i64(begin, min_i64(kernel, shape->input[2] - x));
    memset(patch, 0, (size_t)(kernel * channels) * sizeof *patch);
    memcpy(patch + begin * channels, row + (x + begin) * channels,
           (size_t)((end - begin) * channels) * sizeof *patch);
    return patch;
}

/* Pixels of the output that are neighbours in a row, the first of them at. */
struct run {
    int64_t at[3], n;
};

/* Where the kernel's row over the input's row, NULL if it lies in the padding, has its segments for
 * a run of pixels; returns what is left of the patches. */
static float *point_rows(const struct channels_last_segments *s, const float *row,
                         const struct run *run, const float **to, float *patches)
{
    const struct conv_shape *shape = s->shape;
    const int64_t last = shape->input[2] - shape->kernel[2];
    int64_t x = run->at[2] * shape->stride[2] - shape->pad[2];
    for (int64_t r = 0; r < run->n; r++, x += shape->stride[2]) {
        const bool whole = x >= 0 && x <= last;
        to[r] = !row    ? s->zeros
                : whole ? row + x * shape->channels
                        : patch_row(shape, row, x, patches);
        if (row && !whole)
            patches += s->length;
    }
    return patches;
}

/* The same for one position of the kernel's row, whose first input is x. */
static void point_positions(const struct channels_last_segments *s, const float *row, int64_t x,
                            int64_t n, const float **to)
{
    const struct conv_shape *shape = s->shape;
    const int64_t channels = shape->groups * shape->channels, width = row ? shape->input[2] : 0;
    for (int64_t r = 0; r < n; r++, x += shape->stride[2])
        to[r] = x >= 0 && x < width ? row + x * channels : s->zeros;
}

/* Where a run of pixels has its segments; returns what is left of the patches. */
static float *point_run(const struct channels_last_segments *s, const float *image,
                        const struct run *run, const float **to, float *patches)
{
    const struct conv_shape *shape = s->shape;
    const int64_t length = shape->input[2] * shape->groups * shape->channels;
    const int64_t first = run->at[2] * shape->stride[2] - shape->pad[2];
    for (int64_t i = 0; i < shape->kernel[0]; i++)
        for (int64_t j = 0; j < shape->kernel[1]; j++) {
            const int64_t z =
                run->at[0] * shape->stride[0] + i * shape->dilation[0] - shape->pad[0];
            const int64_t y =
                run->at[1] * shape->stride[1] + j * shape->dilation[1] - shape->pad[1];
            const bool inside = z >= 0 && z < shape->input[0] && y >= 0 && y < shape->input[1];
            const float *row = inside ? image + (z * shape->input[1] + y) * length : NULL;
            if (s->by_row) {
                patches = point_rows(s, row, run, to, patches);
                to += PIXELS;
                continue;
            }
            for (int64_t k = 0; k < shape->kernel[2]; k++, to += PIXELS)
                point_positions(s, row, first + k * shape->dilation[2], run->n, to);
        }
    return patches;
}

static void point_pixels(const float *x, int64_t channels, int64_t n, const float **to)
{
    for (int64_t r = 0; r < n; r++)
        to[r] = x + r * channels;
}

/* To where the next run begins. */
static void go_on(const struct conv_shape *shape, struct run *run)
{
    run->at[2] += run->n;
    if (run->at[2] < shape->output[2])
        return;
    run->at[2] = 0;
    if (++run->at[1] == shape->output[1]) {
        run->at[1] = 0;
        run->at[0]++;
    }
}

void channels_last_point(const struct channels_last_segments *s, const float *image, int64_t begin,
                         int64_t end, const float **pointers, float *patches)
{
    const struct conv_shape *shape = s->shape;
    const int64_t channels = shape->groups * shape->channels;
    const int64_t rows = begin / shape->output[2];
    struct run run = {{rows / shape->output[1], rows % shape->output[1], begin % shape->output[2]},
                      0};
    int64_t pixel = begin;
    for (int64_t i = 0; pixel < end; i++) {
        const int64_t n = channels_last_tile_begin(begin, end, i + 1) - pixel;
        const float **tile = pointers + i * s->n * PIXELS;
        for (int64_t r = 0; r < n; r += run.n, pixel += run.n) {
            run.n = n - r;
            if (s->is_pointwise) {
                point_pixels(image + pixel * channels, channels, n, tile);
                continue;
            }
            run.n = min_i64(run.n, shape->output[2] - run.at[2]);
            patches = point_run(s, image, &run, tile + r, patches);
            go_on(shape, &run);
        }
        for (int64_t r = n; r < PIXELS; r++)
            for (int64_t k = 0; k < s->n; k++)
                tile[k * PIXELS + r] = s->zeros;
    }
}
