/* ai.onnx.ml CategoryMapper-1: strings to the integers at the same place of a second list, or
 * integers to strings, whichever X holds; what is not there becomes the default. Of what is there
 * several times the last one counts. */
#include "operators/ml/lookup.h"

#define GRAIN 4096

enum { STRINGS, INT64S, DEFAULT_STRING, DEFAULT_INT64 };

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    const struct hinge_attribute *a = node->attributes;
    if (a[STRINGS].count != a[INT64S].count)
        return OP_FAIL(node, HINGE_BAD_MODEL, "cats_strings has %zu entries, cats_int64s %zu",
                       a[STRINGS].count, a[INT64S].count);
    outputs[0] = inputs[0] == HINGE_STRING ? HINGE_INT64 : HINGE_STRING;
    return HINGE_OK;
}

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    struct lookup *lookup = node->host->alloc(node, sizeof *lookup);
    node->state = lookup;
    if (!lookup)
        return HINGE_NO_MEMORY;
    if (node->inputs[0]->type == HINGE_STRING)
        return lookup_make(node, HINGE_STRING, a[STRINGS].strings, (int64_t)a[STRINGS].count,
                           lookup);
    return lookup_make(node, HINGE_INT64, a[INT64S].ints, (int64_t)a[INT64S].count, lookup);
}

static void map(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const struct hinge_attribute *a = node->attributes;
    const hinge_tensor *x = node->inputs[0];
    void *y = node->outputs[0]->data;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        const int64_t at = lookup_find(node->state, x->data, i);
        if (x->type == HINGE_STRING)
            ((int64_t *)y)[i] = at < 0 ? a[DEFAULT_INT64].i : a[INT64S].ints[at];
        else
            ((hinge_string *)y)[i] = at < 0 ? a[DEFAULT_STRING].s : a[STRINGS].strings[at];
    }
}

static hinge_status run(const struct hinge_node *node)
{
    node->host->parallel(node, hinge_count(node->inputs[0]), GRAIN, map, (void *)(uintptr_t)node);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [STRINGS] = {.name = "cats_strings", .type = HINGE_ATTR_STRINGS},
    [INT64S] = {.name = "cats_int64s", .type = HINGE_ATTR_INTS},
    [DEFAULT_STRING] = {.name = "default_string", .type = HINGE_ATTR_STRING, .s = "_Unused"},
    [DEFAULT_INT64] = {.name = "default_int64", .type = HINGE_ATTR_INT, .i = -1},
    {.name = NULL}};

const struct hinge_op op_categorymapper[] = {
    {.name = "CategoryMapper",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T1) -> (Y: T2); T1: string int64; T2: string int64",
     .attributes = attributes,
     .types = types,
     .init = init,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
