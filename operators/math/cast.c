/* Cast-6, -9, -13, -19, -21, -23, -24, -25, CastLike-15 to -25: between float, double, float16,
 * bfloat16, int8 to uint64, bool and string; the types below those are not there yet, so saturate
 * and round_mode have nothing to decide. A floating-point number that an integer type cannot hold
 * becomes the nearest int64 and loses its high bits; NaN becomes 0. */
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"
#include "operators/op.h"

#define GRAIN 16384
#define BLOCK 256
#define MAX_NUMBER 64 /* characters of a number in a string */

static void convert(hinge_type from, const uint8_t *x, hinge_type to, uint8_t *y, int64_t count)
{
    union {
        double f64[BLOCK];
        int64_t i64[BLOCK];
    } block;
    if (half_is(from) && to == HINGE_FLOAT) {
        half_load(from, (float *)(void *)y, (const uint16_t *)(const void *)x, count);
        return;
    }
    if (from == HINGE_FLOAT && half_is(to)) {
        half_store(to, (uint16_t *)(void *)y, (const float *)(const void *)x, count);
        return;
    }
    for (int64_t i = 0; i < count; i += BLOCK) {
        const int64_t n = count - i < BLOCK ? count - i : BLOCK;
        const uint8_t *at = x + hinge_size(from, i);
        if (convert_is_floating(from)) {
            convert_to_double(from, block.f64, at, n);
            convert_from_double(to, y + hinge_size(to, i), block.f64, n);
        } else {
            convert_to_int(from, block.i64, at, n);
            convert_from_int(to, from == HINGE_UINT64, y + hinge_size(to, i), block.i64, n);
        }
    }
}

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct hinge_node *node = argument;
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    convert(x->type, (const uint8_t *)x->data + hinge_size(x->type, begin), y->type,
            (uint8_t *)y->data + hinge_size(y->type, begin), end - begin);
}

/* The fewest digits that read back as the same number. The decimal point is the locale's. */
static void print_real(char *text, size_t size, double value, bool is_double)
{
    if (isnan(value) || isinf(value)) {
        snprintf(text, size, "%s", isnan(value) ? "NaN" : value > 0 ? "INF" : "-INF");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        const double back = strtod(text, NULL);
        if (is_double ? back == value : (float)back == (float)value)
            break;
    }
    char *point = strstr(text, localeconv()->decimal_point);
    if (point)
        *point = '.';
}

static hinge_status to_strings(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_string *y = node->outputs[0]->data;
    const int64_t count = hinge_count(x);
    for (int64_t i = 0; i < count; i++) {
        char text[MAX_NUMBER];
        const uint8_t *at = (const uint8_t *)x->data + hinge_size(x->type, i);
        if (convert_is_floating(x->type)) {
            double value;
            convert_to_double(x->type, &value, at, 1);
            print_real(text, sizeof text, value, x->type == HINGE_DOUBLE);
        } else {
            int64_t value;
            convert_to_int(x->type, &value, at, 1);
            if (x->type == HINGE_BOOL)
                snprintf(text, sizeof text, "%s", value ? "True" : "False");
            else if (x->type == HINGE_UINT64)
                snprintf(text, sizeof text, "%" PRIu64, (uint64_t)value);
            else
                snprintf(text, sizeof text, "%" PRId64, value);
        }
        const size_t size = strlen(text);
        char *bytes = node->host->alloc_string(node, size);
        if (!bytes)
            return HINGE_NO_MEMORY;
        memcpy(bytes, text, size);
        y[i] = (hinge_string){bytes, size};
    }
    return HINGE_OK;
}

static hinge_status from_strings(const struct hinge_node *node)
{
    const hinge_string *x = node->inputs[0]->data;
    hinge_tensor *y = node->outputs[0];
    const int64_t count = hinge_count(node->inputs[0]);
    for (int64_t i = 0; i < count; i++) {
        char text[MAX_NUMBER], *end = text;
        uint8_t *at = (uint8_t *)y->data + hinge_size(y->type, i);
        const size_t size = x[i].size < sizeof text ? x[i].size : 0;
        if (size)
            memcpy(text, x[i].bytes, size);
        text[size] = '\0';
        char *point = strchr(text, '.');
        const bool is_integer = !convert_is_floating(y->type) && !point;
        if (point)
            *point = localeconv()->decimal_point[0];
        if (is_integer) {
            const int64_t value =
                text[0] == '-' ? strtoll(text, &end, 10) : (int64_t)strtoull(text, &end, 10);
            convert_from_int(y->type, y->type == HINGE_UINT64, at, &value, 1);
        } else {
            const double value = strtod(text, &end);
            convert_from_double(y->type, at, &value, 1);
        }
        if (size == 0 || end != text + size)
            return OP_FAIL(node, HINGE_BAD_VALUE, "element %lld is no number", (long long)i);
    }
    return HINGE_OK;
}

static hinge_status cast(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    const int64_t count = hinge_count(x);
    if (x->type == y->type) {
        if (y->data != x->data && count)
            memcpy(y->data, x->data, hinge_size(x->type, count));
        return HINGE_OK;
    }
    if (y->type == HINGE_STRING)
        return to_strings(node);
    if (x->type == HINGE_STRING)
        return from_strings(node);
    if (count <= GRAIN || node->n_threads == 1)
        part((void *)(uintptr_t)node, 0, count, 0);
    else
        node->host->parallel(node, count, GRAIN, part, (void *)(uintptr_t)node);
    return HINGE_OK;
}

static bool cast_is_identity(const struct hinge_node *node)
{
    return node->attributes[0].i == (int64_t)node->inputs[0]->type;
}

static bool cast_like_is_identity(const struct hinge_node *node)
{
    return node->inputs[0]->type == node->inputs[1]->type;
}

static const struct hinge_attribute_def cast_attributes[] = {
    {.name = "to", .type = HINGE_ATTR_INT, .required = true},
    {.name = "saturate", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "round_mode", .type = HINGE_ATTR_STRING, .s = "up"},
    {.name = NULL}};
static const struct hinge_attribute_def cast_like_attributes[] = {
    {.name = "saturate", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "round_mode", .type = HINGE_ATTR_STRING, .s = "up"},
    {.name = NULL}};

#define CAST_TYPES OP_TYPES_NUMBER " bool string"

const struct hinge_op op_cast[] = {
    {.name = "Cast",
     .since = 6,
     .signature = "(input: T1) -> (output: T2); T1: " CAST_TYPES "; T2@to: " CAST_TYPES,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = cast_attributes,
     .infer = op_infer_same,
     .is_identity = cast_is_identity,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, cast})},
    {.name = "CastLike",
     .since = 15,
     .signature =
         "(input: T1, target_type: T2) -> (output: T2); T1: " CAST_TYPES "; T2: " CAST_TYPES,
     .attributes = cast_like_attributes,
     .infer = op_infer_same,
     .is_identity = cast_like_is_identity,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, cast})},
    OP_END,
};
