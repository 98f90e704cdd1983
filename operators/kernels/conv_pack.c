#include "operators/kernels/conv_pack.h"

#include <string.h>

static int64_t greatest_common_divisor(int64_t a, int64_t b)
{
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Copies whole vectors: what lies up to a vector beyond the end becomes 0. */
static inline void copy_floats(float *to, const float *from, int64_t count)
{
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES)
        vf32_store(to + i, vf32_load(from + i));
    if (i < count)
        vf32_store(to + i, vf32_load_n(from + i, (int)(count - i)));
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

static int64_t n_strips(int64_t n_pixels, int64_t width)
{
    return (n_pixels + width - 1) / width;
}

/* A range of rows' worth of pixels crosses at most so many row ends and strip ends. */
static int64_t max_segments(const struct conv_shape *shape, int64_t n_pixels, int64_t width)
{
    return (n_pixels - 1) / shape->output[2] + 2 + n_strips(n_pixels, width);
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
    return gemm_round_up(rows * (int64_t)sizeof(float), 64) +
           max_segments(shape, n_pixels, width) * (int64_t)sizeof(struct conv_segment) +
           gemm_round_up((n_strips(n_pixels, width) + 1) * (int64_t)sizeof(int32_t), 64);
}

void conv_block_init(struct conv_block *block, const struct conv_shape *shape, int64_t n_pixels,
                     int64_t width, void *memory)
{
    char *bytes = memory;
    const int64_t rows_size =
        gemm_round_up(rows_count(shape, n_pixels) * (int64_t)sizeof(float), 64);
    block->shape = shape;
    block->width = width;
    block->direct = is_direct(shape);
    block->n_phases = phase_count(shape);
    block->rows = (float *)(void *)bytes;
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
    block->strip_begin[n_strips(end - begin, block->width)] = n_segments;
}

/* The columns of a phase: element i is column first + i * stride of the input's row where begin <=
 * i < end, and 0 elsewhere. */
struct phase {
    int64_t first, stride, begin, end, count;
};

static struct phase phase_of(const struct conv_block *block, int64_t index)
{
    const struct conv_shape *shape = block->shape;
    const int64_t stride = shape->stride[2], width = shape->input[2];
    struct phase p = {.stride = stride, .count = block->extent[2]};
    p.first = block->first[2] * stride - shape->pad[2] + index * shape->dilation[2] % stride;
    p.begin = p.first < 0 ? min_i64((-p.first + stride - 1) / stride, p.count) : 0;
    p.end = p.first >= width ? 0 : min_i64((width - p.first + stride - 1) / stride, p.count);
    if (p.end < p.begin)
        p.end = p.begin;
    return p;
}

static inline void zero_floats(float *to, int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i += VF32_LANES)
        vf32_store(to + i, vf32_zero());
}

/* One padded row of a phase. Rows come in order, and there is slack behind the last: up to a vector
 * of zeros beyond the end does no harm. */
static inline void fill_row(float *to, const float *row, const struct phase *p)
{
    const float *from = row + p->first;
    zero_floats(to, 0, p->begin);
    if (p->stride == 1) {
        copy_floats(to + p->begin, from + p->begin, p->end - p->begin);
    } else if (p->stride == 2) {
        int64_t i = p->begin;
        for (; i + 4 <= p->end; i += 4) {
            to[i] = from[i * 2];
            to[i + 1] = from[i * 2 + 2];
            to[i + 2] = from[i * 2 + 4];
            to[i + 3] = from[i * 2 + 6];
        }
        for (; i < p->end; i++)
            to[i] = from[i * 2];
    } else {
        for (int64_t i = p->begin; i < p->end; i++)
            to[i] = from[i * p->stride];
    }
    zero_floats(to, p->end, p->count);
}

void conv_block_fill(const struct conv_block *block, const float *channel)
{
    const struct conv_shape *shape = block->shape;
    const int64_t *in = shape->input, *extent = block->extent;
    const int64_t z0 = block->first[0] * shape->stride[0] - shape->pad[0];
    const int64_t y0 = block->first[1] * shape->stride[1] - shape->pad[1];
    for (int64_t index = 0; index < block->n_phases; index++) {
        const struct phase phase = phase_of(block, index);
        float *to = block->rows + index * block->phase_size;
        for (int64_t z = z0; z < z0 + extent[0]; z++)
            for (int64_t y = y0; y < y0 + extent[1]; y++, to += extent[2]) {
                if (z < 0 || z >= in[0] || y < 0 || y >= in[1])
                    zero_floats(to, 0, extent[2]);
                else
                    fill_row(to, channel + (z * in[1] + y) * in[2], &phase);
            }
    }
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

/* What lies beyond a segment's end is written again by the next one, or by the next tap, or is
 * slack. */
static void pack_taps(const struct conv_block *block, const float *from, int64_t tap,
                      int64_t n_taps, float *packed, int64_t strip_stride)
{
    const int64_t strips = n_strips(block->end - block->begin, block->width);
    for (int64_t t = 0; t < n_taps; t++) {
        const float *x = from + conv_block_tap(block, tap + t);
        for (int64_t s = 0; s < strips; s++) {
            float *to = packed + s * strip_stride + t * block->width;
            for (int32_t i = block->strip_begin[s]; i < block->strip_begin[s + 1]; i++) {
                const struct conv_segment *segment = &block->segments[i];
                copy_floats(to + segment->column, x + segment->from, segment->length);
            }
        }
    }
}

/* One channel of a 1 x 1 kernel: the pixels as they lie, cut into strips. */
static void pack_pixels(const struct conv_block *block, const float *from, float *packed,
                        int64_t strip_stride)
{
    const int64_t count = block->end - block->begin, width = block->width;
    const float *x = from + block->begin;
    int64_t i = 0;
    if (width == GEMM_COLUMNS)
        for (; i + GEMM_COLUMNS <= count; i += GEMM_COLUMNS, packed += strip_stride) {
            vf32_store(packed, vf32_load(x + i));
            vf32_store(packed + VF32_LANES, vf32_load(x + i + VF32_LANES));
        }
    for (; i < count; i += width, packed += strip_stride)
        copy_floats(packed, x + i, min_i64(width, count - i));
}

void conv_block_pack(const struct conv_block *block, const float *x, int64_t k, int64_t depth,
                     float *packed, int64_t strip_stride)
{
    const struct conv_shape *shape = block->shape;
    const int64_t volume = conv_pixels(shape->kernel), plane = conv_pixels(shape->input);
    const int64_t end = k + depth;
    /* Columns beyond the last pixel are multiplied too, though never stored. */
    const int64_t count = block->end - block->begin;
    if (count % block->width)
        memset(packed + count / block->width * strip_stride, 0,
               (size_t)(depth * block->width) * sizeof *packed);
    while (k < end) {
        const int64_t channel = k / volume, tap = k % volume;
        const int64_t n_taps = min_i64(volume - tap, end - k);
        const float *from = x + channel * plane;
        if (block->direct) {
            pack_pixels(block, from, packed, strip_stride);
        } else {
            conv_block_fill(block, from);
            pack_taps(block, block->rows, tap, n_taps, packed, strip_stride);
        }
        packed += n_taps * block->width;
        k += n_taps;
    }
}
