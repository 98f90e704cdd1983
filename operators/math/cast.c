/* Cast-1, whose `to` is a text, -6, -9 with strings, -13 with bfloat16, -19 with float8, -21 with
 * int4 and uint4, -23 with float4e2m1, -24 with float8e8m0, -25 with int2 and uint2; CastLike-15
 * to -25 with the same types from version to version.
 *
 * A floating-point number that an integer type cannot hold becomes the nearest int64 (truncated, as
 * int4 too) and loses its high bits; NaN becomes 0. Infinity saturates to the largest number of
 * every float8 type: up to version 23 the standard's table had NaN for the two FNUZ types. Of
 * negative numbers, for which the standard leaves it open, float8e8m0 gets the magnitude. */
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "operators/kernels/convert.h"
#include "operators/op/op.h"

#define GRAIN 16384
#define BLOCK 256
#define GROUP 8        /* elements that begin with a byte, whatever their type */
#define MAX_NUMBER 512 /* characters of a number in a string */

/* Attributes, from the version on that has them. Cast's other one, `to`, is the first. */
static struct minifloat_rule rule_of(const struct hinge_node *node, unsigned saturate)
{
    struct minifloat_rule rule = {false, MINIFLOAT_UP};
    if (node->opset >= 19)
        rule.no_saturate = node->attributes[saturate].i == 0;
    if (node->opset >= 24) {
        const hinge_string mode = node->attributes[saturate + 1].s;
        rule.e8m0 = mode.size == 2   ? MINIFLOAT_UP
                    : mode.size == 4 ? MINIFLOAT_DOWN
                                     : MINIFLOAT_NEAREST;
    }
    return rule;
}

static hinge_status check_mode(const struct hinge_node *node, unsigned saturate)
{
    static const char *const modes[] = {"up", "down", "nearest"};
    if (node->opset < 24)
        return HINGE_OK;
    const hinge_string mode = node->attributes[saturate + 1].s;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (mode.size == strlen(modes[i]) && !memcmp(mode.bytes, modes[i], mode.size))
            return HINGE_OK;
    return OP_FAIL(node, HINGE_BAD_MODEL, "round_mode is \"%.*s\", not up, down or nearest",
                   (int)(mode.size < 99 ? mode.size : 99), mode.bytes);
}

static void convert_blocks(hinge_type from, const uint8_t *x, hinge_type to,
                           const struct minifloat_rule *rule, uint8_t *y, int64_t count)
{
    union {
        float f32[BLOCK];
        double f64[BLOCK];
        int64_t i64[BLOCK];
    } block;
    for (int64_t i = 0; i < count; i += BLOCK) {
        const int64_t n = count - i < BLOCK ? count - i : BLOCK;
        const uint8_t *from_at = x + hinge_size(from, i);
        uint8_t *to_at = y + hinge_size(to, i);
        if (convert_is_real(to) && convert_fits_float(from)) {
            convert_to_float(from, block.f32, from_at, n);
            convert_from_float(to, rule, to_at, block.f32, n);
        } else if (convert_is_real(from)) {
            convert_to_double(from, block.f64, from_at, n);
            convert_from_double_by(to, rule, to_at, block.f64, n);
        } else {
            convert_to_int(from, block.i64, from_at, n);
            convert_from_int_by(to, rule, from == HINGE_UINT64, to_at, block.i64, n);
        }
    }
}

static void convert(hinge_type from, const uint8_t *x, hinge_type to,
                    const struct minifloat_rule *rule, uint8_t *y, int64_t count)
{
    if (to == HINGE_FLOAT)
        convert_to_float(from, (float *)(void *)y, x, count);
    else if (to == HINGE_DOUBLE)
        convert_to_double(from, (double *)(void *)y, x, count);
    else if (from == HINGE_FLOAT)
        convert_from_float(to, rule, y, (const float *)(const void *)x, count);
    else if (from == HINGE_DOUBLE)
        convert_from_double_by(to, rule, y, (const double *)(const void *)x, count);
    else
        convert_blocks(from, x, to, rule, y, count);
}

struct job {
    const hinge_tensor *x;
    hinge_tensor *y;
    struct minifloat_rule rule;
};

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const hinge_type from = job->x->type, to = job->y->type;
    const int64_t count = hinge_count(job->x), first = begin * GROUP, last = end * GROUP;
    convert(from, (const uint8_t *)job->x->data + hinge_size(from, first), to, &job->rule,
            (uint8_t *)job->y->data + hinge_size(to, first), (last < count ? last : count) - first);
}

/* The fewest digits that read back as the same number, without an exponent as far as "%.8g"
 * (double:
 * "%.17g") goes. The decimal point is the locale's. */
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
    const double end = is_double ? 1e17 : 1e8;
    if (strchr(text, 'e') && fabs(value) >= 1 && fabs(value) < end)
        snprintf(text, size, "%.0f", value);
    char *point = strstr(text, localeconv()->decimal_point);
    if (point)
        *point = '.';
}

