/* ai.onnx.ml CastMap-1: the values of a map as one row: in the order of the keys (DENSE), or each
 * at the place that its key is (SPARSE), where a key that is none is refused. Numbers become
 * strings as
 * "%f" prints them, and places without a key 0 or "0.f", as in ONNX Runtime; a string must be a
 * number as a whole to become one. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operators/kernels/convert.h"
#include "operators/op/op.h"

#define MAX_NUMBER 64 /* characters of a number in a string */

enum { CAST_TO, MAP_FORM, MAX_MAP };

static bool is(const struct hinge_node *node, unsigned attribute, const char *text)
{
    const hinge_string s = node->attributes[attribute].s;
    return s.size == strlen(text) && !memcmp(s.bytes, text, s.size);
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    (void)inputs;
    if (is(node, CAST_TO, "TO_FLOAT"))
        outputs[0] = HINGE_FLOAT;
    else if (is(node, CAST_TO, "TO_STRING"))
        outputs[0] = HINGE_STRING;
    else if (is(node, CAST_TO, "TO_INT64"))
        outputs[0] = HINGE_INT64;
    else
        return OP_FAIL(node, HINGE_BAD_MODEL, "cast_to is not TO_FLOAT, TO_STRING or TO_INT64");
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const bool sparse = is(node, MAP_FORM, "SPARSE");
    const int64_t n = node->attributes[MAX_MAP].i;
    if (!sparse && !is(node, MAP_FORM, "DENSE"))
        return OP_FAIL(node, HINGE_BAD_MODEL, "map_form is not DENSE or SPARSE");
    if (sparse && n < 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "max_map is %lld", (long long)n);
    return op_set_dims(node, 0, 2, (int64_t[]){1, sparse ? n : -1});
}

static hinge_status print(const struct hinge_node *node, double number, hinge_string *to)
{
    char text[MAX_NUMBER];
    const int size = snprintf(text, sizeof text, "%f", number);
    char *bytes = node->host->alloc_string(node, (size_t)size);
    if (!bytes)
        return HINGE_NO_MEMORY;
    memcpy(bytes, text, (size_t)size);
    char *point = memchr(bytes, localeconv()->decimal_point[0], (size_t)size);
    if (point)
        *point = '.';
    *to = (hinge_string){bytes, (size_t)size};
    return HINGE_OK;
}

static hinge_status parse(const struct hinge_node *node, hinge_string s, hinge_type type,
                          void *number)
{
    char text[MAX_NUMBER], *point, *end = text;
    const size_t size = s.size < MAX_NUMBER ? s.size : 0;
    if (size)
        memcpy(text, s.bytes, size);
    text[size] = 0;
    if (type == HINGE_INT64) {
        *(int64_t *)number = strtoll(text, &end, 10);
    } else {
        if ((point = strchr(text, '.')))
            *point = localeconv()->decimal_point[0];
        *(float *)number = strtof(text, &end);
    }
    if (size == 0 || end != text + size)
        return OP_FAIL(node, HINGE_BAD_VALUE, "\"%.*s\" is no number",
                       (int)(s.size < MAX_NUMBER ? s.size : MAX_NUMBER), s.bytes);
    return HINGE_OK;
}

/* Element to of y = element from of values. */
static hinge_status cast(const struct hinge_node *node, const hinge_tensor *values, int64_t from,
                         int64_t to)
{
    const hinge_tensor *y = node->outputs[0];
    void *at = (char *)y->data + (size_t)to * hinge_size(y->type, 1);
    if (values->type == HINGE_STRING) {
        const hinge_string s = ((const hinge_string *)values->data)[from];
        if (y->type != HINGE_STRING)
            return parse(node, s, y->type, at);
        *(hinge_string *)at = s;
        return HINGE_OK;
    }
    const double number = (double)((const float *)values->data)[from];
    if (y->type == HINGE_STRING)
        return print(node, number, at);
    convert_from_double(y->type, at, &number, 1);
    return HINGE_OK;
}

static void sift(const int64_t *keys, uint32_t *order, int64_t n, int64_t at)
{
    const uint32_t place = order[at];
    for (int64_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && keys[order[child]] < keys[order[child + 1]])
            child++;
        if (keys[place] >= keys[order[child]])
            break;
        order[at] = order[child];
    }
    order[at] = place;
}

/* Sorts in the output's memory, whose elements are no smaller than places; from the last on they
 * take the places' memory. */
static hinge_status run_dense(const struct hinge_node *node, const hinge_tensor *keys,
                              const hinge_tensor *values)
{
    const int64_t n = hinge_count(keys);
    const int64_t *k = keys->data;
    if (n > UINT32_MAX)
        return OP_FAIL(node, HINGE_LIMIT, "the map has %lld entries", (long long)n);
    hinge_status status = node->host->resize(node, 0, 2, (int64_t[]){1, n});
    if (status)
        return status;
    uint32_t *order = node->outputs[0]->data;
    for (int64_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    for (int64_t i = n / 2; i-- > 0;)
        sift(k, order, n, i);
    for (int64_t i = n; i-- > 1;) {
        const uint32_t largest = order[0];
        order[0] = order[i];
        order[i] = largest;
        sift(k, order, i, 0);
    }
    for (int64_t i = n; i-- > 0 && !status;)
        status = cast(node, values, order[i], i);
    return status;
}

static hinge_status run_sparse(const struct hinge_node *node, const hinge_tensor *keys,
                               const hinge_tensor *values)
{
    hinge_tensor *y = node->outputs[0];
    const int64_t n = hinge_count(y);
    hinge_status status = HINGE_OK;
    memset(y->data, 0, hinge_size(y->type, n));
    for (int64_t i = 0; i < n && y->type == HINGE_STRING; i++)
        ((hinge_string *)y->data)[i] = (hinge_string){"0.f", 3};
    for (int64_t i = 0; i < hinge_count(keys) && !status; i++) {
        const int64_t key = ((const int64_t *)keys->data)[i];
        if (key < 0 || key >= n)
            return OP_FAIL(node, HINGE_BAD_VALUE, "the map has key %lld, and max_map is %lld",
                           (long long)key, (long long)n);
        status = cast(node, values, i, key);
    }
    return status;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *entries = node->inputs[0]->data;
    return is(node, MAP_FORM, "SPARSE") ? run_sparse(node, &entries[0], &entries[1])
                                        : run_dense(node, &entries[0], &entries[1]);
}

static const struct hinge_attribute_def attributes[] = {
    [CAST_TO] = {.name = "cast_to", .type = HINGE_ATTR_STRING, .s = "TO_FLOAT"},
    [MAP_FORM] = {.name = "map_form", .type = HINGE_ATTR_STRING, .s = "DENSE"},
    [MAX_MAP] = {.name = "max_map", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};

const struct hinge_op op_castmap[] = {
    {.name = "CastMap",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T1) -> (Y: T2); T1: map(int64, string) map(int64, float); "
                  "T2: string float int64",
     .attributes = attributes,
     .types = types,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
