#include "operators/quantize/dynamic.h"

#include "operators/kernels/integer.h"
#include "operators/kernels/simd/simd.h"

enum { PIECE = 16384 };

struct job {
    const float *x;
    int64_t count;
    float *ranges; /* least and largest of each piece */
    float scale;
    uint8_t zero_point;
    uint8_t *y;
};

/* Widens [range[0], range[1]]; where an operand is NaN, min and max take the second. */
static void find_range(const float *x, int64_t count, float *range)
{
    vf32 least = vf32_zero(), largest = vf32_zero();
    float lanes[2][VF32_LANES];
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES) {
        const vf32 v = vf32_load(x + i);
        least = vf32_min(v, least);
        largest = vf32_max(v, largest);
    }
    if (i < count) {
        const vf32 v = vf32_load_n(x + i, (int)(count - i));
        least = vf32_min(v, least);
        largest = vf32_max(v, largest);
    }
    vf32_store(lanes[0], least);
    vf32_store(lanes[1], largest);
    for (int k = 0; k < VF32_LANES; k++) {
        range[0] = lanes[0][k] < range[0] ? lanes[0][k] : range[0];
        range[1] = lanes[1][k] > range[1] ? lanes[1][k] : range[1];
    }
}

static void range_pieces(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    for (int64_t i = begin; i < end; i++) {
        float *range = job->ranges + 2 * i;
        range[0] = range[1] = 0;
        find_range(job->x + i * PIECE, min_i64(PIECE, job->count - i * PIECE), range);
    }
}

static void quantize_pieces(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const int64_t last = min_i64(end * PIECE, job->count);
    quantize_floats(HINGE_UINT8, job->y, begin * PIECE, job->x + begin * PIECE, job->scale,
                    job->zero_point, last - begin * PIECE);
}

size_t dynamic_scratch(int64_t count)
{
    const int64_t size = ceil_div(count, PIECE) * 2 * (int64_t)sizeof(float);
    return (size_t)round_up(size, 64);
}

void dynamic_quantize(const struct hinge_node *node, const float *x, int64_t count, void *scratch,
                      uint8_t *y, float *scale, uint8_t *zero_point)
{
    struct job job = {.x = x, .count = count, .ranges = scratch, .scale = 1, .y = y};
    const int64_t n_pieces = ceil_div(job.count, PIECE);
    float range[2] = {0, 0};
    node->host->parallel(node, n_pieces, 1, range_pieces, &job);
    for (int64_t i = 0; i < n_pieces; i++) {
        range[0] = job.ranges[2 * i] < range[0] ? job.ranges[2 * i] : range[0];
        range[1] = job.ranges[2 * i + 1] > range[1] ? job.ranges[2 * i + 1] : range[1];
    }
    if (range[1] > range[0])
        job.scale = (range[1] - range[0]) / 255;
    const float zero = -range[0] / job.scale;
    quantize_floats(HINGE_UINT8, &job.zero_point, 0, &zero, 1, 0, 1);
    if (y)
        node->host->parallel(node, n_pieces, 1, quantize_pieces, &job);
    *scale = job.scale;
    *zero_point = job.zero_point;
}
