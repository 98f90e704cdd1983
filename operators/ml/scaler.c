/* ai.onnx.ml Scaler-1: y = (x - offset) scale, of one number each or of one for each feature (the
 * last dimension of X); what is left out is 0 and 1. Computed in double and rounded once. */
#include "operators/kernels/convert.h"
#include "operators/op/op.h"

#define CHUNK 256
#define GRAIN 16384

enum { OFFSET, SCALE };

static hinge_status check(const struct hinge_node *node, unsigned attribute, const char *name)
{
    const hinge_tensor *x = node->inputs[0];
    const struct hinge_attribute *list = &node->attributes[attribute];
    if (list->count <= 1 || (x->rank > 0 && (int64_t)list->count == x->dims[x->rank - 1]))
        return HINGE_OK;
    return OP_FAIL(node, HINGE_BAD_SHAPE, "%s has %zu numbers, neither 1 nor one for each feature",
                   name, list->count);
}

static hinge_status infer(const struct hinge_node *node)
{
    hinge_status status = check(node, OFFSET, "offset");
    if (!status)
        status = check(node, SCALE, "scale");
    return status ? status : op_infer_same(node);
}

static double number(const struct hinge_attribute *list, int64_t feature, double otherwise)
{
    return list->count == 0 ? otherwise : (double)list->floats[list->count == 1 ? 0 : feature];
}

static void scale(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const hinge_tensor *x = node->inputs[0];
    const struct hinge_attribute *a = node->attributes;
    const int64_t size = (int64_t)hinge_size(x->type, 1);
    const int64_t n_features = x->rank ? x->dims[x->rank - 1] : 1;
    float *y = node->outputs[0]->data;
    double chunk[CHUNK];
    int64_t feature = begin % n_features;
    (void)thread;
    for (int64_t at = begin; at < end; at += CHUNK) {
        const int64_t n = end - at < CHUNK ? end - at : CHUNK;
        convert_to_double(x->type, chunk, (const char *)x->data + at * size, n);
        for (int64_t i = 0; i < n; i++) {
            y[at + i] = (float)((chunk[i] - number(&a[OFFSET], feature, 0)) *
                                number(&a[SCALE], feature, 1));
            feature = feature + 1 == n_features ? 0 : feature + 1;
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    node->host->parallel(node, hinge_count(node->inputs[0]), GRAIN, scale, (void *)(uintptr_t)node);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [OFFSET] = {.name = "offset", .type = HINGE_ATTR_FLOATS},
    [SCALE] = {.name = "scale", .type = HINGE_ATTR_FLOATS},
    {.name = NULL}};

const struct hinge_op op_scaler[] = {
    {.name = "Scaler",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T) -> (Y: float); T: float double int64 int32",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
