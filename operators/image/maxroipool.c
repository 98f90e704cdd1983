/* MaxRoiPool-1, -22: the largest element in each cell of a region, as in Fast R-CNN (R. Girshick,
 * ICCV 2015): regions begin and end at rounded elements, both counted, cells overlap where they do
 * not divide them, and an empty one gives 0. NaN in a cell gives NaN. */
#include "operators/kernels/convert.h"
#include "operators/op/copy.h"

#include <math.h>

enum { POOLED_SHAPE, SPATIAL_SCALE };

enum { ROW = 64 }; /* elements at a time */

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *shape = &node->attributes[POOLED_SHAPE];
    if (shape->count != 2)
        return OP_FAIL(node, HINGE_BAD_MODEL, "pooled_shape has %zu values, not 2", shape->count);
    for (int d = 0; d < 2; d++)
        if (shape->ints[d] < 1 || shape->ints[d] > INT32_MAX)
            return OP_FAIL(node, HINGE_BAD_VALUE, "pooled_shape has the value %lld",
                           (long long)shape->ints[d]);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *rois = node->inputs[1];
    const struct hinge_attribute *shape = &node->attributes[POOLED_SHAPE];
    if (x->rank != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not 4", (int)x->rank);
    if (rois->rank != 2 || rois->dims[1] != 5)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "rois is not of rows of 5");
    if (shape->count != 2)
        return OP_FAIL(node, HINGE_BAD_MODEL, "pooled_shape has %zu values, not 2", shape->count);
    const int64_t dims[4] = {rois->dims[0], x->dims[1], shape->ints[0], shape->ints[1]};
    return op_set_output(node, 0, x->type, 4, dims);
}

struct job {
    const hinge_tensor *x, *rois;
    hinge_tensor *y;
    double scale;
};

struct region {
    int64_t image, begin[2];
    double extent[2]; /* in elements, at least 1 */
};

/* The nearest element to a coordinate, halves away from 0, not far beyond any image. */
static double element_at(double x)
{
    return fmin(fmax(round(x), -0x1p40), 0x1p40);
}

/* Where the image's number is none, image is -1. */
static struct region region_of(const struct job *job, int64_t i)
{
    double row[5];
    struct region r = {.image = -1};
    convert_to_double(job->rois->type, row,
                      (const char *)job->rois->data + hinge_size(job->rois->type, i * 5), 5);
    if (row[0] >= 0 && row[0] < (double)job->x->dims[0])
        r.image = (int64_t)row[0];
    for (int d = 0; d < 2; d++) {
        const double begin = element_at(row[2 - d] * job->scale);
        r.begin[d] = (int64_t)begin;
        r.extent[d] = fmax(element_at(row[4 - d] * job->scale) - begin + 1, 1);
    }
    return r;
}

/* Elements [begin, end) of an axis that cell i of n is made of. */
static void cell_range(const struct region *r, int d, int64_t i, int64_t n, int64_t extent,
                       int64_t *begin, int64_t *end)
{
    const double cell = r->extent[d] / (double)n;
    *begin = (int64_t)floor((double)i * cell) + r->begin[d];
    *end = (int64_t)ceil((double)(i + 1) * cell) + r->begin[d];
    *begin = *begin < 0 ? 0 : *begin > extent ? extent : *begin;
    *end = *end < 0 ? 0 : *end > extent ? extent : *end;
}

static double greatest(hinge_type type, const char *row, int64_t count, double most)
{
    double numbers[ROW];
    for (int64_t i = 0; i < count; i += ROW) {
        const int64_t n = count - i < ROW ? count - i : ROW;
        convert_to_double(type, numbers, row + hinge_size(type, i), n);
        for (int64_t k = 0; k < n; k++)
            if (numbers[k] > most || isnan(numbers[k]))
                most = numbers[k];
    }
    return most;
}

static double pool_cell(const struct job *job, const struct region *r, const char *plane,
                        int64_t row, int64_t column)
{
    const hinge_tensor *x = job->x, *y = job->y;
    int64_t top, bottom, left, right;
    double most = -INFINITY;
    cell_range(r, 0, row, y->dims[2], x->dims[2], &top, &bottom);
    cell_range(r, 1, column, y->dims[3], x->dims[3], &left, &right);
    if (top >= bottom || left >= right)
        return 0;
    for (int64_t h = top; h < bottom && !isnan(most); h++)
        most = greatest(x->type, plane + hinge_size(x->type, h * x->dims[3] + left), right - left,
                        most);
    return most;
}

static void pool_planes(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const hinge_tensor *x = job->x;
    hinge_tensor *y = job->y;
    const int64_t n_cells = y->dims[2] * y->dims[3];
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        const struct region r = region_of(job, i / x->dims[1]);
        const int64_t image = r.image < 0 ? 0 : r.image; /* changed meanwhile: see op/index.h */
        const int64_t plane = image * x->dims[1] + i % x->dims[1];
        const char *from =
            (const char *)x->data + hinge_size(x->type, plane * x->dims[2] * x->dims[3]);
        char *to = (char *)y->data + hinge_size(y->type, i * n_cells);
        for (int64_t c = 0; c < n_cells; c++) {
            const double most = pool_cell(job, &r, from, c / y->dims[3], c % y->dims[3]);
            convert_from_double(y->type, to + hinge_size(y->type, c), &most, 1);
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    struct job job = {x, node->inputs[1], y, (double)node->attributes[SPATIAL_SCALE].f};
    if (hinge_count(y) == 0)
        return HINGE_OK;
    for (int64_t i = 0; i < y->dims[0]; i++)
        if (region_of(&job, i).image < 0)
            return OP_FAIL(node, HINGE_BAD_VALUE, "region %lld is of none of the %lld images",
                           (long long)i, (long long)x->dims[0]);
    node->host->parallel(node, y->dims[0] * y->dims[1], op_grain(16384, op_dims_count(y, 2, 4) * 8),
                         pool_planes, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "pooled_shape", .type = HINGE_ATTR_INTS, .required = true},
    {.name = "spatial_scale", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = NULL},
};

#define MAX_ROI_POOL(first, last, types, ...)                                                      \
    {                                                                                              \
        .name = "MaxRoiPool", .since = (first), .until = (last),                                   \
        .signature = "(X: T, rois: T) -> (Y: T); T: " types, .attributes = attributes,             \
        .init = init, .infer = infer, .kernels = HINGE_KERNELS(__VA_ARGS__)                        \
    }

const struct hinge_op op_maxroipool[] = {
    MAX_ROI_POOL(1, 21, "float16 float double", {HINGE_FLOAT, run}, {HINGE_DOUBLE, run},
                 {HINGE_FLOAT16, run}),
    MAX_ROI_POOL(22, 0, OP_TYPES_FLOAT, OP_FLOATING(run)),
    OP_END,
};
