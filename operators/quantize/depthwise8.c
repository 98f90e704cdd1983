/* A channel's lines are laid out as words of two int16, which neighbouring columns of the kernel
 * see of them, so that a product of words is two taps. Lines that lie stride apart lie side by
 * side: then one offset leads from an output's place to what a tap sees, in all lines at once.
 * Where columns are not dilated and the stride is 1 or 2, all pairs of columns can see the same
 * padded lines, only further on; otherwise each pair has words of its own. */
#include "operators/quantize/depthwise8.h"

#include <string.h>

#include "operators/kernels/gemm/gemm.h"
#include "operators/kernels/simd/simd.h"

enum { PIXELS = 2048, LONG_LINE = 32, VECTORS = 4, STEP = VECTORS * VF32_LANES };

struct job {
    const struct conv8 *c;
    int64_t lines, n_lines; /* of output that are summed at a time, and how often, in a plane */
    int64_t pairs;          /* of columns of the kernel */
    bool is_shared;         /* all pairs read the same words */
    int64_t pitch;          /* words of a line */
    int64_t pair_step;      /* words from what a pair sees to what the next one does */
    int64_t phases, phase_shift, phase_lines; /* input lines: of phases, of which each is strided */
    int64_t n_taps, plane;      /* words for a plane of taps, of all pairs of columns or of one */
    int64_t bytes;              /* for a plane of words */
    int64_t words, sums, count; /* of a thread's scratch, in words */
    uint32_t *scratch;
};

/* Input lines that output lines see: either all, or, where fewer, those of each kernel line. */
static void cut_lines(const struct conv_shape *s, struct job *job)
{
    const int64_t shared = job->lines + (s->kernel[1] - 1) * s->dilation[1] / s->stride[1];
    job->phases = s->stride[1];
    job->phase_shift = 1;
    job->phase_lines = shared;
    if (shared > s->kernel[1] * job->lines / s->stride[1]) {
        job->phases = s->kernel[1];
        job->phase_shift = s->dilation[1];
        job->phase_lines = job->lines;
    }
}

/* Whether pairs share words, and that is faster. The padding is summed too, for each map, which
 * counts where lines are short; but then too, with stride 2, laying them out costs more. */
static bool shares_words(const struct conv_shape *s)
{
    const int64_t stride = s->stride[2];
    const bool pays = s->output[2] >= LONG_LINE || (stride == 2 && s->maps == 1);
    return s->dilation[2] == 1 && stride <= 2 && pays;
}

/* False where it does not fit. */
static bool cut_words(const struct conv_shape *s, struct job *job)
{
    const int64_t stride = s->stride[2];
    int64_t planes = s->kernel[0];
    job->is_shared = shares_words(s);
    job->pitch = s->output[2];
    if (job->is_shared &&
        __builtin_add_overflow(job->pitch, stride == 1 ? s->kernel[2] - 1 : job->pairs - 1,
                               &job->pitch))
        return false;
    if (__builtin_mul_overflow(job->phases * job->phase_lines, job->pitch, &job->plane) ||
        __builtin_mul_overflow(job->plane, 2, &job->bytes) ||
        (!job->is_shared && __builtin_mul_overflow(planes, job->pairs, &planes)) ||
        __builtin_mul_overflow(job->plane, planes, &job->words) ||
        __builtin_add_overflow(job->words, STEP, &job->words))
        return false;
    job->pair_step = job->is_shared ? 2 / stride : job->plane;
    return true;
}

