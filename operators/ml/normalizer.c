/* ai.onnx.ml Normalizer-1: each row of X (or X, a row itself) divided by its greatest number (MAX),
 * the sum of its magnitudes (L1) or its length (L2); by 0, it stays. The greatest number is the
 * standard's text, and ONNX Runtime; its reference implementation has the greatest magnitude. Of L1
 * and L2 the text leaves signs out, which both of them keep. Computed in double, L1 and L2 of the
 * row divided by its greatest magnitude so that nothing overflows. */
#include "operators/kernels/convert.h"
#include "operators/op/op.h"

#include <math.h>
#include <string.h>

#define CHUNK 256
#define GRAIN 16384

static bool is_norm(const struct hinge_node *node, const char *name)
{
    const hinge_string norm = node->attributes[0].s;
    return norm.size == strlen(name) && !memcmp(norm.bytes, name, norm.size);
}

static hinge_status infer(const struct hinge_node *node)
{
    const int32_t rank = node->inputs[0]->rank;
    if (!is_norm(node, "MAX") && !is_norm(node, "L1") && !is_norm(node, "L2"))
        return OP_FAIL(node, HINGE_BAD_VALUE, "norm is not MAX, L1 or L2");
    if (rank != 1 && rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not 1 or 2", (int)rank);
    return op_infer_same(node);
}

/* Over the row: the greatest number where power is 0, the greatest magnitude where largest is 0,
 * otherwise the sum of (magnitude / largest)^power. */
static double gather(const hinge_tensor *x, const char *row, int64_t n, double largest, int power)
{
    const int64_t size = (int64_t)hinge_size(x->type, 1);
    double chunk[CHUNK], result = power == 0 ? -INFINITY : 0;
    for (int64_t at = 0; at < n; at += CHUNK) {
        const int64_t count = n - at < CHUNK ? n - at : CHUNK;
        convert_to_double(x->type, chunk, row + at * size, count);
        for (int64_t i = 0; i < count; i++) {
            const double a = power == 0 ? chunk[i] : fabs(chunk[i]), share = a / largest;
            if (power != 0 && largest != 0)
                result += power == 1 ? share : share * share;
            else if (a > result || isnan(a))
                result = a;
        }
    }
    return result;
}

static void normalize(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const hinge_tensor *x = node->inputs[0];
    const int64_t size = (int64_t)hinge_size(x->type, 1), n = x->dims[x->rank - 1];
    const int power = is_norm(node, "MAX") ? 0 : is_norm(node, "L1") ? 1 : 2;
    double chunk[CHUNK];
    (void)thread;
    for (int64_t r = begin; r < end; r++) {
        const char *row = (const char *)x->data + r * n * size;
        float *y = (float *)node->outputs[0]->data + r * n;
        double largest = gather(x, row, n, 0, power), norm = 1;
        if (largest == 0)
            largest = 1;
        else if (power)
            norm = gather(x, row, n, largest, power);
        if (power == 2)
            norm = sqrt(norm);
        for (int64_t at = 0; at < n; at += CHUNK) {
            const int64_t count = n - at < CHUNK ? n - at : CHUNK;
            convert_to_double(x->type, chunk, row + at * size, count);
            for (int64_t i = 0; i < count; i++)
                y[at + i] = (float)(chunk[i] / largest / norm);
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    node->host->parallel(node, x->rank == 2 ? x->dims[0] : 1, op_grain(GRAIN, x->dims[x->rank - 1]),
                         normalize, (void *)(uintptr_t)node);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "norm", .type = HINGE_ATTR_STRING, .s = "MAX"}, {.name = NULL}};

const struct hinge_op op_normalizer[] = {
    {.name = "Normalizer",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T) -> (Y: float); T: float double int64 int32",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
