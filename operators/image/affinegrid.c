/* AffineGrid-20: positions in [-1, 1] of an image or volume, moved by an affine map each. Along a
 * dimension of 1 the position is 0. Computed in double. */
#include "operators/kernels/convert.h"
#include "operators/op/copy.h"

enum { ALIGN_CORNERS };

enum { ROW = 64 }; /* positions at a time */

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *theta = node->inputs[0];
    int64_t size[5], dims[5];
    size_t n;
    hinge_status status = op_input_ints(node, 1, size, 5, &n);
    if (status)
        return status;
    if (n < 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "size has %zu values, not 4 or 5", n);
    const int32_t n_axes = (int32_t)n - 2;
    if (theta->rank != 3 || theta->dims[1] != n_axes || theta->dims[2] != n_axes + 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "theta is not of matrices %d x %d", (int)n_axes,
                       (int)n_axes + 1);
    if (size[0] != theta->dims[0])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "size is for %lld grids, theta has %lld matrices",
                       (long long)size[0], (long long)theta->dims[0]);
    dims[0] = size[0];
    for (int32_t d = 0; d < n_axes; d++) {
        dims[1 + d] = size[2 + d];
        if (dims[1 + d] < 0)
            return OP_FAIL(node, HINGE_BAD_VALUE, "size %d is %lld", (int)d + 2,
                           (long long)dims[1 + d]);
    }
    dims[1 + n_axes] = n_axes;
    return op_set_output(node, 0, theta->type, n_axes + 2, dims);
}

struct job {
    const hinge_tensor *theta;
    hinge_tensor *y;
    int32_t n_axes;
    int64_t pixels; /* of a grid */
    bool align_corners;
};

static double position(const struct job *job, int64_t i, int64_t extent)
{
    if (extent == 1)
        return 0;
    return job->align_corners ? 2 * (double)i / (double)(extent - 1) - 1
                              : (2 * (double)i + 1) / (double)extent - 1;
}

/* The place of position number i, listed from the innermost axis on. */
static void positions_of(const struct job *job, int64_t i, double *at)
{
    for (int32_t d = 0; d < job->n_axes; d++) {
        const int64_t extent = job->y->dims[job->n_axes - d];
        at[d] = position(job, i % extent, extent);
        i /= extent;
    }
}

static void grids(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const hinge_type type = job->y->type;
    const int32_t n = job->n_axes;
    double theta[12] = {0}, row[3 * ROW];
    int64_t known = -1;
    (void)thread;
    for (int64_t i = begin; i < end;) {
        const int64_t image = i / job->pixels, first = i;
        int64_t last = end < (image + 1) * job->pixels ? end : (image + 1) * job->pixels;
        last = last < i + ROW ? last : i + ROW;
        if (image != known)
            convert_to_double(
                type, theta, (const char *)job->theta->data + hinge_size(type, image * n * (n + 1)),
                n * (n + 1));
        known = image;
        for (; i < last; i++) {
            double at[3];
            positions_of(job, i % job->pixels, at);
            for (int32_t r = 0; r < n; r++) {
                double sum = theta[r * (n + 1) + n];
                for (int32_t k = 0; k < n; k++)
                    sum += theta[r * (n + 1) + k] * at[k];
                row[(i - first) * n + r] = sum;
            }
        }
        convert_from_double(type, (char *)job->y->data + hinge_size(type, first * n), row,
                            (last - first) * n);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    struct job job = {.theta = node->inputs[0],
                      .y = y,
                      .n_axes = y->rank - 2,
                      .pixels = op_dims_count(y, 1, y->rank - 1),
                      .align_corners = node->attributes[ALIGN_CORNERS].i != 0};
    if (hinge_count(y) > 0)
        node->host->parallel(node, y->dims[0] * job.pixels, 2048, grids, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "align_corners", .type = HINGE_ATTR_INT}, {.name = NULL}};

const struct hinge_op op_affinegrid[] = {
    {.name = "AffineGrid",
     .since = 20,
     .signature = "(theta: T1, size: int64) -> (grid: T1); T1: " OP_TYPES_FLOAT,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS(OP_FLOATING(run))},
    OP_END,
};
