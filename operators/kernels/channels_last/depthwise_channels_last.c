#include "operators/kernels/channels_last/depthwise_channels_last.h"

#include "operators/kernels/activation/activation.h"
#include "operators/kernels/channels_last/channels_last.h"
#include "operators/kernels/conv/conv_private.h"
#include "operators/kernels/pool/pool.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

/* Pixels of a row that are worked on at a time. */
enum { MAX_PIXELS = 64 };

/* A row of the kernel over the row of the input that it meets: their first elements. */
struct tap_row {
    const float *x, *weights;
};

struct job {
    const struct conv_call *call;
    int64_t n_parts; /* of a row of the output */
};

/* Neighbouring pixels of the output that the same columns of the kernel make. */
struct line {
    const struct conv_call *call;
    const struct tap_row *rows;
    int64_t n_rows, n_columns;
    int64_t pixels;
    int64_t from, weight, to; /* elements behind the rows' x and weights, and y, to begin with */
    int64_t step, tap;        /* between the inputs of pixels, and of columns of the kernel */
};

bool depthwise_channels_last_fits(const struct conv_shape *shape, const float *weights)
{
    if (shape->channels != 1 || shape->maps != 1 || shape->groups < VF32_LANES / 2)
        return false;
    for (int64_t i = 0; i < shape->groups * conv_pixels(shape->kernel); i++)
        if (!isfinite(weights[i]))
            return false;
    return true;
}

static int64_t padded_channels(const struct conv_shape *shape)
{
    return round_up(shape->groups, VF32_LANES);
}

int64_t depthwise_channels_last_packed_count(const struct conv_shape *shape)
{
    return padded_channels(shape) * conv_pixels(shape->kernel);
}

/* [position][channel] */
void depthwise_channels_last_pack(const struct conv_shape *shape, const float *weights,
                                  float *packed, int64_t begin, int64_t end)
{
    const int64_t positions = conv_pixels(shape->kernel), channels = padded_channels(shape);
    const int64_t filled = end == shape->groups ? channels : end;
    for (int64_t p = 0; p < positions; p++)
        for (int64_t c = begin; c < filled; c++)
            packed[p * channels + c] = c < end ? weights[c * positions + p] : 0;
}

int64_t depthwise_channels_last_scratch(const struct conv_shape *shape, unsigned n_threads)
{
    int64_t size;
    if (__builtin_mul_overflow(shape->kernel[0] * shape->kernel[1],
                               (int64_t)sizeof(struct tap_row) * (int64_t)n_threads, &size))
        return -1;
    return size;
}

INLINE vf32 take(const float *p, int n)
{
    return n >= VF32_LANES ? vf32_load(p) : vf32_load_n(p, n);
}

INLINE void finish(const struct conv_call *call, int64_t at, vf32 sum, int n)
{
    if (call->addend)
        sum = vf32_add(sum, take((const float *)call->addend + at, n));
    if (call->activation->kind == HINGE_ACT_RELU)
        sum = activation_relu(sum);
    if (n >= VF32_LANES)
        vf32_store((float *)call->y + at, sum);
    else
        vf32_store_n((float *)call->y + at, sum, n);
}

/* n channels from c on, of 3 x 3 kernels: the weights stay in registers. n of a whole vector is a
 * constant. */
INLINE void sum_nine(const struct line *l, int64_t c, int n, vf32 bias)
{
    const int64_t channels = padded_channels(l->call->shape);
    vf32 w[3][3];
    for (int r = 0; r < 3; r++)
        for (int k = 0; k < 3; k++)
            w[r][k] = vf32_load(l->rows[r].weights + l->weight + k * channels + c);
    const float *x[3];
    for (int r = 0; r < 3; r++)
        x[r] = l->rows[r].x + l->from + c;
    for (int64_t i = 0; i < l->pixels; i++) {
        vf32 sum = bias;
        for (int r = 0; r < 3; r++)
            for (int k = 0; k < 3; k++)
                sum = vf32_fma(take(x[r] + i * l->step + k * l->tap, n), w[r][k], sum);
        finish(l->call, l->to + i * l->call->pitch + c, sum, n);
    }
}

INLINE void sum_any(const struct line *l, int64_t c, int n, vf32 bias)
{
    const int64_t channels = padded_channels(l->call->shape);
    for (int64_t i = 0; i < l->pixels; i++) {
        vf32 sum = bias;
        for (int64_t r = 0; r < l->n_rows; r++) {
            const float *x = l->rows[r].x + l->from + i * l->step + c;
            const float *weights = l->rows[r].weights + l->weight + c;
            for (int64_t k = 0; k < l->n_columns; k++)
                sum = vf32_fma(take(x + k * l->tap, n), vf32_load(weights + k * channels), sum);
        }
        finish(l->call, l->to + i * l->call->pitch + c, sum, n);
    }
}

