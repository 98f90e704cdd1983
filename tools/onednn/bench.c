/* Times convolutions with oneDNN: the harness of tools/compare-onednn. Reads a line of numbers for
 * each layer of a network from standard input (struct shape, in its order), runs the layers one
 * after the other, so that each finds the caches as its network leaves them, and prints the mean of
 * each one's milliseconds over as many passes as its argument says. Activations and weights have
 * the layouts that oneDNN likes best; bringing them there is not timed. */
#include "base/measure.h"

#include <dnnl.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_NUMBERS = 20, MAX_LAYERS = 1024, WARM_UP = 2, MAX_PASSES = 1000000 };

struct shape {
    long batch, channels, maps, groups; /* channels and maps of all groups */
    long input[2], output[2], kernel[2], stride[2], dilation[2], pad_begin[2], pad_end[2];
    long adds, relu; /* whether something is added to the sums, and whether they go through Relu */
};
_Static_assert(sizeof(struct shape) == N_NUMBERS * sizeof(long), "a line is a struct");

struct layer {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[4];
    double ms;
};

/* Layers stay until the process ends. */
static void expect(dnnl_status_t status, const char *what)
{
    if (status == dnnl_success)
        return;
    fprintf(stderr, "bench_onednn: %s: oneDNN answers %d\n", what, (int)status);
    exit(EXIT_FAILURE);
}

static dnnl_memory_desc_t any_layout(int rank, const dnnl_dims_t sizes)
{
    dnnl_memory_desc_t layout;
    expect(dnnl_memory_desc_init_by_tag(&layout, rank, sizes, dnnl_f32, dnnl_format_tag_any),
           "a layer's sizes");
    return layout;
}

static dnnl_memory_desc_t weights_layout(const struct shape *s)
{
    const dnnl_dims_t whole = {s->maps, s->channels, s->kernel[0], s->kernel[1]};
    const dnnl_dims_t grouped = {s->groups, s->maps / s->groups, s->channels / s->groups,
                                 s->kernel[0], s->kernel[1]};
    return s->groups > 1 ? any_layout(5, grouped) : any_layout(4, whole);
}

static dnnl_primitive_attr_t ending(const struct shape *s)
{
    dnnl_primitive_attr_t attributes;
    dnnl_post_ops_t ops;
    expect(dnnl_primitive_attr_create(&attributes), "attributes");
    expect(dnnl_post_ops_create(&ops), "post-ops");
    if (s->adds)
        expect(dnnl_post_ops_append_sum(ops, 1), "a sum");
    if (s->relu)
        expect(dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, 0, 0), "Relu");
    expect(dnnl_primitive_attr_set_post_ops(attributes, ops), "post-ops");
    dnnl_post_ops_destroy(ops);
    return attributes;
}

static dnnl_primitive_desc_t describe(const struct shape *s, dnnl_engine_t engine)
{
    const dnnl_dims_t x = {s->batch, s->channels, s->input[0], s->input[1]};
    const dnnl_dims_t y = {s->batch, s->maps, s->output[0], s->output[1]}, bias = {s->maps};
    const dnnl_dims_t strides = {s->stride[0], s->stride[1]};
    const dnnl_dims_t gaps = {s->dilation[0] - 1, s->dilation[1] - 1};
    const dnnl_dims_t begin = {s->pad_begin[0], s->pad_begin[1]};
    const dnnl_dims_t end = {s->pad_end[0], s->pad_end[1]};
    const dnnl_memory_desc_t from = any_layout(4, x), weights = weights_layout(s);
    const dnnl_memory_desc_t biases = any_layout(1, bias), to = any_layout(4, y);
    dnnl_convolution_desc_t convolution;
    dnnl_primitive_desc_t description;
    expect(dnnl_dilated_convolution_forward_desc_init(&convolution, dnnl_forward_inference,
                                                      dnnl_convolution_auto, &from, &weights,
                                                      &biases, &to, strides, gaps, begin, end),
           "a convolution");
    dnnl_primitive_attr_t attributes = ending(s);
    expect(dnnl_primitive_desc_create(&description, &convolution, attributes, engine, NULL),
           "a convolution");
    dnnl_primitive_attr_destroy(attributes);
    return description;
}

/* A tensor of small numbers of both signs. */
static dnnl_exec_arg_t tensor(int argument, dnnl_primitive_desc_t description, dnnl_query_t what,
                              int index, dnnl_engine_t engine)
{
    const dnnl_memory_desc_t *layout = dnnl_primitive_desc_query_md(description, what, index);
    dnnl_exec_arg_t made = {.arg = argument};
    void *data;
    expect(dnnl_memory_create(&made.memory, layout, engine, DNNL_MEMORY_ALLOCATE), "memory");
    expect(dnnl_memory_get_data_handle(made.memory, &data), "memory");
    float *values = data;
    const size_t n = dnnl_memory_desc_get_size(layout) / sizeof *values;
    for (size_t i = 0; i < n; i++)
        values[i] = sinf((float)i) / 64;
    return made;
}

static void create(struct layer *layer, const struct shape *shape, dnnl_engine_t engine)
{
    dnnl_primitive_desc_t d = describe(shape, engine);
    expect(dnnl_primitive_create(&layer->primitive, d), "a primitive");
    layer->arguments[0] = tensor(DNNL_ARG_SRC, d, dnnl_query_src_md, 0, engine);
    layer->arguments[1] = tensor(DNNL_ARG_WEIGHTS, d, dnnl_query_weights_md, 0, engine);
    layer->arguments[2] = tensor(DNNL_ARG_BIAS, d, dnnl_query_weights_md, 1, engine);
    layer->arguments[3] = tensor(DNNL_ARG_DST, d, dnnl_query_dst_md, 0, engine);
    layer->ms = 0;
    dnnl_primitive_desc_destroy(d);
}

static bool read_shape(struct shape *shape)
{
    long *to = &shape->batch;
    for (int i = 0; i < N_NUMBERS; i++)
        if (scanf("%ld", &to[i]) != 1)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    static struct layer layers[MAX_LAYERS];
    char *rest = NULL;
    const long n_passes = argc == 2 ? strtol(argv[1], &rest, 10) : 0;
    if (!rest || *rest || n_passes < 1 || n_passes > MAX_PASSES) {
        fprintf(stderr, "usage: bench_onednn PASSES <LAYERS\n");
        return EXIT_FAILURE;
    }
    static dnnl_engine_t engine;
    static dnnl_stream_t stream;
    expect(dnnl_engine_create(&engine, dnnl_cpu, 0), "the CPU");
    expect(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags), "a stream");
    size_t n = 0;
    struct shape shape;
    while (n < MAX_LAYERS && read_shape(&shape))
        create(&layers[n++], &shape, engine);
    for (long pass = -WARM_UP; pass < n_passes; pass++)
        for (size_t i = 0; i < n; i++) {
            const double begin = measure_now_ms();
            expect(dnnl_primitive_execute(layers[i].primitive, stream, 4, layers[i].arguments),
                   "a layer");
            expect(dnnl_stream_wait(stream), "a layer");
            if (pass >= 0)
                layers[i].ms += measure_now_ms() - begin;
        }
    for (size_t i = 0; i < n; i++)
        printf("%.6f\n", layers[i].ms / (double)n_passes);
    return EXIT_SUCCESS;
}