static void print_integer(char *text, size_t size, hinge_type type, int64_t value)
{
    if (type == HINGE_BOOL)
        snprintf(text, size, "%s", value ? "True" : "False");
    else if (type == HINGE_UINT64)
        snprintf(text, size, "%" PRIu64, (uint64_t)value);
    else
        snprintf(text, size, "%" PRId64, value);
}

static hinge_status to_strings(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_string *y = node->outputs[0]->data;
    const int64_t count = hinge_count(x);
    for (int64_t i = 0; i < count; i++) {
        char text[64];
        const uint8_t *group = (const uint8_t *)x->data + hinge_size(x->type, i / GROUP * GROUP);
        const int64_t at = i % GROUP;
        if (convert_is_real(x->type)) {
            double values[GROUP];
            convert_to_double(x->type, values, group, at + 1);
            print_real(text, sizeof text, values[at], x->type == HINGE_DOUBLE);
        } else {
            int64_t values[GROUP];
            convert_to_int(x->type, values, group, at + 1);
            print_integer(text, sizeof text, x->type, values[at]);
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

/* Reads the number as the type's; as an integer, in real only where it has no digits alone. */
static bool read_number(hinge_string string, hinge_type type, double *real, int64_t *integer)
{
    char text[MAX_NUMBER], *end = text;
    if (string.size == 0 || string.size >= sizeof text)
        return false;
    memcpy(text, string.bytes, string.size);
    text[string.size] = '\0';
    if (!convert_is_real(type)) {
        *integer = text[0] == '-' ? strtoll(text, &end, 10) : (int64_t)strtoull(text, &end, 10);
        if (end == text + string.size)
            return true;
    }
    char *point = strchr(text, '.');
    if (point)
        *point = localeconv()->decimal_point[0];
    *real = type == HINGE_FLOAT ? (double)strtof(text, &end) : strtod(text, &end);
    if (!convert_is_real(type))
        convert_from_double(type == HINGE_UINT64 ? type : HINGE_INT64, integer, real, 1);
    return end == text + string.size;
}

static hinge_status from_strings(const struct hinge_node *node, const struct minifloat_rule *rule)
{
    const hinge_string *x = node->inputs[0]->data;
    hinge_tensor *y = node->outputs[0];
    const int64_t count = hinge_count(node->inputs[0]);
    for (int64_t i = 0; i < count; i += GROUP) {
        double reals[GROUP];
        int64_t integers[GROUP];
        uint8_t *at = (uint8_t *)y->data + hinge_size(y->type, i);
        const int64_t n = count - i < GROUP ? count - i : GROUP;
        for (int64_t k = 0; k < n; k++)
            if (!read_number(x[i + k], y->type, &reals[k], &integers[k]))
                return OP_FAIL(node, HINGE_BAD_VALUE, "element %" PRId64 " is no number", i + k);
        if (convert_is_real(y->type))
            convert_from_double_by(y->type, rule, at, reals, n);
        else
            convert_from_int_by(y->type, rule, y->type == HINGE_UINT64, at, integers, n);
    }
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node, struct minifloat_rule rule)
{
    struct job job = {node->inputs[0], node->outputs[0], rule};
    const int64_t count = hinge_count(job.x), n_groups = count / GROUP + (count % GROUP != 0);
    if (job.x->type == job.y->type) {
        if (job.y->data != job.x->data && count)
            memcpy(job.y->data, job.x->data, hinge_size(job.x->type, count));
        return HINGE_OK;
    }
    if (job.y->type == HINGE_STRING)
        return to_strings(node);
    if (job.x->type == HINGE_STRING)
        return from_strings(node, &rule);
    if (count <= GRAIN || node->n_threads == 1)
        part(&job, 0, n_groups, 0);
    else
        node->host->parallel(node, n_groups, GRAIN / GROUP, part, &job);
    return HINGE_OK;
}

static hinge_status cast_init(struct hinge_node *node)
{
    return check_mode(node, 1);
}

static hinge_status cast(const struct hinge_node *node)
{
    return run(node, rule_of(node, 1));
}

static hinge_status cast_like_init(struct hinge_node *node)
{
    return check_mode(node, 0);
}

static hinge_status cast_like(const struct hinge_node *node)
{
    return run(node, rule_of(node, 0));
}

static bool is_identity(const struct hinge_node *node)
{
    const hinge_tensor *y = op_output(node, 0);
    return y && y->type == node->inputs[0]->type;
}

/* Of version 1: the name that the standard's protobuf has for the type. */
static hinge_status named_type(const struct hinge_node *node, const hinge_type_code *inputs,
                               hinge_type_code *outputs)
{
    (void)inputs;
    static const struct {
        const char *name;
        hinge_type type;
    } names[] = {
#define NAME(type, number, bits, text) {text, type},
        HINGE_TYPES(NAME)
#undef NAME
    };
    const hinge_string to = node->attributes[0].s;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (to.size == strlen(names[i].name) && !strncasecmp(to.bytes, names[i].name, to.size)) {
            outputs[0] = names[i].type;
            return HINGE_OK;
        }
    return OP_FAIL(node, HINGE_BAD_MODEL, "to is \"%.*s\", which is no type",
                   (int)(to.size < 99 ? to.size : 99), to.bytes);
}

static const struct hinge_attribute_def to_text[] = {
    {.name = "to", .type = HINGE_ATTR_STRING, .required = true}, {.name = NULL}};
static const struct hinge_attribute_def to[] = {
    {.name = "to", .type = HINGE_ATTR_INT, .required = true}, {.name = NULL}};
static const struct hinge_attribute_def to_saturate[] = {
    {.name = "to", .type = HINGE_ATTR_INT, .required = true},
    {.name = "saturate", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};
static const struct hinge_attribute_def to_saturate_mode[] = {
    {.name = "to", .type = HINGE_ATTR_INT, .required = true},
    {.name = "saturate", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "round_mode", .type = HINGE_ATTR_STRING, .s = "up"},
    {.name = NULL}};

#define TYPES_1 "float16 float double " OP_TYPES_SIGNED " " OP_TYPES_UNSIGNED " bool"
#define TYPES_9 TYPES_1 " string"
#define TYPES_13 TYPES_9 " bfloat16"
#define TYPES_19 TYPES_13 " float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz"
#define TYPES_21 TYPES_19 " uint4 int4"
#define TYPES_23 TYPES_21 " float4e2m1"
#define TYPES_24 TYPES_23 " float8e8m0"
#define TYPES_25 TYPES_24 " uint2 int2"

#define CAST(type_list, ...)                                                                       \
    {                                                                                              \
        .name = "Cast", .gradient = "CastLike(dy, x)",                                             \
        .signature = "(input: T1) -> (output: T2); T1: " type_list "; T2@to: " type_list,          \
        .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,                 \
        .init = cast_init, .is_identity = is_identity,                                             \
        .kernels = HINGE_KERNELS({HINGE_NO_TYPE, cast}), __VA_ARGS__                               \
    }
#define CAST_LIKE(type_list, ...)                                                                  \
    {                                                                                              \
        .name = "CastLike", .gradient = "CastLike(dy, x) | 0",                                     \
        .signature =                                                                               \
            "(input: T1, target_type: T2) -> (output: T2); T1: " type_list "; T2: " type_list,     \
        .infer = op_infer_same, .init = cast_like_init, .is_identity = is_identity,                \
        .kernels = HINGE_KERNELS({HINGE_NO_TYPE, cast_like}), __VA_ARGS__                          \
    }

const struct hinge_op op_cast[] = {
    {.name = "Cast",
     .gradient = "CastLike(dy, x)",
     .since = 1,
     .until = 5,
     .signature = "(input: T1) -> (output: T2); T1: " TYPES_1 "; T2: " TYPES_1,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = to_text,
     .types = named_type,
     .infer = op_infer_same,
     .is_identity = is_identity,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, cast})},
    CAST(TYPES_1, .since = 6, .until = 8, .attributes = to),
    CAST(TYPES_9, .since = 9, .until = 12, .attributes = to),
    CAST(TYPES_13, .since = 13, .until = 18, .attributes = to),
    CAST(TYPES_19, .since = 19, .until = 20, .attributes = to_saturate),
    CAST(TYPES_21, .since = 21, .until = 22, .attributes = to_saturate),
    CAST(TYPES_23, .since = 23, .until = 23, .attributes = to_saturate),
    CAST(TYPES_24, .since = 24, .until = 24, .attributes = to_saturate_mode),
    CAST(TYPES_25, .since = 25, .attributes = to_saturate_mode),
    CAST_LIKE(TYPES_13, .since = 15, .until = 18),
    CAST_LIKE(TYPES_19, .since = 19, .until = 20, .attributes = to_saturate + 1),
    CAST_LIKE(TYPES_21, .since = 21, .until = 22, .attributes = to_saturate + 1),
    CAST_LIKE(TYPES_23, .since = 23, .until = 23, .attributes = to_saturate + 1),
    CAST_LIKE(TYPES_24, .since = 24, .until = 24, .attributes = to_saturate_mode + 1),
    CAST_LIKE(TYPES_25, .since = 25, .attributes = to_saturate_mode + 1),
    OP_END,
};
