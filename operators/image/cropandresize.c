/* com.microsoft CropAndResize-1: of the image that batch_indices names, each box, whose corners y1,
 * x1, y2, x2 are 0 in the middle of the first pixel and 1 in that of the last, sampled at crop_size
 * points that reach from edge to edge, or in its middle where that is 1; extrapolation_value
 * outside of the image. Computed in float32. */
#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/op/index.h"

#include <math.h>
#include <string.h>

enum { MODE, EXTRAPOLATION };
enum { X, ROIS, BATCH_INDICES, CROP_SIZE };

struct job {
    const hinge_tensor *x, *rois, *indices;
    hinge_tensor *y;
    bool nearest;
    float extrapolation;
};

static bool is_mode(const struct hinge_node *node, const char *mode, size_t size)
{
    const hinge_string s = node->attributes[MODE].s;
    return s.size == size && memcmp(s.bytes, mode, size) == 0;
}

static hinge_status init(struct hinge_node *node)
{
    if (!is_mode(node, "bilinear", 8) && !is_mode(node, "nearest", 7))
        return OP_FAIL(node, HINGE_BAD_VALUE, "mode is neither bilinear nor nearest");
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[X], *rois = node->inputs[ROIS];
    const hinge_tensor *indices = node->inputs[BATCH_INDICES];
    int64_t crop[2];
    size_t count;
    if (x->rank != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not 4", (int)x->rank);
    if (rois->rank != 2 || rois->dims[1] != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "rois is not a list of 4 numbers each");
    if (indices->rank != 1 || indices->dims[0] != rois->dims[0])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "batch_indices is not of %lld values",
                       (long long)rois->dims[0]);
    hinge_status status = op_input_ints(node, CROP_SIZE, crop, 2, &count);
    if (status)
        return status;
    if (count != 2 || crop[0] < 1 || crop[1] < 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "crop_size is not two positive numbers");
    return op_set_dims(node, 0, 4, (const int64_t[]){rois->dims[0], x->dims[1], crop[0], crop[1]});
}

/* Point i of n between two corners, in pixels; false outside of the size pixels. */
static bool position(float from, float to, int64_t i, int64_t n, int64_t size, float *at)
{
    const float last = (float)(size - 1);
    *at = n > 1 ? from * last + (float)i * ((to - from) * last / (float)(n - 1))
                : 0.5F * (from + to) * last;
    return *at >= 0 && *at <= last;
}

static float pixel(const struct job *job, int64_t plane, int64_t row, int64_t column)
{
    const hinge_tensor *x = job->x;
    /* float may round the last one of very many up. */
    const int64_t y = min_i64(row, x->dims[2] - 1), at = min_i64(column, x->dims[3] - 1);
    const int64_t i = (plane * x->dims[2] + y) * x->dims[3] + at;
    float value;
    convert_to_float(x->type, &value, (const char *)x->data + hinge_size(x->type, i), 1);
    return value;
}

static float sample(const struct job *job, int64_t plane, float row, float column)
{
    if (job->nearest)
        return pixel(job, plane, (int64_t)roundf(row), (int64_t)roundf(column));
    const int64_t top = (int64_t)floorf(row), bottom = (int64_t)ceilf(row);
    const int64_t left = (int64_t)floorf(column), right = (int64_t)ceilf(column);
    const float down = row - (float)top, across = column - (float)left;
    const float a = pixel(job, plane, top, left), b = pixel(job, plane, top, right);
    const float c = pixel(job, plane, bottom, left), d = pixel(job, plane, bottom, right);
    const float above = a + (b - a) * across, below = c + (d - c) * across;
    return above + (below - above) * down;
}

/* Parts are rows of the output's planes. */
static void crop_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const hinge_tensor *x = job->x, *y = job->y;
    for (int64_t i = begin; i < end; i++) {
        const int64_t r = i % y->dims[2], plane = i / y->dims[2], roi = plane / y->dims[1];
        const int64_t from =
            op_index(job->indices, roi, x->dims[0]) * x->dims[1] + plane % y->dims[1];
        float box[4], row, column;
        convert_to_float(job->rois->type, box,
                         (const char *)job->rois->data + hinge_size(job->rois->type, 4 * roi), 4);
        const bool inside = position(box[0], box[2], r, y->dims[2], x->dims[2], &row);
        for (int64_t c = 0; c < y->dims[3]; c++) {
            const bool there =
                position(box[1], box[3], c, y->dims[3], x->dims[3], &column) && inside;
            const float value = there ? sample(job, from, row, column) : job->extrapolation;
            convert_from_float(y->type, NULL,
                               (char *)y->data + hinge_size(y->type, i * y->dims[3] + c), &value,
                               1);
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    struct job job = {.x = node->inputs[X],
                      .rois = node->inputs[ROIS],
                      .indices = node->inputs[BATCH_INDICES],
                      .y = y,
                      .nearest = is_mode(node, "nearest", 7),
                      .extrapolation = node->attributes[EXTRAPOLATION].f};
    hinge_status status = op_index_range(node, BATCH_INDICES, job.x->dims[0]);
    if (status || hinge_count(y) == 0)
        return status;
    node->host->parallel(node, hinge_count(y) / y->dims[3], op_grain(1024, y->dims[3]), crop_rows,
                         &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "mode", .type = HINGE_ATTR_STRING, .s = "bilinear"},
    {.name = "extrapolation_value", .type = HINGE_ATTR_FLOAT},
    {.name = NULL},
};

const struct hinge_op op_cropandresize[] = {
    {.name = "CropAndResize",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(X: T1, rois: T1, batch_indices: T2, crop_size: T2) -> (Y: T1); "
                  "T1: float16 float; T2: int32",
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run})},
    OP_END,
};
