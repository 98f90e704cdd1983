/* ImageScaler-1, an experimental operator until opset 9: scale x + bias[c] over the channels of an
 * image (N, C, H, W), in double; no bias is 0. */
#include "operators/kernels/convert.h"
#include "operators/op/op.h"

enum { BIAS, SCALE };
enum { BLOCK = 256, GRAIN = 8192 };

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const struct hinge_attribute *bias = &node->attributes[BIAS];
    if (x->rank != 4)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the input has rank %d, not 4", (int)x->rank);
    if (bias->present && (int64_t)bias->count != x->dims[1])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "bias has %zu numbers, for %lld channels",
                       bias->count, (long long)x->dims[1]);
    return op_infer_same(node);
}

struct job {
    const struct hinge_node *node;
};

static void planes(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct hinge_node *node = ((const struct job *)argument)->node;
    const hinge_tensor *x = node->inputs[0];
    const struct hinge_attribute *bias = &node->attributes[BIAS];
    const double scale = (double)node->attributes[SCALE].f;
    const int64_t count = x->dims[2] * x->dims[3];
    double values[BLOCK];
    for (int64_t plane = begin; plane < end; plane++) {
        const double shift = bias->present ? (double)bias->floats[plane % x->dims[1]] : 0;
        for (int64_t i = 0; i < count; i += BLOCK) {
            const int64_t n = count - i < BLOCK ? count - i : BLOCK;
            const size_t at = hinge_size(x->type, plane * count + i);
            convert_to_double(x->type, values, (const char *)x->data + at, n);
            for (int64_t k = 0; k < n; k++)
                values[k] = scale * values[k] + shift;
            convert_from_double(x->type, (char *)node->outputs[0]->data + at, values, n);
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {node};
    if (hinge_count(x) != 0)
        node->host->parallel(node, x->dims[0] * x->dims[1],
                             op_grain(GRAIN, x->dims[2] * x->dims[3]), planes, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [BIAS] = {.name = "bias", .type = HINGE_ATTR_FLOATS},
    [SCALE] = {.name = "scale", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = NULL}};

const struct hinge_op op_imagescaler[] = {
    {.name = "ImageScaler",
     .since = 1,
     .until = 9,
     .signature = "(input: T) -> (output: T); T: float16 float double",
     .flags = HINGE_OP_IN_PLACE,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run})},
    OP_END,
};
