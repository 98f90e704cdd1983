/* ai.onnx.ml LabelEncoder-1, -2, -4: each element that is a key becomes the value at the key's
 * place, any other the default. Version 1 maps strings to their places in one list, and places to
 * the strings. Of a repeated key the last one counts, and NaN is a key like any other, in all
 * versions (version 4 says so). */
#include "operators/ml/lookup.h"

#include <string.h>

#define GRAIN 4096

enum { STRINGS, INT64S, FLOATS, N_LISTS };
enum {
    KEYS = 0,
    VALUES = N_LISTS,
    DEFAULT_STRING = 2 * N_LISTS,
    DEFAULT_INT64,
    DEFAULT_FLOAT,
    /* Since version 4. */
    KEYS_TENSOR,
    VALUES_TENSOR,
    DEFAULT_TENSOR
};
enum { CLASSES_1, DEFAULT_STRING_1, DEFAULT_INT64_1 };

/* A list, whichever attribute has it. */
struct list {
    hinge_type type;
    int64_t count;
    const void *data;
};

struct state {
    struct lookup lookup;
    struct list keys, values;
    bool by_place; /* the keys are 0, 1, 2 … */
    union {
        hinge_string string;
        int64_t int64;
        int32_t int32;
        int16_t int16;
        float f32;
        double f64;
    } otherwise;
};

static bool has_tensors(const struct hinge_node *node)
{
    return node->opset >= 4;
}

static hinge_status find_list(const struct hinge_node *node, unsigned first, unsigned tensor,
                              const char *what, struct list *list)
{
    const struct hinge_attribute *a = node->attributes;
    const struct hinge_attribute *s = &a[first + STRINGS], *i = &a[first + INT64S];
    const struct hinge_attribute *f = &a[first + FLOATS];
    const bool has_tensor = has_tensors(node) && a[tensor].present;
    const int n_there = (s->count > 0) + (i->count > 0) + (f->count > 0) + has_tensor;
    if (s->count)
        *list = (struct list){HINGE_STRING, (int64_t)s->count, s->strings};
    else if (i->count)
        *list = (struct list){HINGE_INT64, (int64_t)i->count, i->ints};
    else if (f->count)
        *list = (struct list){HINGE_FLOAT, (int64_t)f->count, f->floats};
    else if (has_tensor)
        *list = (struct list){a[tensor].tensor->type, hinge_count(a[tensor].tensor),
                              a[tensor].tensor->data};
    if (n_there != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "there are %d lists of %s, not one", n_there, what);
    switch (list->type) {
    case HINGE_STRING:
    case HINGE_INT64:
    case HINGE_INT32:
    case HINGE_INT16:
    case HINGE_FLOAT:
    case HINGE_DOUBLE: return HINGE_OK;
    default: return OP_FAIL(node, HINGE_BAD_MODEL, "the %s have no type that is allowed", what);
    }
}

static hinge_status find_lists(const struct hinge_node *node, hinge_type type, struct state *state)
{
    hinge_status status = find_list(node, KEYS, KEYS_TENSOR, "keys", &state->keys);
    if (!status)
        status = find_list(node, VALUES, VALUES_TENSOR, "values", &state->values);
    if (status)
        return status;
    if (state->keys.type != type)
        return OP_FAIL(node, HINGE_BAD_MODEL, "the keys have another type than X");
    if (state->keys.count != state->values.count)
        return OP_FAIL(node, HINGE_BAD_MODEL, "there are %lld keys for %lld values",
                       (long long)state->keys.count, (long long)state->values.count);
    return HINGE_OK;
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    struct state state;
    hinge_status status = find_lists(node, (hinge_type)inputs[0], &state);
    if (!status)
        outputs[0] = state.values.type;
    return status;
}

static hinge_status types_1(const struct hinge_node *node, const hinge_type_code *inputs,
                            hinge_type_code *outputs)
{
    (void)node;
    outputs[0] = inputs[0] == HINGE_STRING ? HINGE_INT64 : HINGE_STRING;
    return HINGE_OK;
}

static hinge_status find_default(const struct hinge_node *node, struct state *state)
{
    const struct hinge_attribute *a = node->attributes;
    if (has_tensors(node) && a[DEFAULT_TENSOR].present) {
        const hinge_tensor *value = a[DEFAULT_TENSOR].tensor;
        if (value->type != state->values.type || hinge_count(value) != 1)
            return OP_FAIL(node, HINGE_BAD_MODEL,
                           "default_tensor is not one element of the "
                           "values' type");
        memcpy(&state->otherwise, value->data, hinge_size(value->type, 1));
        return HINGE_OK;
    }
    switch (state->values.type) {
    case HINGE_STRING: state->otherwise.string = a[DEFAULT_STRING].s; break;
    case HINGE_INT64: state->otherwise.int64 = a[DEFAULT_INT64].i; break;
    case HINGE_INT32: state->otherwise.int32 = (int32_t)a[DEFAULT_INT64].i; break;
    case HINGE_INT16: state->otherwise.int16 = (int16_t)a[DEFAULT_INT64].i; break;
    case HINGE_FLOAT: state->otherwise.f32 = a[DEFAULT_FLOAT].f; break;
    default: state->otherwise.f64 = (double)a[DEFAULT_FLOAT].f; break;
    }
    return HINGE_OK;
}

