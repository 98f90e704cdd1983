/* ai.onnx.ml FeatureVectorizer-1: rows of several inputs side by side as float. An input of rank 1
 * is one row, as the standard's text and ONNX Runtime have it (the reference implementation takes
 * it as a column). inputdimensions says how many columns each gives: what an input has beyond is
 * left out, what it lacks is 0; without it, each gives what it has. */
#include "operators/kernels/convert.h"
#include "operators/op/copy.h"

#define CHUNK 256
#define GRAIN 16384

enum { INPUTDIMENSIONS };

static int64_t n_rows(const hinge_tensor *x)
{
    return x->rank == 2 ? x->dims[0] : 1;
}

static int64_t width(const struct hinge_node *node, unsigned input)
{
    const struct hinge_attribute *list = &node->attributes[INPUTDIMENSIONS];
    const hinge_tensor *x = node->inputs[input];
    return list->count ? list->ints[input] : x->dims[x->rank - 1];
}

static hinge_status infer(const struct hinge_node *node)
{
    const struct hinge_attribute *list = &node->attributes[INPUTDIMENSIONS];
    int64_t n = 0;
    if (list->count && list->count != node->n_inputs)
        return OP_FAIL(node, HINGE_BAD_MODEL, "inputdimensions has %zu entries for %u inputs",
                       list->count, node->n_inputs);
    for (unsigned i = 0; i < node->n_inputs; i++) {
        const hinge_tensor *x = node->inputs[i];
        if (!x)
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is left out", i);
        if (x->rank != 1 && x->rank != 2)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u has rank %d, not 1 or 2", i,
                           (int)x->rank);
        if (n_rows(x) != n_rows(node->inputs[0]))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u has %lld rows, input 0 %lld", i,
                           (long long)n_rows(x), (long long)n_rows(node->inputs[0]));
        if (width(node, i) < 0 || __builtin_add_overflow(n, width(node, i), &n))
            return OP_FAIL(node, HINGE_BAD_MODEL, "inputdimensions has %lld",
                           (long long)width(node, i));
    }
    return op_set_output(node, 0, HINGE_FLOAT, 2, (int64_t[]){n_rows(node->inputs[0]), n});
}

static void convert(const hinge_tensor *x, int64_t from, int64_t n, float *to)
{
    const int64_t size = (int64_t)hinge_size(x->type, 1);
    double chunk[CHUNK];
    for (int64_t at = 0; at < n; at += CHUNK) {
        const int64_t count = n - at < CHUNK ? n - at : CHUNK;
        convert_to_double(x->type, chunk, (const char *)x->data + (from + at) * size, count);
        convert_from_double(HINGE_FLOAT, to + at, chunk, count);
    }
}

static void concatenate(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const int64_t n = node->outputs[0]->dims[1];
    (void)thread;
    for (int64_t row = begin; row < end; row++) {
        float *y = (float *)node->outputs[0]->data + row * n;
        for (unsigned i = 0; i < node->n_inputs; i++) {
            const hinge_tensor *x = node->inputs[i];
            const int64_t has = x->dims[x->rank - 1], gives = width(node, i);
            const int64_t count = has < gives ? has : gives;
            convert(x, row * has, count, y);
            memset(y + count, 0, (size_t)(gives - count) * sizeof *y);
            y += gives;
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *y = node->outputs[0];
    if (hinge_count(y) > 0)
        node->host->parallel(node, y->dims[0], op_grain(GRAIN, y->dims[1]), concatenate,
                             (void *)(uintptr_t)node);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [INPUTDIMENSIONS] = {.name = "inputdimensions", .type = HINGE_ATTR_INTS}, {.name = NULL}};

const struct hinge_op op_featurevectorizer[] = {
    {.name = "FeatureVectorizer",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X...: T1) -> (Y: float); T1: int32 int64 float double",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