static void sum_line(const struct line *l)
{
    const int64_t channels = l->call->shape->groups;
    const float *bias = l->call->bias;
    const bool is_nine = l->n_rows == 3 && l->n_columns == 3;
    int64_t c = 0;
    for (; c + VF32_LANES <= channels; c += VF32_LANES) {
        const vf32 first = bias ? vf32_load(bias + c) : vf32_zero();
        if (is_nine)
            sum_nine(l, c, VF32_LANES, first);
        else
            sum_any(l, c, VF32_LANES, first);
    }
    if (c < channels) {
        const int n = (int)(channels - c);
        sum_any(l, c, n, bias ? vf32_load_n(bias + c, n) : vf32_zero());
    }
}

/* The rows of the kernel that lie in the image, for a row of outputs. */
static int64_t find_rows(const struct conv_call *call, int64_t image, const int64_t at[2],
                         struct tap_row *rows)
{
    const struct conv_shape *s = call->shape;
    const int64_t channels = padded_channels(s), row = s->input[2] * s->groups;
    const int64_t z = at[0] * s->stride[0] - s->pad[0], y = at[1] * s->stride[1] - s->pad[1];
    const struct pool_range zs = pool_clip(z, s->kernel[0], s->dilation[0], 0, s->input[0]);
    const struct pool_range ys = pool_clip(y, s->kernel[1], s->dilation[1], 0, s->input[1]);
    int64_t n = 0;
    for (int64_t i = zs.begin; i < zs.end; i++)
        for (int64_t j = ys.begin; j < ys.end; j++) {
            const int64_t plane = image * s->input[0] + z + i * s->dilation[0];
            rows[n++] = (struct tap_row){
                (const float *)call->x + (plane * s->input[1] + y + j * s->dilation[1]) * row,
                (const float *)call->weights + (i * s->kernel[1] + j) * s->kernel[2] * channels};
        }
    return n;
}

/* Pixels [begin, end) of a row whose first element is at, as many at a time as have the same
 * columns of the kernel. */
static void run_row(struct line l, int64_t at, int64_t begin, int64_t end)
{
    const struct conv_shape *s = l.call->shape;
    const int64_t reach = (s->kernel[2] - 1) * s->dilation[2];
    for (int64_t x = begin; x < end; x += l.pixels) {
        const int64_t from = x * s->stride[2] - s->pad[2];
        const struct pool_range columns =
            pool_clip(from, s->kernel[2], s->dilation[2], 0, s->input[2]);
        l.n_columns = columns.end - columns.begin;
        l.pixels = 1;
        if (l.n_columns == s->kernel[2])
            l.pixels = min_i64(end - x, (s->input[2] - 1 - from - reach) / s->stride[2] + 1);
        l.from = l.n_columns ? (from + columns.begin * s->dilation[2]) * s->groups : 0;
        l.weight = columns.begin * padded_channels(s);
        l.to = at + x * l.call->pitch;
        sum_line(&l);
    }
}

static void run_parts(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv_call *call = job->call;
    const struct conv_shape *s = call->shape;
    struct tap_row *rows = (struct tap_row *)call->scratch + thread * (s->kernel[0] * s->kernel[1]);
    for (int64_t i = begin; i < end; i++) {
        const int64_t part = i % job->n_parts, row = i / job->n_parts, plane = row / s->output[1];
        const int64_t first = s->output[2] * part / job->n_parts;
        const int64_t last = s->output[2] * (part + 1) / job->n_parts;
        const int64_t at = row * s->output[2] * call->pitch;
        const struct line l = {
            .call = call,
            .rows = rows,
            .n_rows = find_rows(call, plane / s->output[0],
                                (int64_t[]){plane % s->output[0], row % s->output[1]}, rows),
            .step = s->stride[2] * s->groups,
            .tap = s->dilation[2] * s->groups,
        };
        run_row(l, at, first, last);
        channels_last_activate(call, (float *)call->y + at + first * call->pitch, last - first,
                               s->groups);
    }
}

void depthwise_channels_last_run(const struct conv_call *call)
{
    const struct conv_shape *s = call->shape;
    struct job job = {.call = call, .n_parts = ceil_div(s->output[2], MAX_PIXELS)};
    /* A product takes some four times as long here as in a matrix product. */
    const int64_t work = min_i64(s->output[2], MAX_PIXELS) * s->groups * conv_pixels(s->kernel) * 4;
    call->node->host->parallel(call->node, s->batch * s->output[0] * s->output[1] * job.n_parts,
                               gemm_grain(work), run_parts, &job);
}
