/* ai.onnx.ml DictVectorizer-1: the values of a map in the order of a vocabulary, as one row; 0 or
 * the empty string for what the map lacks. Keys that the vocabulary lacks are left out, as in ONNX
 * Runtime and the standard's reference implementation (its text wants all to be there). */
#include "operators/ml/lookup.h"

#include <string.h>

enum { STRINGS, INT64S };

static const struct hinge_attribute *vocabulary(const struct hinge_node *node)
{
    return &node->attributes[node->attributes[STRINGS].count ? STRINGS : INT64S];
}

static hinge_type key_type(const struct hinge_node *node)
{
    return node->attributes[STRINGS].count ? HINGE_STRING : HINGE_INT64;
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    if ((node->attributes[STRINGS].count > 0) == (node->attributes[INT64S].count > 0))
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "not exactly one of string_vocabulary and int64_vocabulary is there");
    if ((inputs[0] >> 8 & 0xff) != key_type(node))
        return OP_FAIL(node, HINGE_BAD_MODEL, "the vocabulary has another type than the keys");
    outputs[0] = inputs[0] >> 16;
    return HINGE_OK;
}

struct state {
    struct lookup lookup;
    bool repeats; /* some words of the vocabulary */
};

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *list = vocabulary(node);
    const bool are_strings = key_type(node) == HINGE_STRING;
    struct state *state = node->host->alloc(node, sizeof *state);
    node->state = state;
    if (!state)
        return HINGE_NO_MEMORY;
    const void *keys = are_strings ? (const void *)list->strings : (const void *)list->ints;
    hinge_status status =
        lookup_make(node, key_type(node), keys, (int64_t)list->count, &state->lookup);
    state->repeats = false;
    for (int64_t i = 0; i < (int64_t)list->count && !status; i++)
        state->repeats |= lookup_find(&state->lookup, keys, i) != i;
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    const int64_t dims[] = {1, (int64_t)vocabulary(node)->count};
    return op_set_dims(node, 0, 2, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *entries = node->inputs[0]->data, *keys = &entries[0];
    const hinge_tensor *values = &entries[1];
    const struct state *state = node->state;
    hinge_tensor *y = node->outputs[0];
    const size_t size = hinge_size(y->type, 1);
    memset(y->data, 0, (size_t)hinge_count(y) * size);
    for (int64_t i = 0; i < hinge_count(y) && y->type == HINGE_STRING; i++)
        ((hinge_string *)y->data)[i] = (hinge_string){"", 0};
    for (int64_t i = 0; i < hinge_count(keys); i++) {
        const int64_t at = lookup_find(&state->lookup, keys->data, i);
        if (at >= 0)
            memcpy((char *)y->data + (size_t)at * size,
                   (const char *)values->data + (size_t)i * size, size);
    }
    for (int64_t i = 0; i < hinge_count(y) && state->repeats; i++) {
        const int64_t at = lookup_find(&state->lookup, state->lookup.keys, i);
        memmove((char *)y->data + (size_t)i * size, (char *)y->data + (size_t)at * size, size);
    }
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [STRINGS] = {.name = "string_vocabulary", .type = HINGE_ATTR_STRINGS},
    [INT64S] = {.name = "int64_vocabulary", .type = HINGE_ATTR_INTS},
    {.name = NULL}};

const struct hinge_op op_dictvectorizer[] = {
    {.name = "DictVectorizer",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T1) -> (Y: T2); T1: map(string, int64) map(int64, string) "
                  "map(int64, float) map(int64, double) map(string, float) map(string, double); "
                  "T2: int64 float double string",
     .attributes = attributes,
     .types = types,
     .init = init,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
