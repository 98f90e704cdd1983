/* ai.onnx.ml ZipMap-1: a map for each row of X (or for X, a row itself), from the labels to the
 * row's columns. All maps share one tensor of keys. */
#include "operators/op/values.h"

#include <string.h>

enum { INT64S, STRINGS };

static const struct hinge_attribute *labels(const struct hinge_node *node)
{
    return &node->attributes[node->attributes[STRINGS].present ? STRINGS : INT64S];
}

static hinge_type key_type(const struct hinge_node *node)
{
    return node->attributes[STRINGS].present ? HINGE_STRING : HINGE_INT64;
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    if (node->attributes[INT64S].present == node->attributes[STRINGS].present)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "not exactly one of classlabels_int64s and classlabels_strings is there");
    outputs[0] =
        HINGE_SEQUENCE | HINGE_MAP << 8 | (hinge_type_code)key_type(node) << 16 | inputs[0] << 24;
    return HINGE_OK;
}

static hinge_status check_shape(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    if (x->rank != 1 && x->rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not 1 or 2", (int)x->rank);
    if ((int64_t)labels(node)->count != x->dims[x->rank - 1])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has %lld columns for %zu labels",
                       (long long)x->dims[x->rank - 1], labels(node)->count);
    return HINGE_OK;
}

/* entry[0] becomes the keys: those of first, or where that is NULL new ones. */
static hinge_status set_keys(const struct hinge_node *node, hinge_tensor *entry,
                             const hinge_tensor *first, int64_t n)
{
    const struct hinge_attribute *keys = labels(node);
    if (first)
        return node->host->share(node, entry, first);
    hinge_status status = node->host->tensor(node, entry, key_type(node), 1, &n);
    if (status || n == 0)
        return status;
    if (key_type(node) == HINGE_STRING)
        memcpy(entry->data, keys->strings, (size_t)n * sizeof *keys->strings);
    else
        memcpy(entry->data, keys->ints, (size_t)n * sizeof *keys->ints);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *maps, *entries, *first = NULL;
    hinge_status status = check_shape(node);
    if (status)
        return status;
    int64_t n_rows = x->rank == 2 ? x->dims[0] : 1, n = x->dims[x->rank - 1];
    status = op_elements(node, node->outputs[0], HINGE_SEQUENCE, n_rows, &maps);
    for (int64_t row = 0; row < n_rows && !status; row++) {
        status = op_elements(node, &maps[row], HINGE_MAP, 2, &entries);
        if (!status)
            status = set_keys(node, &entries[0], first, n);
        if (!status)
            status = node->host->tensor(node, &entries[1], HINGE_FLOAT, 1, &n);
        if (!status && n)
            memcpy(entries[1].data, (const float *)x->data + row * n, (size_t)n * sizeof(float));
        first = entries;
    }
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [INT64S] = {.name = "classlabels_int64s", .type = HINGE_ATTR_INTS},
    [STRINGS] = {.name = "classlabels_strings", .type = HINGE_ATTR_STRINGS},
    {.name = NULL}};

const struct hinge_op op_zipmap[] = {
    {.name = "ZipMap",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: float) -> (Z: T); T: seq(map(string, float)) seq(map(int64, float))",
     .attributes = attributes,
     .types = types,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
