/* Convolution with the vector lanes over pixels: work is cut into (image, group, block of pixels,
 * part of the maps); each piece packs its pixels a block of taps at a time into its thread's own
 * cache and multiplies them with the packed weights. */

/* Bytes of packed pixels that stay in the L2 cache beside a strip of weights. */
enum { BLOCK_SIZE = 256 * 1024, MIN_PANELS = 4 };

/* Products of a piece after which a run should look whether it is to go on, some milliseconds. */
#define PIECE_MAX ((int64_t)1 << 29)

struct pieces {
    int64_t n_pixels; /* in a block, a multiple of REAL_COLUMNS */
    int64_t n_blocks; /* of an image's pixels */
    int64_t maps;     /* in a part, a multiple of GEMM_ROWS */
    int64_t n_parts;  /* of a group's maps */
    int64_t depth;    /* taps that are packed at a time */
    int64_t panel_stride;
    int64_t block_size, packed_size; /* of a thread's scratch, in bytes */
};

struct job {
    const struct conv_call *call;
    struct pieces pieces;
};

/* Enough pieces for threads to finish together: blocks of pixels first, which costs nothing, then
 * parts of the maps, each of which packs the same pixels again. */
static struct pieces cut(const struct conv_shape *shape, unsigned n_threads)
{
    struct pieces p = {.depth = conv_depth_step(shape)};
    const int64_t pixels = conv_pixels(shape->output);
    const int64_t panels = ceil_div(pixels, REAL_COLUMNS);
    const int64_t images = shape->batch * shape->groups;
    const int64_t wanted = gemm_pieces((double)images * (double)pixels * (double)shape->maps *
                                           (double)conv_taps(shape),
                                       n_threads);
    int64_t most = BLOCK_SIZE / (p.depth * REAL_COLUMNS * (int64_t)sizeof(real));
    if (most < MIN_PANELS)
        most = MIN_PANELS;
    int64_t n_blocks = ceil_div(panels, most);
    if (n_blocks * images < wanted)
        n_blocks = ceil_div(wanted, images);
    if (n_blocks > ceil_div(panels, MIN_PANELS))
        n_blocks = ceil_div(panels, MIN_PANELS);
    p.n_pixels = ceil_div(panels, n_blocks) * REAL_COLUMNS;
    p.n_blocks = ceil_div(pixels, p.n_pixels);
    const int64_t strips = ceil_div(shape->maps, GEMM_ROWS);
    p.n_parts = 1;
    if (p.n_blocks * images < wanted)
        p.n_parts = ceil_div(wanted, p.n_blocks * images);
    p.n_parts = max_i64(p.n_parts, p.n_pixels * conv_taps(shape) / (PIECE_MAX / shape->maps + 1));
    if (p.n_parts > ceil_div(strips, 4))
        p.n_parts = ceil_div(strips, 4);
    p.maps = ceil_div(strips, p.n_parts) * GEMM_ROWS;
    p.n_parts = ceil_div(shape->maps, p.maps);
    p.panel_stride = conv_strip_stride(p.depth, REAL_COLUMNS);
    p.block_size = conv_block_size(shape, p.n_pixels, REAL_COLUMNS);
    p.packed_size = p.n_pixels / REAL_COLUMNS * p.panel_stride * (int64_t)sizeof(real);
    return p;
}

int64_t REAL(conv_pixels_scratch)(const struct conv_shape *shape, unsigned n_threads)
{
    const struct pieces p = cut(shape, n_threads);
    int64_t size;
    if (p.block_size < 0 ||
        __builtin_mul_overflow(p.block_size + p.packed_size, (int64_t)n_threads, &size))
        return -1;
    return size;
}

static void finish_rows(const struct conv_call *call, real *y, int64_t rows, int64_t count,
                        int64_t stride)
{
    const enum hinge_activation_kind kind = call->activation->kind;
    if (kind == HINGE_ACT_NONE || kind == HINGE_ACT_RELU)
        return;
    for (int64_t i = 0; i < rows; i++)
        REAL(activation)(call->activation, y + i * stride, y + i * stride, count);
}

static void multiply_piece(const struct job *job, const struct conv_block *block, real *packed,
                           int64_t image, int64_t group, int64_t map)
{
    const struct conv_call *call = job->call;
    const struct conv_shape *shape = call->shape;
    const struct pieces *p = &job->pieces;
    const int64_t taps = conv_taps(shape), plane = conv_pixels(shape->output);
    const int64_t index = image * shape->groups + group;
    const int64_t first = (index * shape->maps + map) * plane + block->begin;
    const real *x = (const real *)call->x + index * shape->channels * conv_pixels(shape->input);
    const real *weights =
        (const real *)call->weights + group * conv_strips_count(shape, GEMM_ROWS) + map * taps;
    const real *bias = call->bias, *addend = call->addend;
    real *y = (real *)call->y + first;
    const int64_t maps = shape->maps - map < p->maps ? shape->maps - map : p->maps;
    for (int64_t k = 0; k < taps; k += p->depth) {
        const int64_t depth = taps - k < p->depth ? taps - k : p->depth;
        const bool last = k + depth == taps;
        REAL(conv_block_pack)(block, x, k, depth, packed, p->panel_stride);
        REAL(gemm_block)
        (
            &(struct gemm_block){
                .rows = maps,
                .columns = block->end - block->begin,
                .depth = depth,
                .a = weights + k * GEMM_ROWS,
                .a_strip_stride = taps * GEMM_ROWS,
                .b = packed,
                .b_panel_stride = p->panel_stride,
                .b_stride = REAL_COLUMNS,
                .c = y,
                .c_stride = plane,
            },
            &(struct gemm_store){
                .row_bias = bias ? bias + group * shape->maps + map : NULL,
                .addend = last && addend ? addend + first : NULL,
                .accumulate = k > 0,
                .relu = last && call->activation->kind == HINGE_ACT_RELU,
            });
    }
    finish_rows(call, y, maps, block->end - block->begin, plane);
}

static void run_pieces(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv_shape *shape = job->call->shape;
    const struct pieces *p = &job->pieces;
    const int64_t pixels = conv_pixels(shape->output);
    char *scratch = (char *)job->call->scratch + thread * (p->block_size + p->packed_size);
    real *packed = (real *)(void *)(scratch + p->block_size);
    struct conv_block block;
    conv_block_init(&block, shape, p->n_pixels, REAL_COLUMNS, scratch);
    for (int64_t i = begin; i < end; i++) {
        const int64_t part = i % p->n_parts, rest = i / p->n_parts;
        const int64_t first = rest % p->n_blocks * p->n_pixels, image = rest / p->n_blocks;
        const int64_t last = first + p->n_pixels < pixels ? first + p->n_pixels : pixels;
        conv_block_set(&block, first, last);
        multiply_piece(job, &block, packed, image / shape->groups, image % shape->groups,
                       part * p->maps);
    }
}

void REAL(conv_pixels_run)(const struct conv_call *call)
{
    const struct conv_shape *shape = call->shape;
    struct job job = {.call = call, .pieces = cut(shape, call->node->n_threads)};
    const int64_t count = shape->batch * shape->groups * job.pieces.n_blocks * job.pieces.n_parts;
    const int64_t work = job.pieces.n_pixels * job.pieces.maps * conv_taps(shape);
    call->node->host->parallel(call->node, count, gemm_grain(work), run_pieces, &job);
}