static hinge_status init(struct hinge_node *node)
{
    struct state *state = node->host->alloc(node, sizeof *state);
    if (!state)
        return HINGE_NO_MEMORY;
    *state = (struct state){.by_place = false};
    node->state = state;
    hinge_status status = find_lists(node, node->inputs[0]->type, state);
    if (!status)
        status = find_default(node, state);
    return status ? status
                  : lookup_make(node, state->keys.type, state->keys.data, state->keys.count,
                                &state->lookup);
}

static hinge_status init_1(struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    const int64_t n = (int64_t)a[CLASSES_1].count;
    struct state *state = node->host->alloc(node, sizeof *state);
    if (!state)
        return HINGE_NO_MEMORY;
    *state = (struct state){.by_place = node->inputs[0]->type == HINGE_INT64};
    node->state = state;
    if (state->by_place) {
        state->values = (struct list){HINGE_STRING, n, a[CLASSES_1].strings};
        state->otherwise.string = a[DEFAULT_STRING_1].s;
        return HINGE_OK;
    }
    int64_t *places = node->host->alloc(node, (size_t)(n ? n : 1) * sizeof *places);
    if (!places)
        return HINGE_NO_MEMORY;
    for (int64_t i = 0; i < n; i++)
        places[i] = i;
    state->values = (struct list){HINGE_INT64, n, places};
    state->otherwise.int64 = a[DEFAULT_INT64_1].i;
    return lookup_make(node, HINGE_STRING, a[CLASSES_1].strings, n, &state->lookup);
}

/* The position of element i's value, or -1. */
static inline int64_t place_of(const struct state *state, const void *x, int64_t i)
{
    if (!state->by_place)
        return lookup_find(&state->lookup, x, i);
    return ((const int64_t *)x)[i] < state->values.count ? ((const int64_t *)x)[i] : -1;
}

static inline void encode_elements(const struct hinge_node *node, int64_t begin, int64_t end,
                                   size_t size)
{
    const struct state *state = node->state;
    const char *values = state->values.data;
    char *y = node->outputs[0]->data;
    for (int64_t i = begin; i < end; i++) {
        const int64_t place = place_of(state, node->inputs[0]->data, i);
        memcpy(y + (size_t)i * size,
               place < 0 ? (const char *)&state->otherwise : values + (size_t)place * size, size);
    }
}

static void encode(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const struct state *state = node->state;
    const size_t size = hinge_size(state->values.type, 1);
    (void)thread;
    if (size == 8)
        encode_elements(node, begin, end, 8);
    else
        encode_elements(node, begin, end, size);
}

static hinge_status run(const struct hinge_node *node)
{
    node->host->parallel(node, hinge_count(node->inputs[0]), GRAIN, encode,
                         (void *)(uintptr_t)node);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes_1[] = {
    [CLASSES_1] = {.name = "classes_strings", .type = HINGE_ATTR_STRINGS},
    [DEFAULT_STRING_1] = {.name = "default_string", .type = HINGE_ATTR_STRING, .s = "_Unused"},
    [DEFAULT_INT64_1] = {.name = "default_int64", .type = HINGE_ATTR_INT, .i = -1},
    {.name = NULL}};

#define MAPS                                                                                       \
    [KEYS +                                                                                        \
        STRINGS] = {.name = "keys_strings", .type = HINGE_ATTR_STRINGS},                           \
        [KEYS + INT64S] = {.name = "keys_int64s", .type = HINGE_ATTR_INTS},                        \
        [KEYS + FLOATS] = {.name = "keys_floats", .type = HINGE_ATTR_FLOATS},                      \
        [VALUES + STRINGS] = {.name = "values_strings", .type = HINGE_ATTR_STRINGS},               \
        [VALUES + INT64S] = {.name = "values_int64s", .type = HINGE_ATTR_INTS},                    \
        [VALUES + FLOATS] = {.name = "values_floats", .type = HINGE_ATTR_FLOATS},                  \
        [DEFAULT_STRING] = {.name = "default_string", .type = HINGE_ATTR_STRING, .s = "_Unused"},  \
        [DEFAULT_INT64] = {.name = "default_int64", .type = HINGE_ATTR_INT, .i = -1},              \
        [DEFAULT_FLOAT] = {.name = "default_float", .type = HINGE_ATTR_FLOAT, .f = -0.0F}

static const struct hinge_attribute_def attributes_2[] = {MAPS, {.name = NULL}};

static const struct hinge_attribute_def attributes_4[] = {
    MAPS,
    [KEYS_TENSOR] = {.name = "keys_tensor", .type = HINGE_ATTR_TENSOR},
    [VALUES_TENSOR] = {.name = "values_tensor", .type = HINGE_ATTR_TENSOR},
    [DEFAULT_TENSOR] = {.name = "default_tensor", .type = HINGE_ATTR_TENSOR},
    {.name = NULL}};

#define LABEL_ENCODER                                                                              \
    .name = "LabelEncoder", .domain = "ai.onnx.ml", .infer = op_infer_same,                        \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})
#define SIGNATURE(types) "(X: T1) -> (Y: T2); T1: " types "; T2: " types

const struct hinge_op op_labelencoder[] = {
    {LABEL_ENCODER, .since = 1, .until = 1, .signature = SIGNATURE("string int64"),
     .attributes = attributes_1, .types = types_1, .init = init_1},
    {LABEL_ENCODER, .since = 2, .until = 3, .signature = SIGNATURE("string int64 float"),
     .attributes = attributes_2, .types = types, .init = init},
    {LABEL_ENCODER, .since = 4, .signature = SIGNATURE("string int64 float int32 int16 double"),
     .attributes = attributes_4, .types = types, .init = init},
    OP_END,
};
