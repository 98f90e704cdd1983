/* LpPool-1, -2, -11, -18, -22 (1 to 3 spatial dimensions) and GlobalLpPool-1, -2, -22 (any number):
 * the sum of |x|^p over a window, to the power 1 / p. Powers and sums are double for all types;
 * padding counts as 0. */
#include "operators/kernels/convert.h"
#include "operators/nn/window.h"
#include "operators/op/copy.h"

#include <math.h>

enum { LP_P = WINDOW_CEIL_MODE + 1, GLOBAL_P = 0 };

enum { CHUNK = 128 };

static double exponent_of(const struct hinge_node *node, unsigned attribute)
{
    return node->opset < 2 ? (double)node->attributes[attribute].f
                           : (double)node->attributes[attribute].i;
}

static hinge_status check_exponent(const struct hinge_node *node, unsigned attribute)
{
    const double p = exponent_of(node, attribute);
    if (!(p > 0) || (node->opset >= 2 && p < 1) || isinf(p))
        return OP_FAIL(node, HINGE_BAD_VALUE, "p is %g", p);
    return HINGE_OK;
}

static void raise(double *x, int64_t count, double p)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = p == 2 ? x[i] * x[i] : p == 1 ? fabs(x[i]) : pow(fabs(x[i]), p);
}

static double root(double sum, double p)
{
    return p == 2 ? sqrt(sum) : p == 1 ? sum : pow(sum, 1 / p);
}

/* LpPool */

static hinge_status lppool_init(struct hinge_node *node)
{
    return check_exponent(node, LP_P);
}

static int64_t product(const int64_t extents[3])
{
    return extents[0] * extents[1] * extents[2];
}

static hinge_status lppool_prepare(struct hinge_node *node, size_t *scratch)
{
    struct pool_shape shape;
    hinge_status status = window_pool(node, node->inputs[0], &shape);
    int64_t size;
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    if (!op_multiply(product(shape.input), (int64_t)(node->n_threads * sizeof(double)), &size))
        return OP_FAIL(node, HINGE_LIMIT, "the images are too large");
    *scratch = (size_t)size;
    return HINGE_OK;
}

struct job {
    struct pool_shape shape;
    hinge_type type;
    double p;
    const char *x;
    char *y;
    double *powers;
    int64_t pixels; /* of GlobalLpPool */
};

static double window_sum(const struct pool_shape *s, const double *powers, int64_t at)
{
    const int64_t out[3] = {at / s->output[2] / s->output[1], at / s->output[2] % s->output[1],
                            at % s->output[2]};
    int64_t first[3];
    struct pool_range in[3];
    double sum = 0;
    for (int d = 0; d < 3; d++) {
        first[d] = out[d] * s->stride[d] - s->pad[d];
        in[d] = pool_clip(first[d], s->kernel[d], s->dilation[d], 0, s->input[d]);
    }
    for (int64_t z = in[0].begin; z < in[0].end; z++)
        for (int64_t y = in[1].begin; y < in[1].end; y++) {
            const int64_t row =
                (first[0] + z * s->dilation[0]) * s->input[1] + first[1] + y * s->dilation[1];
            const double *from = powers + row * s->input[2] + first[2];
            for (int64_t x = in[2].begin; x < in[2].end; x++)
                sum += from[x * s->dilation[2]];
        }
    return sum;
}

static void lppool_channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const int64_t n_from = product(job->shape.input), n_to = product(job->shape.output);
    double *powers = job->powers + (int64_t)thread * n_from, row[CHUNK];
    for (int64_t c = begin; c < end; c++) {
        convert_to_double(job->type, powers, job->x + hinge_size(job->type, c * n_from), n_from);
        raise(powers, n_from, job->p);
        for (int64_t i = 0; i < n_to; i += CHUNK) {
            const int64_t n = n_to - i < CHUNK ? n_to - i : CHUNK;
            for (int64_t k = 0; k < n; k++)
                row[k] = root(window_sum(&job->shape, powers, i + k), job->p);
            convert_from_double(job->type, job->y + hinge_size(job->type, c * n_to + i), row, n);
        }
    }
}

static hinge_status lppool_run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {.type = x->type,
                      .p = exponent_of(node, LP_P),
                      .x = x->data,
                      .y = node->outputs[0]->data,
                      .powers = node->scratch};
    hinge_status status = window_pool(node, x, &job.shape);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    node->host->parallel(node, x->dims[0] * x->dims[1],
                         op_grain(16384, product(job.shape.output) * 4), lppool_channels, &job);
    return HINGE_OK;
}