/* False where it does not fit. */
static bool cut(const struct hinge_node *node, const struct conv8 *c, struct job *job)
{
    const struct conv_shape *s = &c->shape;
    const double pixels = (double)(s->batch * s->groups) * (double)c->pixels;
    const int64_t wanted = gemm_pieces(pixels * (double)s->maps * (double)c->taps, node->n_threads);
    *job = (struct job){.c = c, .pairs = ceil_div(s->kernel[2], 2)};
    job->lines = max_i64(1, min_i64(PIXELS / s->output[2], s->output[1]));
    while (job->lines > 8 &&
           s->batch * s->groups * s->output[0] * ceil_div(s->output[1], job->lines) < wanted)
        job->lines = ceil_div(job->lines, 2);
    job->n_lines = ceil_div(s->output[1], job->lines);
    job->lines = ceil_div(s->output[1], job->n_lines);
    cut_lines(s, job);
    job->n_taps = s->kernel[0] * s->kernel[1] * job->pairs;
    if (!cut_words(s, job) || __builtin_mul_overflow(job->lines, job->pitch, &job->sums) ||
        __builtin_add_overflow(job->sums, STEP, &job->sums) ||
        __builtin_add_overflow(job->words, 3 * job->n_taps, &job->count) ||
        __builtin_add_overflow(job->count, job->sums, &job->count) ||
        __builtin_add_overflow(job->count, job->bytes / 4 + 1, &job->count) ||
        __builtin_add_overflow(job->count, 15, &job->count))
        return false;
    job->count -= job->count % 16;
    return true;
}

hinge_status depthwise8_prepare(const struct hinge_node *node, const struct conv8 *c,
                                size_t *scratch)
{
    struct job job;
    int64_t size;
    if (!cut(node, c, &job) ||
        __builtin_mul_overflow(job.count, (int64_t)sizeof(uint32_t) * node->n_threads, &size))
        return OP_FAIL(node, HINGE_LIMIT, "the kernel or the output is too large");
    *scratch = (size_t)size;
    return HINGE_OK;
}

/* high: NULL for 0. */
static void join(const uint8_t *low, const uint8_t *high, bool is_signed, int64_t count,
                 uint32_t *restrict words)
{
    if (is_signed && high)
        for (int64_t i = 0; i < count; i++)
            words[i] = (uint32_t)(uint16_t)(int8_t)low[i] | (uint32_t)(uint16_t)(int8_t)high[i]
                                                                << 16;
    else if (is_signed)
        for (int64_t i = 0; i < count; i++)
            words[i] = (uint32_t)(uint16_t)(int8_t)low[i];
    else if (high)
        for (int64_t i = 0; i < count; i++)
            words[i] = (uint32_t)low[i] | (uint32_t)high[i] << 16;
    else
        for (int64_t i = 0; i < count; i++)
            words[i] = (uint32_t)low[i];
}

/* What a column of the kernel sees of the input lines, of plane z, that output lines from the first
 * on need: a byte each. */
static void lay_column(const struct job *job, const uint8_t *image, int64_t z, int64_t first,
                       int64_t lines, int64_t column, uint8_t *bytes)
{
    const struct conv_shape *s = &job->c->shape;
    const uint8_t zero = (uint8_t)conv8_x_point(job->c);
    const int64_t n = job->phase_lines - job->lines + lines;
    if (job->phases == 1 && z >= 0 && z < s->input[0] && conv8_is_shift(s)) {
        conv8_lay_shifted(s, conv8_input_line(s, image, z, 0), conv8_source(s, 1, 0, first), 0,
                          column, n * s->output[2], zero, bytes);
        return;
    }
    for (int64_t p = 0; p < job->phases; p++)
        for (int64_t i = 0; i < n; i++) {
            const int64_t y = conv8_source(s, 1, 0, first + i) + p * job->phase_shift;
            conv8_lay_line(s, conv8_input_line(s, image, z, y), column, 0, s->output[2], zero,
                           bytes + (p * job->phase_lines + i) * s->output[2]);
        }
}

/* The same, whole and padded, for all columns. */
static void lay_lines(const struct job *job, const uint8_t *image, int64_t z, int64_t first,
                      int64_t lines, uint8_t *bytes)
{
    const struct conv_shape *s = &job->c->shape;
    const int64_t width = job->pitch * s->stride[2], pad = s->pad[2];
    const int64_t left = max_i64(0, min_i64(pad, width)), from = left - pad;
    const int64_t inside = min_i64(s->input[2] - from, width - left);
    const int64_t n = job->phase_lines - job->lines + lines;
    memset(bytes, (uint8_t)conv8_x_point(job->c), (size_t)(job->plane * s->stride[2]));
    for (int64_t p = 0; p < job->phases; p++)
        for (int64_t i = 0; i < n; i++) {
            const int64_t y = conv8_source(s, 1, 0, first + i) + p * job->phase_shift;
            const uint8_t *line = conv8_input_line(s, image, z, y);
            if (line && inside > 0)
                memcpy(bytes + (p * job->phase_lines + i) * width + left, line + from,
                       (size_t)inside);
        }
}

