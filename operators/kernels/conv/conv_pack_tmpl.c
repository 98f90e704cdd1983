/* im2col of a block, and what comes after all sums, for one type. */

/* Copies whole vectors: what lies up to a vector beyond the end becomes 0. */
static inline void copy_row(real *to, const real *from, int64_t count)
{
    int64_t i = 0;
    for (; i + REAL_LANES <= count; i += REAL_LANES)
        REAL_V(store)(to + i, REAL_V(load)(from + i));
    if (i < count)
        REAL_V(store)(to + i, REAL_V(load_n)(from + i, (int)(count - i)));
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

static inline void zero_row(real *to, int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i += REAL_LANES)
        REAL_V(store)(to + i, REAL_V(zero)());
}

/* One padded row of a phase. Rows come in order, and there is slack behind the last: up to a vector
 * of zeros beyond the end does no harm. */
static inline void fill_row(real *to, const real *row, const struct phase *p)
{
    const real *from = row + p->first;
    zero_row(to, 0, p->begin);
    if (p->stride == 1) {
        copy_row(to + p->begin, from + p->begin, p->end - p->begin);
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
    zero_row(to, p->end, p->count);
}

void REAL(conv_block_fill)(const struct conv_block *block, const real *channel)
{
    const struct conv_shape *shape = block->shape;
    const int64_t *in = shape->input, *extent = block->extent;
    const int64_t z0 = block->first[0] * shape->stride[0] - shape->pad[0];
    const int64_t y0 = block->first[1] * shape->stride[1] - shape->pad[1];
    for (int64_t index = 0; index < block->n_phases; index++) {
        const struct phase phase = phase_of(block, index);
        real *to = (real *)block->rows + index * block->phase_size;
        for (int64_t z = z0; z < z0 + extent[0]; z++)
            for (int64_t y = y0; y < y0 + extent[1]; y++, to += extent[2]) {
                if (z < 0 || z >= in[0] || y < 0 || y >= in[1])
                    zero_row(to, 0, extent[2]);
                else
                    fill_row(to, channel + (z * in[1] + y) * in[2], &phase);
            }
    }
}

/* What lies beyond a segment's end is written again by the next one, or by the next tap, or is
 * slack. */
static void pack_taps(const struct conv_block *block, const real *from, int64_t tap, int64_t n_taps,
                      real *packed, int64_t strip_stride)
{
    const int64_t strips = conv_block_strips(block->end - block->begin, block->width);
    for (int64_t t = 0; t < n_taps; t++) {
        const real *x = from + conv_block_tap(block, tap + t);
        for (int64_t s = 0; s < strips; s++) {
            real *to = packed + s * strip_stride + t * block->width;
            for (int32_t i = block->strip_begin[s]; i < block->strip_begin[s + 1]; i++) {
                const struct conv_segment *segment = &block->segments[i];
                copy_row(to + segment->column, x + segment->from, segment->length);
            }
        }
    }
}

/* One channel of a 1 x 1 kernel: the pixels as they lie, cut into strips. */
static void pack_pixels(const struct conv_block *block, const real *from, real *packed,
                        int64_t strip_stride)
{
    const int64_t count = block->end - block->begin, width = block->width;
    const real *x = from + block->begin;
    int64_t i = 0;
    if (width == REAL_COLUMNS)
        for (; i + REAL_COLUMNS <= count; i += REAL_COLUMNS, packed += strip_stride) {
            REAL_V(store)(packed, REAL_V(load)(x + i));
            REAL_V(store)(packed + REAL_LANES, REAL_V(load)(x + i + REAL_LANES));
        }
    for (; i < count; i += width, packed += strip_stride)
        copy_row(packed, x + i, min_i64(width, count - i));
}

void REAL(conv_block_pack)(const struct conv_block *block, const real *x, int64_t k, int64_t depth,
                           real *packed, int64_t strip_stride)
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
        const real *from = x + channel * plane;
        if (block->direct) {
            pack_pixels(block, from, packed, strip_stride);
        } else {
            REAL(conv_block_fill)(block, from);
            pack_taps(block, block->rows, tap, n_taps, packed, strip_stride);
        }
        packed += n_taps * block->width;
        k += n_taps;
    }
}

void REAL(conv_finish)(const struct conv_call *call, real *y, int64_t count)
{
    if (call->addend) {
        const real *addend = (const real *)call->addend + (y - (const real *)call->y);
        for (int64_t i = 0; i < count; i++)
            y[i] += addend[i];
    }
    if (call->activation->kind != HINGE_ACT_NONE)
        REAL(activation)(call->activation, y, y, count);
}

static void fill_maps(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct conv_call *call = argument;
    const int64_t pixels = conv_pixels(call->shape->output);
    const int64_t n_maps = call->shape->groups * call->shape->maps;
    const real *bias = call->bias;
    for (int64_t i = begin; i < end; i++) {
        real *y = (real *)call->y + i * pixels;
        for (int64_t p = 0; p < pixels; p++)
            y[p] = bias ? bias[i % n_maps] : 0;
        REAL(conv_finish)(call, y, pixels);
    }
}

void REAL(conv_fill)(const struct conv_call *call)
{
    const struct conv_shape *shape = call->shape;
    call->node->host->parallel(call->node, shape->batch * shape->groups * shape->maps,
                               gemm_grain(conv_pixels(shape->output)), fill_maps, (void *)call);
}
