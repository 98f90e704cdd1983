/* Transposed convolution of float32: for each output map the product of its weights (kernel
 * positions x channels) with the input (channels x pixels), whose rows are then added into the map,
 * each shifted by its kernel position. */

struct layout {
    int64_t pixels, panels, panel_stride;
    int64_t packed_count;               /* floats of a packed image of a group */
    int64_t weight_count, column_count; /* floats of a thread's scratch */
};

struct job {
    const struct conv_call *call;
    struct layout l;
    int64_t image, group;
    real *packed, *threads;
};

static bool lay_out(const struct conv_shape *shape, struct layout *l)
{
    const int64_t volume = conv_pixels(shape->kernel);
    l->pixels = conv_pixels(shape->input);
    l->panels = (l->pixels + REAL_COLUMNS - 1) / REAL_COLUMNS;
    l->panel_stride = shape->channels * REAL_COLUMNS;
    l->packed_count = l->panels * l->panel_stride;
    l->weight_count = round_up(round_up(volume, GEMM_ROWS) * shape->channels, 16);
    return !__builtin_mul_overflow(volume, l->panels * REAL_COLUMNS, &l->column_count);
}

int64_t REAL(conv_transpose_scratch)(const struct conv_shape *shape, unsigned n_threads)
{
    struct layout l;
    int64_t count;
    if (!lay_out(shape, &l) || __builtin_add_overflow(l.weight_count, l.column_count, &count) ||
        __builtin_mul_overflow(count, (int64_t)n_threads, &count) ||
        __builtin_add_overflow(count, l.packed_count, &count) ||
        __builtin_mul_overflow(count, (int64_t)sizeof(real), &count))
        return -1;
    return count;
}

static void pack_panels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const struct conv_shape *shape = job->call->shape;
    const struct layout *l = &job->l;
    const int64_t first = (job->image * shape->groups + job->group) * shape->channels;
    for (int64_t i = begin; i < end; i++) {
        const int64_t pixel = i * REAL_COLUMNS;
        REAL(gemm_pack)
        (min_i64(REAL_COLUMNS, l->pixels - pixel), shape->channels,
         (const real *)job->call->x + first * l->pixels + pixel, 1, l->pixels, REAL_COLUMNS,
         job->packed + i * l->panel_stride, l->panel_stride);
    }
}

/* columns[tap][pixel] = sum over channels of weight[channel][tap] * x[channel][pixel]. */
static void multiply(const struct job *job, int64_t map, real *weights, real *columns)
{
    const struct conv_shape *shape = job->call->shape;
    const struct layout *l = &job->l;
    const int64_t volume = conv_pixels(shape->kernel);
    const real *from = (const real *)job->call->weights +
                       (job->group * shape->channels * shape->maps + map) * volume;
    REAL(gemm_pack)
    (volume, shape->channels, from, 1, shape->maps * volume, GEMM_ROWS, weights,
     shape->channels * GEMM_ROWS);
    for (int64_t k = 0; k < shape->channels; k += GEMM_DEPTH)
        REAL(gemm_block)
    (
        &(struct gemm_block){
            .rows = volume,
            .columns = l->pixels,
            .depth = min_i64(GEMM_DEPTH, shape->channels - k),
            .a = weights + k * GEMM_ROWS,
            .a_strip_stride = shape->channels * GEMM_ROWS,
            .b = job->packed + k * REAL_COLUMNS,
            .b_panel_stride = l->panel_stride,
            .b_stride = REAL_COLUMNS,
            .c = columns,
            .c_stride = l->panels * REAL_COLUMNS,
        },
        &(struct gemm_store){.accumulate = k > 0});
}

/* Adds a row of the product, shifted by its kernel position: input coordinate i goes to output
 * coordinate i * stride + offset along each axis. */
static void add_shifted(const struct conv_shape *shape, const real *from, const int64_t offset[3],
                        real *y)
{
    const int64_t *in = shape->input, *out = shape->output, *stride = shape->stride;
    int64_t begin = offset[2] < 0 ? (-offset[2] + stride[2] - 1) / stride[2] : 0;
    int64_t end = offset[2] >= out[2] ? 0 : (out[2] - offset[2] + stride[2] - 1) / stride[2];
    end = min_i64(end, in[2]);
    for (int64_t z = 0; z < in[0]; z++) {
        const int64_t oz = z * stride[0] + offset[0];
        for (int64_t h = 0; h < in[1]; h++) {
            const int64_t oy = h * stride[1] + offset[1];
            if (oz < 0 || oz >= out[0] || oy < 0 || oy >= out[1])
                continue;
            real *row = y + (oz * out[1] + oy) * out[2];
            const real *x = from + (z * in[1] + h) * in[2];
            for (int64_t i = begin; i < end; i++)
                row[i * stride[2] + offset[2]] += x[i];
        }
    }
}

static void run_maps(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct conv_call *call = job->call;
    const struct conv_shape *shape = call->shape;
    const struct layout *l = &job->l;
    const int64_t pixels = conv_pixels(shape->output), volume = conv_pixels(shape->kernel);
    real *weights = job->threads + thread * (l->weight_count + l->column_count);
    real *columns = weights + l->weight_count;
    const real *bias = call->bias;
    for (int64_t m = begin; m < end; m++) {
        const int64_t map = job->group * shape->maps + m;
        real *y = (real *)call->y + (job->image * shape->groups * shape->maps + map) * pixels;
        multiply(job, m, weights, columns);
        for (int64_t p = 0; p < pixels; p++)
            y[p] = bias ? bias[map] : 0;
        for (int64_t tap = 0; tap < volume; tap++) {
            const int64_t at[3] = {tap / (shape->kernel[1] * shape->kernel[2]),
                                   tap / shape->kernel[2] % shape->kernel[1],
                                   tap % shape->kernel[2]};
            int64_t offset[3];
            for (int d = 0; d < 3; d++)
                offset[d] = at[d] * shape->dilation[d] - shape->pad[d];
            add_shifted(shape, columns + tap * l->panels * REAL_COLUMNS, offset, y);
        }
        REAL(conv_finish)(call, y, pixels);
    }
}

void REAL(conv_transpose_run)(const struct conv_call *call)
{
    const struct conv_shape *shape = call->shape;
    const struct hinge_node *node = call->node;
    struct job job = {.call = call, .packed = call->scratch};
    if (!lay_out(shape, &job.l))
        return;
    job.threads = job.packed + job.l.packed_count;
    for (job.image = 0; job.image < shape->batch; job.image++)
        for (job.group = 0; job.group < shape->groups; job.group++) {
            node->host->parallel(node, job.l.panels, 1, pack_panels, &job);
            node->host->parallel(node, shape->maps, 1, run_maps, &job);
        }
}