/* Neighbouring bytes as words. */
static void join_neighbours(const uint8_t *bytes, bool is_signed, int64_t count,
                            uint32_t *restrict words)
{
    for (int64_t i = 0; i < count; i++) {
        uint16_t pair;
        memcpy(&pair, bytes + 2 * i, sizeof pair);
        if (is_signed)
            words[i] = (uint32_t)(uint16_t)(int8_t)(pair & 0xff) |
                       (uint32_t)(uint16_t)(int8_t)(pair >> 8) << 16;
        else
            words[i] = (uint32_t)(pair & 0xff) | (uint32_t)(pair >> 8) << 16;
    }
}

/* The words of a plane of taps, of lines of output from the first on; bytes are cleared. */
static void lay_plane(const struct job *job, const uint8_t *image, int64_t z, int64_t first,
                      int64_t lines, uint8_t *bytes, uint32_t *words)
{
    const bool is_signed = job->c->x->type == HINGE_INT8;
    if (job->is_shared) {
        lay_lines(job, image, z, first, lines, bytes);
        if (job->c->shape.stride[2] == 1)
            join(bytes, bytes + 1, is_signed, job->plane, words);
        else
            join_neighbours(bytes, is_signed, job->plane, words);
        return;
    }
    for (int64_t pair = 0; pair < job->pairs; pair++) {
        const bool is_whole = 2 * pair + 1 < job->c->shape.kernel[2];
        lay_column(job, image, z, first, lines, 2 * pair, bytes);
        if (is_whole)
            lay_column(job, image, z, first, lines, 2 * pair + 1, bytes + job->plane);
        join(bytes, is_whole ? bytes + job->plane : NULL, is_signed, job->plane,
             words + pair * job->pair_step);
    }
}

/* Where the taps' words begin. */
static void set_offsets(const struct job *job, int64_t *offsets)
{
    const struct conv_shape *s = &job->c->shape;
    const int64_t planes = job->is_shared ? 1 : job->pairs;
    for (int64_t k = 0; k < s->kernel[0]; k++)
        for (int64_t line = 0; line < s->kernel[1]; line++) {
            const int64_t shift = line * s->dilation[1];
            const int64_t at = job->phase_shift == 1 && job->phases == s->stride[1]
                                   ? shift % s->stride[1] * job->phase_lines + shift / s->stride[1]
                                   : line * job->phase_lines;
            for (int64_t pair = 0; pair < job->pairs; pair++)
                *offsets++ = k * planes * job->plane + pair * job->pair_step + at * job->pitch;
        }
}

/* The weights of a map less their zero point, and what x's zero point makes of their sum. */
static uint32_t set_weights(const struct conv8 *c, int64_t map, uint32_t *weights)
{
    const uint8_t *w = (const uint8_t *)c->w->data + map * c->taps;
    const int64_t columns = c->shape.kernel[2];
    const int32_t point = conv8_weight_point(c, map);
    uint32_t sum = 0;
    for (int64_t row = 0; row < c->taps; row += columns)
        for (int64_t k = 0; k < columns; k++) {
            const int32_t weight =
                (c->w->type == HINGE_INT8 ? (int8_t)w[row + k] : w[row + k]) - point;
            sum += (uint32_t)weight;
            if (k % 2 == 0)
                *weights = (uint16_t)weight;
            else
                *weights |= (uint32_t)(uint16_t)weight << 16;
            weights += k % 2 == 1 || k + 1 == columns;
        }
    return -(uint32_t)conv8_x_point(c) * sum;
}

