/* ai.onnx.ml OneHotEncoder-1: for each element a row with a 1 at the place of its category. One
 * that is none gives a row of zeros, or where zeros is 0 ends the run. Floating-point elements are
 * truncated to int64 first; beyond its range (NaN too) they are no category. Of a repeated category
 * the last place counts. */
#include "operators/ml/lookup.h"

#include <string.h>

#define GRAIN 16384

enum { INT64S, STRINGS, ZEROS };

static const struct hinge_attribute *categories(const struct hinge_node *node)
{
    return &node->attributes[node->inputs[0]->type == HINGE_STRING ? STRINGS : INT64S];
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    if (node->attributes[INT64S].count && node->attributes[STRINGS].count)
        return OP_FAIL(node, HINGE_BAD_MODEL, "both cats_int64s and cats_strings are there");
    if (categories(node)->count == 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "there are no categories of the type of X");
    if (x->rank >= HINGE_MAX_RANK)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, which can get no dimension more",
                       (int)x->rank);
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d];
    dims[x->rank] = (int64_t)categories(node)->count;
    return op_set_output(node, 0, HINGE_FLOAT, x->rank + 1, dims);
}

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *list = categories(node);
    struct lookup *lookup = node->host->alloc(node, sizeof *lookup);
    node->state = lookup;
    if (!lookup)
        return HINGE_NO_MEMORY;
    if (node->inputs[0]->type == HINGE_STRING)
        return lookup_make(node, HINGE_STRING, list->strings, (int64_t)list->count, lookup);
    return lookup_make(node, HINGE_INT64, list->ints, (int64_t)list->count, lookup);
}

/* The place of element i's category, or -1. */
static int64_t place(const struct hinge_node *node, int64_t i)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t whole;
    double number;
    switch (x->type) {
    case HINGE_INT32: whole = ((const int32_t *)x->data)[i]; break;
    case HINGE_FLOAT:
    case HINGE_DOUBLE:
        number = x->type == HINGE_FLOAT ? (double)((const float *)x->data)[i]
                                        : ((const double *)x->data)[i];
        if (!(number >= -0x1p63 && number < 0x1p63))
            return -1;
        whole = (int64_t)number;
        break;
    default: return lookup_find(node->state, x->data, i);
    }
    return lookup_find(node->state, &whole, 0);
}

static void encode(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const int64_t n = (int64_t)categories(node)->count;
    float *y = node->outputs[0]->data;
    (void)thread;
    memset(y + begin * n, 0, (size_t)((end - begin) * n) * sizeof *y);
    for (int64_t i = begin; i < end; i++) {
        const int64_t at = place(node, i);
        if (at >= 0)
            y[i * n + at] = 1;
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const int64_t count = hinge_count(node->inputs[0]);
    for (int64_t i = 0; i < count && !node->attributes[ZEROS].i; i++)
        if (place(node, i) < 0)
            return OP_FAIL(node, HINGE_BAD_VALUE, "element %lld of X is no category", (long long)i);
    node->host->parallel(node, count, op_grain(GRAIN, (int64_t)categories(node)->count), encode,
                         (void *)(uintptr_t)node);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [INT64S] = {.name = "cats_int64s", .type = HINGE_ATTR_INTS},
    [STRINGS] = {.name = "cats_strings", .type = HINGE_ATTR_STRINGS},
    [ZEROS] = {.name = "zeros", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};

const struct hinge_op op_onehotencoder[] = {
    {.name = "OneHotEncoder",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T) -> (Y: float); T: string int64 int32 float double",
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
