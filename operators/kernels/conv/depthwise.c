#include "operators/kernels/conv/depthwise.h"

#include "operators/kernels/activation/activation.h"
#include "operators/kernels/conv/conv_private.h"

struct plane {
    const float *x;
    float *y;
    int64_t rows, columns;
    const int64_t *row_offsets; /* of each output row in x */
    const int64_t *tap_offsets;
    const float *weights;
    int64_t n_taps;
    float bias;
};

enum { MANY_TAPS = 25 };

/* Kernels of few taps: n_taps is a constant, and weights and offsets stay in registers or near. */
static inline __attribute__((always_inline)) void sum_few(const struct plane *p, int n_taps)
{
    vf32 weights[MANY_TAPS];
    int64_t offsets[MANY_TAPS];
    for (int t = 0; t < n_taps; t++) {
        weights[t] = vf32_set1(p->weights[t]);
        offsets[t] = p->tap_offsets[t];
    }
    const vf32 bias = vf32_set1(p->bias);
    /* A row's last vector may spill into the next row, which comes later. */
    const int64_t last = p->rows * p->columns - VF32_LANES;
    for (int64_t row = 0; row < p->rows; row++) {
        const float *x = p->x + p->row_offsets[row];
        float *y = p->y + row * p->columns;
        for (int64_t i = 0; i < p->columns; i += VF32_LANES) {
            vf32 sum = bias;
            for (int t = 0; t < n_taps; t++)
                sum = vf32_fma(weights[t], vf32_load(x + i + offsets[t]), sum);
            if (row * p->columns + i <= last)
                vf32_store(y + i, sum);
            else
                vf32_store_n(y + i, sum, (int)(p->columns - i));
        }
    }
}

static void sum_many(const struct plane *p)
{
    for (int64_t row = 0; row < p->rows; row++) {
        const float *x = p->x + p->row_offsets[row];
        float *y = p->y + row * p->columns;
        for (int64_t i = 0; i < p->columns; i += VF32_LANES) {
            const int n = p->columns - i < VF32_LANES ? (int)(p->columns - i) : VF32_LANES;
            vf32 sum = vf32_set1(p->bias);
            for (int64_t t = 0; t < p->n_taps; t++)
                sum = vf32_fma(vf32_set1(p->weights[t]), vf32_load(x + i + p->tap_offsets[t]), sum);
            vf32_store_n(y + i, sum, n);
        }
    }
}

static void sum_plane(const struct plane *p)
{
    switch (p->n_taps) {
    case 3: sum_few(p, 3); break;
    case 9: sum_few(p, 9); break;
    case MANY_TAPS: sum_few(p, MANY_TAPS); break;
    default: sum_many(p); break;
    }
}

/* A thread's scratch: the padded channel (with slack to read whole vectors), then both tables. */
static int64_t rows_size(const struct conv_shape *shape)
{
    const int64_t size = conv_block_size(shape, conv_pixels(shape->output), GEMM_COLUMNS);
    return size < 0 ? -1 : size + 64 * (int64_t)sizeof(float);
}

static int64_t thread_size(const struct conv_shape *shape)
{
    const int64_t offsets = conv_pixels(shape->kernel) + shape->output[0] * shape->output[1];
    const int64_t rows = rows_size(shape);
    return rows < 0 ? -1 : rows + round_up(offsets * (int64_t)sizeof(int64_t), 64);
}

int64_t depthwise_scratch(const struct conv_shape *shape, unsigned n_threads)
{
    int64_t size = thread_size(shape);
    if (size < 0 || __builtin_mul_overflow(size, (int64_t)n_threads, &size))
        return -1;
    return size;
}

static void run_channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct conv_call *call = argument;
    const struct conv_shape *shape = call->shape;
    const int64_t pixels = conv_pixels(shape->output), volume = conv_pixels(shape->kernel);
    const int64_t height = shape->output[1], n_rows = shape->output[0] * height;
    const float *weights = call->weights, *bias = call->bias;
    char *scratch = (char *)call->scratch + thread * thread_size(shape);
    int64_t *tap_offsets = (int64_t *)(void *)(scratch + rows_size(shape));
    int64_t *row_offsets = tap_offsets + volume;
    struct conv_block block;
    conv_block_init(&block, shape, pixels, GEMM_COLUMNS, scratch);
    conv_block_set(&block, 0, pixels);
    for (int64_t t = 0; t < volume; t++)
        tap_offsets[t] = conv_block_tap(&block, t);
    for (int64_t r = 0; r < n_rows; r++)
        row_offsets[r] = conv_block_pixel(&block, r / height, r % height, 0);
    for (int64_t i = begin; i < end; i++) {
        conv_block_fill_f32(&block, (const float *)call->x + i * conv_pixels(shape->input));
        for (int64_t m = 0; m < shape->maps; m++) {
            const int64_t map = i % shape->groups * shape->maps + m;
            float *y = (float *)call->y + (i * shape->maps + m) * pixels;
            sum_plane(&(struct plane){
                .x = block.rows,
                .y = y,
                .rows = n_rows,
                .columns = shape->output[2],
                .row_offsets = row_offsets,
                .tap_offsets = tap_offsets,
                .weights = weights + map * volume,
                .n_taps = volume,
                .bias = bias ? bias[map] : 0,
            });
            conv_finish_f32(call, y, pixels);
        }
    }
}

void depthwise_run(const struct conv_call *call)
{
    const struct conv_shape *shape = call->shape;
    const int64_t work = conv_pixels(shape->output) * conv_pixels(shape->kernel);
    call->node->host->parallel(call->node, shape->batch * shape->groups, gemm_grain(work),
                               run_channels, (void *)call);
}
