#include "serve/body/elements_reader.h"

#include "base/number.h"
#include "files/json.h"
#include "serve/body/decimal.h"

#include <hinge/plugin.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

struct reader {
    hinge_tensor *tensor;
    const char *end;
    char *text;
    int64_t index;
    bool is_float;
};

/* What reads is given where it begins and returns where it ended: in registers, for from one number
 * to the next everything waits for that. NULL where there is no such thing. */

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

static const char *bad(const struct reader *reader, const char *at, hinge_error *error)
{
    size_t left = (size_t)(reader->end - at);
    error_set(error, HINGE_BAD_VALUE, "element %" PRId64 " is no %s: \"%.*s\"", reader->index,
              hinge_type_text(reader->tensor->type), (int)(left < 24 ? left : 24), at);
    return NULL;
}

static const char *word(const struct reader *reader, const char *at, const char *name)
{
    size_t size = strlen(name);
    bool is_there = (size_t)(reader->end - at) >= size && memcmp(at, name, size) == 0;
    return is_there ? at + size : NULL;
}

static const char *special(const struct reader *reader, const char *at, double *value)
{
    static const struct {
        const char *name;
        double value;
    } names[] = {{"NaN", (double)NAN},     {"\"NaN\"", (double)NAN},
                 {"Infinity", HUGE_VAL},   {"\"Infinity\"", HUGE_VAL},
                 {"-Infinity", -HUGE_VAL}, {"\"-Infinity\"", -HUGE_VAL}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *end = word(reader, at, names[i].name);
        *value = names[i].value;
        if (end)
            return end;
    }
    return NULL;
}

/* A half, correctly rounded; too large a value becomes an infinity, as in float. */
static uint64_t small_float(hinge_type type, double value)
{
    uint64_t infinity = type == HINGE_FLOAT16 ? 0x7c00 : 0x7f80, bits;
    if (isnan(value))
        return infinity | infinity >> 1;
    bits = isinf(value) || fabs(value) > 1e39 ? infinity : number_encode(type, fabs(value));
    return (bits < infinity ? bits : infinity) | (signbit(value) ? 0x8000u : 0u);
}

static bool store_float(struct reader *reader, double value, hinge_error *error)
{
    hinge_type type = reader->tensor->type;
    if (type == HINGE_FLOAT)
        ((float *)reader->tensor->data)[reader->index] = (float)value;
    else if (type == HINGE_DOUBLE)
        ((double *)reader->tensor->data)[reader->index] = value;
    else if (type == HINGE_FLOAT16 || type == HINGE_BFLOAT16)
        number_set_bits(reader->tensor, reader->index, small_float(type, value));
    else
        return error_set(error, HINGE_UNSUPPORTED, "%s is taken as binary data only",
                         hinge_type_text(type));
    return true;
}

/* Behind every array stands something that is no part of a number: its bracket. */
static const char *read_float(struct reader *reader, const char *at, hinge_error *error)
{
    struct decimal decimal;
    double value;
    const char *end = decimal_read(&decimal, at, reader->end);
    if (end)
        value = decimal_value(&decimal, at);
    else if (!(end = special(reader, at, &value)))
        return bad(reader, at, error);
    return store_float(reader, value, error) ? end : NULL;
}

/* The integer that is written with more digits than 19; false from 2^64 on. */
static bool long_integer(const char *at, const char *end, uint64_t *value)
{
    *value = 0;
    for (; at < end; at++)
        if (__builtin_mul_overflow(*value, 10u, value) ||
            __builtin_add_overflow(*value, (uint64_t)(*at - '0'), value))
            return false;
    return true;
}

static const char *read_integer(struct reader *reader, const char *at, hinge_error *error)
{
    struct decimal decimal;
    hinge_type type = reader->tensor->type;
    unsigned bits = hinge_type_bits(type);
    const char *end = decimal_read(&decimal, at, reader->end);
    if (!end || !decimal.is_integer || bits == 0 || bits > 64)
        return bad(reader, at, error);
    bool negative = decimal.is_negative;
    uint64_t value = decimal.digits, top = UINT64_MAX >> (64 - bits);
    bool fits = decimal.is_short || long_integer(at + negative, end, &value);
    if (number_is_signed(type))
        fits = fits && value <= top / 2 + negative;
    else
        fits = fits && value <= top && !(negative && value);
    if (!fits)
        return bad(reader, at, error);
    number_set_bits(reader->tensor, reader->index, negative ? -value : value);
    return end;
}

static const char *read_bool(struct reader *reader, const char *at, hinge_error *error)
{
    static const char *const names[] = {"false", "0", "true", "1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *end = word(reader, at, names[i]);
        ((bool *)reader->tensor->data)[reader->index] = i >= 2;
        if (end)
            return end;
    }
    return bad(reader, at, error);
}

static const char *read_string(struct reader *reader, const char *start, hinge_error *error)
{
    const char *at = start + 1;
    while (at < reader->end && *at != '"')
        at += *at == '\\' && at + 1 < reader->end ? 2 : 1;
    if (*start != '"' || at == reader->end)
        return bad(reader, start, error);
    size_t size = (size_t)(at + 1 - start);
    json_t *string = json_loadb(start, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!string)
        return bad(reader, start, error);
    size_t length = json_string_length(string);
    memcpy(reader->text, json_string_value(string), length);
    json_decref(string);
    ((hinge_string *)reader->tensor->data)[reader->index] = (hinge_string){reader->text, length};
    reader->text += length;
    return at + 1;
}

static const char *read_element(struct reader *reader, const char *at, hinge_error *error)
{
    if (reader->is_float)
        return read_float(reader, at, error);
    if (reader->tensor->type == HINGE_STRING)
        return read_string(reader, at, error);
    if (reader->tensor->type == HINGE_BOOL)
        return read_bool(reader, at, error);
    return read_integer(reader, at, error);
}

bool elements_read(hinge_tensor *tensor, char *text, const char *json, size_t size,
                   hinge_error *error)
{
    struct reader reader = {tensor, json + size, text, 0, number_is_float(tensor->type)};
    const char *at = json;
    int64_t count = hinge_count(tensor);
    size_t depth = 0;
    bool wants_value = true, may_close = false; /* may_close: right behind an opening bracket */
    do {
        at = skip_space(at, reader.end);
        char c = at < reader.end ? *at : '\0';
        if (c == '[' && wants_value) {
            depth++;
            may_close = true;
            at++;
        } else if (c == ']' && (!wants_value || may_close)) {
            depth--;
            wants_value = may_close = false;
            at++;
        } else if (c == ',' && !wants_value) {
            wants_value = true;
            may_close = false;
            at++;
        } else if (wants_value && c != '\0' && c != ']' && c != ',') {
            if (reader.index == count)
                return error_set(error, HINGE_BAD_SHAPE,
                                 "data has more elements than the shape, %" PRId64, count);
            at = read_element(&reader, at, error);
            if (!at)
                return false;
            reader.index++;
            wants_value = may_close = false;
        } else {
            return error_set(error, HINGE_BAD_FORMAT,
                             "data is no JSON array behind element %" PRId64, reader.index);
        }
    } while (depth > 0);
    return reader.index == count ||
           error_set(error, HINGE_BAD_SHAPE, "data has %" PRId64 " elements, the shape %" PRId64,
                     reader.index, count);
}