/* GlobalLpPool */

static hinge_status global_init(struct hinge_node *node)
{
    return check_exponent(node, GLOBAL_P);
}

static hinge_status global_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input 0 has rank %d, not 2 or more", (int)x->rank);
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = d < 2 ? x->dims[d] : 1;
    return op_set_output(node, 0, x->type, x->rank, dims);
}

static void global_channels(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    double row[CHUNK];
    (void)thread;
    for (int64_t c = begin; c < end; c++) {
        double sum = 0;
        for (int64_t i = 0; i < job->pixels; i += CHUNK) {
            const int64_t n = job->pixels - i < CHUNK ? job->pixels - i : CHUNK;
            convert_to_double(job->type, row, job->x + hinge_size(job->type, c * job->pixels + i),
                              n);
            raise(row, n, job->p);
            for (int64_t k = 0; k < n; k++)
                sum += row[k];
        }
        sum = root(sum, job->p);
        convert_from_double(job->type, job->y + hinge_size(job->type, c), &sum, 1);
    }
}

static hinge_status global_run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {.type = x->type,
                      .p = exponent_of(node, GLOBAL_P),
                      .x = x->data,
                      .y = node->outputs[0]->data};
    if (hinge_count(node->outputs[0]) == 0)
        return HINGE_OK;
    job.pixels = op_dims_count(x, 2, x->rank);
    node->host->parallel(node, x->dims[0] * x->dims[1], op_grain(16384, job.pixels),
                         global_channels, &job);
    return HINGE_OK;
}

#define P_FLOAT                                                                                    \
    {                                                                                              \
        .name = "p", .type = HINGE_ATTR_FLOAT, .f = 2                                              \
    }
#define P_INT                                                                                      \
    {                                                                                              \
        .name = "p", .type = HINGE_ATTR_INT, .i = 2                                                \
    }
#define LP_ATTRIBUTES(p) WINDOW_ATTRIBUTES, {.name = "ceil_mode", .type = HINGE_ATTR_INT}, p

static const struct hinge_attribute_def lp_attributes_1[] = {LP_ATTRIBUTES(P_FLOAT),
                                                             {.name = NULL}};
static const struct hinge_attribute_def lp_attributes[] = {LP_ATTRIBUTES(P_INT), {.name = NULL}};
static const struct hinge_attribute_def global_attributes_1[] = {P_FLOAT, {.name = NULL}};
static const struct hinge_attribute_def global_attributes[] = {P_INT, {.name = NULL}};

#define WITHOUT_BFLOAT16(run)                                                                      \
    {HINGE_FLOAT, run}, {HINGE_DOUBLE, run},                                                       \
    {                                                                                              \
        HINGE_FLOAT16, run                                                                         \
    }
#define LP_POOL(first, last, declared, types, ...)                                                 \
    {                                                                                              \
        .name = "LpPool", .since = (first), .until = (last),                                       \
        .signature = "(X: T) -> (Y: T); T: " types, .attributes = (declared), .init = lppool_init, \
        .infer = window_pool_infer, .prepare = lppool_prepare,                                     \
        .kernels = HINGE_KERNELS(__VA_ARGS__)                                                      \
    }
#define GLOBAL_LP_POOL(first, last, declared, types, ...)                                          \
    {                                                                                              \
        .name = "GlobalLpPool",                                                                    \
        .gradient = "Where(y == 0, 0, dy * Sign(x) * Pow(Abs(x) / y, p - 1))", .since = (first),   \
        .until = (last), .signature = "(X: T) -> (Y: T); T: " types, .attributes = (declared),     \
        .init = global_init, .infer = global_infer, .kernels = HINGE_KERNELS(__VA_ARGS__)          \
    }

const struct hinge_op op_lppool[] = {
    LP_POOL(1, 1, lp_attributes_1, "float16 float double", WITHOUT_BFLOAT16(lppool_run)),
    LP_POOL(2, 21, lp_attributes, "float16 float double", WITHOUT_BFLOAT16(lppool_run)),
    LP_POOL(22, 0, lp_attributes, OP_TYPES_FLOAT, OP_FLOATING(lppool_run)),
    GLOBAL_LP_POOL(1, 1, global_attributes_1, "float16 float double", WITHOUT_BFLOAT16(global_run)),
    GLOBAL_LP_POOL(2, 21, global_attributes, "float16 float double", WITHOUT_BFLOAT16(global_run)),
    GLOBAL_LP_POOL(22, 0, global_attributes, OP_TYPES_FLOAT, OP_FLOATING(global_run)),
    OP_END,
};
