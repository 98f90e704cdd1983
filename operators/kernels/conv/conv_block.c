#include "operators/kernels/conv/conv_private.h"

static int64_t greatest_common_divisor(int64_t a, int64_t b)
{
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static bool is_direct(const struct conv_shape *shape)
{
    for (int d = 0; d < 3; d++)
        if (shape->kernel[d] != 1 || shape->stride[d] != 1 || shape->pad[d] != 0 ||
            shape->output[d] != shape->input[d])
            return false;
    return true;
}

/* Columns of the input that are apart by the stride form a phase; so many phases hold all that the
 * kernel's columns read. */
static int64_t phase_count(const struct conv_shape *shape)
{
    const int64_t period =
        shape->stride[2] / greatest_common_divisor(shape->stride[2], shape->dilation[2]);
    return min_i64(period, shape->kernel[2]);
}

/* Padded elements between the first one's tap 0 and the last one's last tap. */
static int64_t padded_extent(const struct conv_shape *shape, int d, int64_t n_outputs)
{
    const int64_t reach = (shape->kernel[d] - 1) * shape->dilation[d];
    return d < 2 ? (n_outputs - 1) * shape->stride[d] + reach + 1
                 : n_outputs + reach / shape->stride[d];
}

/* The most output coordinates along d that a range of n_pixels touches. */
static int64_t touched(const struct conv_shape *shape, int d, int64_t n_pixels)
{
    const int64_t *out = shape->output;
    if (d == 2)
        return out[0] * out[1] == 1 ? min_i64(out[2], n_pixels) : out[2];
    if (d == 1)
        return min_i64(out[1], (n_pixels - 1) / out[2] + 2);
    return min_i64(out[0], (n_pixels - 1) / (out[1] * out[2]) + 2);
}

int64_t conv_depth_step(const struct conv_shape *shape)
{
    const int64_t volume = conv_pixels(shape->kernel);
    const int64_t step = volume > GEMM_DEPTH ? GEMM_DEPTH : GEMM_DEPTH / volume * volume;
    return min_i64(step, conv_taps(shape));
}

static bool multiply(int64_t *product, int64_t factor)
{
    return !__builtin_mul_overflow(*product, factor, product);
}

/* A range of rows' worth of pixels crosses at most so many row ends and strip ends. */
static int64_t max_segments(const struct conv_shape *shape, int64_t n_pixels, int64_t width)
{
    return (n_pixels - 1) / shape->output[2] + 2 + conv_block_strips(n_pixels, width);
}

static int64_t rows_count(const struct conv_shape *shape, int64_t n_pixels)
{
    if (is_direct(shape))
        return 0;
    int64_t count = phase_count(shape);
    for (int d = 0; d < 3; d++) {
        int64_t n = touched(shape, d, n_pixels);
        /* A range inside of one plane touches few rows; one that crosses planes touches all. */
        if (d == 1 && touched(shape, 0, n_pixels) > 1)
            n = shape->output[1];
        if (!multiply(&count, padded_extent(shape, d, n)))
            return -1;
    }
    return count < INT64_MAX / 64 ? count + VF32_LANES : -1;
}

int64_t conv_block_size(const struct conv_shape *shape, int64_t n_pixels, int64_t width)
{
    int64_t rows = rows_count(shape, n_pixels);
    if (rows < 0)
        return -1;
    return round_up(rows * conv_element_size(shape), 64) +
           max_segments(shape, n_pixels, width) * (int64_t)sizeof(struct conv_segment) +
           round_up((conv_block_strips(n_pixels, width) + 1) * (int64_t)sizeof(int32_t), 64);
}

void conv_block_init(struct conv_block *block, const struct conv_shape *shape, int64_t n_pixels,
                     int64_t width, void *memory)
{
    char *bytes = memory;
    const int64_t rows_size = round_up(rows_count(shape, n_pixels) * conv_element_size(shape), 64);
    block->shape = shape;
    block->width = width;
    block->direct = is_direct(shape);
    block->n_phases = phase_count(shape);
    block->rows = bytes;
    block->segments = (struct conv_segment *)(void *)(bytes + rows_size);
    block->strip_begin =
        (int32_t *)(void *)(block->segments + max_segments(shape, n_pixels, width));
}

int64_t conv_block_pixel(const struct conv_block *block, int64_t z, int64_t y, int64_t x)
{
    const struct conv_shape *shape = block->shape;
    const int64_t row = (z - block->first[0]) * shape->stride[0] * block->extent[1] +
                        (y - block->first[1]) * shape->stride[1];
    return row * block->extent[2] + (x - block->first[2]);
}

static void set_rows(struct conv_block *block)
{
    const struct conv_shape *shape = block->shape;
    const int64_t width = shape->output[2], plane = shape->output[1] * width;
    const int64_t last = block->end - 1;
    int64_t to[3] = {last / plane, shape->output[1] - 1, width - 1};
    block->first[0] = block->begin / plane;
    block->first[1] = block->first[2] = 0;
    if (to[0] == block->first[0]) {
        block->first[1] = block->begin % plane / width;
        to[1] = last % plane / width;
        if (to[1] == block->first[1]) {
            block->first[2] = block->begin % width;
            to[2] = last % width;
        }
    }
    for (int d = 0; d < 3; d++)
        block->extent[d] = padded_extent(shape, d, to[d] - block->first[d] + 1);
    block->phase_size = conv_pixels(block->extent);
}

void conv_block_set(struct conv_block *block, int64_t begin, int64_t end)
{
    const struct conv_shape *shape = block->shape;
    const int64_t width = shape->output[2], height = shape->output[1];
    block->begin = begin;
    block->end = end;
    if (block->direct)
        return;
    set_rows(block);
    int32_t n_segments = 0;
    for (int64_t p = begin; p < end;) {
        const int64_t column = (p - begin) % block->width, x = p % width, row = p / width;
        if (column == 0)
            block->strip_begin[(p - begin) / block->width] = n_segments;
        const int64_t length = min_i64(min_i64(block->width - column, end - p), width - x);
        block->segments[n_segments++] = (struct conv_segment){
            .from = conv_block_pixel(block, row / height, row % height, x),
            .column = (int32_t)column,
            .length = (int32_t)length,
        };
        p += length;
    }
    block->strip_begin[conv_block_strips(end - begin, block->width)] = n_segments;
}

int64_t conv_block_tap(const struct conv_block *block, int64_t tap)
{
    const struct conv_shape *shape = block->shape;
    const int64_t x = tap % shape->kernel[2], row = tap / shape->kernel[2];
    const int64_t y = row % shape->kernel[1], z = row / shape->kernel[1];
    return x % block->n_phases * block->phase_size +
           (z * shape->dilation[0] * block->extent[1] + y * shape->dilation[1]) * block->extent[2] +
           x * shape->dilation[2] / shape->stride[2];
}