/* Writes up to a multiple of VF32_LANES, and reads as many words. */
static void sum_taps(const struct job *job, const uint32_t *words, const int64_t *offsets,
                     const uint32_t *weights, int64_t count, int32_t *sums)
{
    int64_t i = 0;
    for (; i + STEP - VF32_LANES < count; i += STEP) {
        const int32_t *at = (const int32_t *)words + i;
        vi32 a = vi32_zero(), b = a, c = a, d = a;
        for (int64_t t = 0; t < job->n_taps; t++) {
            const int32_t *from = at + offsets[t];
            const vi32 weight = vi32_set1((int32_t)weights[t]);
            a = vi32_add(a, vi32_dot_i16(vi32_load(from), weight));
            b = vi32_add(b, vi32_dot_i16(vi32_load(from + VF32_LANES), weight));
            c = vi32_add(c, vi32_dot_i16(vi32_load(from + 2 * VF32_LANES), weight));
            d = vi32_add(d, vi32_dot_i16(vi32_load(from + 3 * VF32_LANES), weight));
        }
        vi32_store(sums + i, a);
        vi32_store(sums + i + VF32_LANES, b);
        vi32_store(sums + i + 2 * VF32_LANES, c);
        vi32_store(sums + i + 3 * VF32_LANES, d);
    }
    for (; i < count; i += VF32_LANES) {
        const int32_t *at = (const int32_t *)words + i;
        vi32 sum = vi32_zero();
        for (int64_t t = 0; t < job->n_taps; t++)
            sum = vi32_add(
                sum, vi32_dot_i16(vi32_load(at + offsets[t]), vi32_set1((int32_t)weights[t])));
        vi32_store(sums + i, sum);
    }
}

/* Moves lines of width sums, which lie pitch apart, together. */
static void join_lines(int32_t *sums, int64_t lines, int64_t width, int64_t pitch)
{
    for (int64_t i = 1; i < lines && pitch > width; i++)
        memmove(sums + i * width, sums + i * pitch, (size_t)width * sizeof *sums);
}

static void run_lines(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv8 *c = job->c;
    const struct conv_shape *s = &c->shape;
    const int64_t channel = s->input[0] * s->input[1] * s->input[2];
    const int64_t planes = job->is_shared ? 1 : job->pairs;
    uint32_t *words = job->scratch + thread * job->count;
    int64_t *offsets = (int64_t *)(void *)words;
    words += 2 * job->n_taps;
    uint32_t *weights = words + job->words;
    int32_t *sums = (int32_t *)weights + job->n_taps;
    uint8_t *bytes = (uint8_t *)(sums + job->sums);
    memset(words, 0, (size_t)job->words * sizeof *words);
    memset(bytes, 0, (size_t)job->bytes);
    set_offsets(job, offsets);
    for (int64_t i = begin; i < end; i++) {
        const int64_t first = i % job->n_lines * job->lines, z = i / job->n_lines % s->output[0];
        const int64_t image = i / job->n_lines / s->output[0]; /* and group */
        const int64_t lines = min_i64(job->lines, s->output[1] - first);
        for (int64_t k = 0; k < s->kernel[0]; k++)
            lay_plane(job, (const uint8_t *)c->x->data + image * channel, conv8_source(s, 0, k, z),
                      first, lines, bytes, words + k * planes * job->plane);
        for (int64_t m = 0; m < s->maps; m++) {
            const int64_t map = image % s->groups * s->maps + m, count = lines * s->output[2];
            const uint32_t start = set_weights(c, map, weights);
            sum_taps(job, words, offsets, weights, (lines - 1) * job->pitch + s->output[2], sums);
            join_lines(sums, lines, s->output[2], job->pitch);
            c->finish(c->argument, sums, start, image / s->groups, map,
                      (z * s->output[1] + first) * s->output[2], count);
        }
    }
}

void depthwise8_run(const struct hinge_node *node, const struct conv8 *c)
{
    const struct conv_shape *s = &c->shape;
    struct job job;
    if (!cut(node, c, &job))
        return;
    job.scratch = node->scratch;
    node->host->parallel(node, s->batch * s->groups * s->output[0] * job.n_lines,
                         gemm_grain(job.lines * s->output[2] * c->taps * s->maps), run_lines, &job);
}
