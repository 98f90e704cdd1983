#include "files/npy.h"

#include "base/number.h"
#include "files/file.h"
#include "files/npy_string.h"

#include <hinge/plugin.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6u

/* The header is the text of a Python dictionary. */
struct cursor {
    const char *at, *end;
};

static bool accept(struct cursor *cursor, char wanted)
{
    while (cursor->at < cursor->end && strchr(" \t\n\r", *cursor->at) && *cursor->at)
        cursor->at++;
    if (cursor->at == cursor->end || *cursor->at != wanted)
        return false;
    cursor->at++;
    return true;
}

static bool quoted(struct cursor *cursor, const char **text, size_t *size)
{
    char quote = accept(cursor, '\'') ? '\'' : accept(cursor, '"') ? '"' : '\0';
    if (!quote)
        return false;
    *text = cursor->at;
    while (cursor->at < cursor->end && *cursor->at != quote)
        cursor->at++;
    *size = (size_t)(cursor->at - *text);
    return accept(cursor, quote);
}

static bool is_text(const char *text, size_t size, const char *wanted)
{
    return size == strlen(wanted) && memcmp(text, wanted, size) == 0;
}

static bool number(struct cursor *cursor, int64_t *value)
{
    const char *start = cursor->at;
    *value = 0;
    for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++)
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, *cursor->at - '0', value))
            return false;
    return cursor->at > start;
}

static bool parse_descr(struct npy_header *header, struct cursor *cursor, hinge_error *error)
{
    const char *text;
    size_t size;
    if (!quoted(cursor, &text, &size))
        return error_set(error, HINGE_UNSUPPORTED, "arrays of records are not supported");
    struct cursor rest = {text, text + size};
    int64_t item = 0;
    header->order = '|';
    if (size && strchr("<>|=", *text))
        header->order = *rest.at++;
    header->kind = rest.at < rest.end ? *rest.at++ : '\0';
    if (header->kind == '?' || header->kind == 'O')
        item = 1;
    else if (!number(&rest, &item))
        return error_set(error, HINGE_BAD_FORMAT, "type \"%.*s\" is not one of NumPy's",
                         (int)(size > 40 ? 40 : size), text);
    if (rest.at != rest.end || !header->kind || !strchr("fiubcUSV?", header->kind))
        return error_set(error, HINGE_UNSUPPORTED, "arrays of type \"%.*s\" are not supported",
                         (int)(size > 40 ? 40 : size), text);
    header->item = (size_t)item;
    return true;
}

static bool parse_shape(struct npy_header *header, struct cursor *cursor, hinge_error *error)
{
    bool good = accept(cursor, '('), closed = false;
    while (good && !(closed = accept(cursor, ')'))) {
        accept(cursor, ' ');
        int64_t dim;
        if (!number(cursor, &dim))
            break;
        accept(cursor, 'L'); /* as Python 2 wrote it */
        if (header->rank == HINGE_MAX_RANK)
            return error_set(error, HINGE_LIMIT, "more than %d dimensions", HINGE_MAX_RANK);
        header->dims[header->rank++] = dim;
        if (!accept(cursor, ',')) {
            closed = accept(cursor, ')');
            break;
        }
    }
    return closed || error_set(error, HINGE_BAD_FORMAT, "the shape in the header is not valid");
}

static bool parse_header(struct npy_header *header, struct cursor cursor, hinge_error *error)
{
    bool has_descr = false, has_order = false, has_shape = false;
    if (!accept(&cursor, '{'))
        return error_set(error, HINGE_BAD_FORMAT, "the header is not a dictionary");
    while (!accept(&cursor, '}')) {
        const char *key;
        size_t size;
        if (!quoted(&cursor, &key, &size) || !accept(&cursor, ':'))
            return error_set(error, HINGE_BAD_FORMAT, "the header is not a dictionary");
        if (is_text(key, size, "descr") && !has_descr) {
            has_descr = true;
            accept(&cursor, ' ');
            if (!parse_descr(header, &cursor, error))
                return false;
        } else if (is_text(key, size, "fortran_order") && !has_order) {
            has_order = true;
            header->fortran = accept(&cursor, 'T');
            const char *rest = header->fortran ? "rue" : "False";
            for (; *rest; rest++)
                if (!accept(&cursor, *rest))
                    return error_set(error, HINGE_BAD_FORMAT, "fortran_order is not a truth value");
        } else if (is_text(key, size, "shape") && !has_shape) {
            has_shape = true;
            if (!parse_shape(header, &cursor, error))
                return false;
        } else {
            return error_set(error, HINGE_BAD_FORMAT, "the header has an unknown or double key");
        }
        if (!accept(&cursor, ',')) {
            if (accept(&cursor, '}'))
                break;
            return error_set(error, HINGE_BAD_FORMAT, "the header is cut short");
        }
    }
    return (has_descr && has_order && has_shape) ||
           error_set(error, HINGE_BAD_FORMAT, "the header lacks descr, fortran_order or shape");
}

/* The type of elements that the file's kind and size stand for, given what the reader wants. */
static hinge_type element_type(const struct npy_header *header, hinge_type wanted)
{
    static const struct {
        char kind;
        unsigned char item;
        hinge_type type;
    } names[] = {
        {'f', 2, HINGE_FLOAT16}, {'f', 4, HINGE_FLOAT},     {'f', 8, HINGE_DOUBLE},
        {'i', 1, HINGE_INT8},    {'i', 2, HINGE_INT16},     {'i', 4, HINGE_INT32},
        {'i', 8, HINGE_INT64},   {'u', 1, HINGE_UINT8},     {'u', 2, HINGE_UINT16},
        {'u', 4, HINGE_UINT32},  {'u', 8, HINGE_UINT64},    {'b', 1, HINGE_BOOL},
        {'?', 1, HINGE_BOOL},    {'c', 8, HINGE_COMPLEX64}, {'c', 16, HINGE_COMPLEX128},
    };
    bool nameless =
        wanted == HINGE_BFLOAT16 ||
        (number_is_float(wanted) && wanted > HINGE_BFLOAT16 && hinge_type_bits(wanted) == 8);
    if (nameless && (header->kind == 'V' || header->kind == 'u') &&
        header->item * 8 == hinge_type_bits(wanted))
        return wanted;
    if (header->kind == 'U' || header->kind == 'S')
        return HINGE_STRING;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].kind == header->kind && names[i].item == header->item)
            return names[i].type;
    return HINGE_NO_TYPE;
}

static void reverse(unsigned char *data, int64_t count, size_t part)
{
    for (int64_t i = 0; i < count; i++, data += part)
        for (size_t j = 0; j < part / 2; j++) {
            unsigned char byte = data[j];
            data[j] = data[part - 1 - j];
            data[part - 1 - j] = byte;
        }
}

/* Copies elements of item bytes from column-major to row-major order. */
static void transpose(unsigned char *to, const unsigned char *from, const hinge_tensor *tensor,
                      size_t item)
{
    int64_t count = array_count(tensor), index[HINGE_MAX_RANK] = {0};
    for (int64_t i = 0; i < count; i++) {
        int64_t offset = 0;
        for (int32_t axis = tensor->rank - 1; axis >= 0; axis--)
            offset = offset * tensor->dims[axis] + index[axis];
        memcpy(to + (size_t)i * item, from + (size_t)offset * item, item);
        for (int32_t axis = tensor->rank - 1; axis >= 0; axis--) {
            if (++index[axis] < tensor->dims[axis])
                break;
            index[axis] = 0;
        }
    }
}

/* int8 or uint8 elements to a packed type. */
static bool pack(struct array *array, hinge_type wanted, hinge_error *error)
{
    struct array packed;
    hinge_tensor *bytes = &array->tensor;
    if (!array_create(&packed, wanted, bytes->rank, bytes->dims, error))
        return false;
    unsigned bits = hinge_type_bits(wanted);
    bool negative = number_is_signed(wanted);
    int low = negative ? -(1 << (bits - 1)) : 0, high = low + (1 << bits) - 1;
    int64_t count = array_count(bytes);
    for (int64_t i = 0; i < count; i++) {
        int value = (int)number_value(bytes, i);
        if (value < low || value > high) {
            array_free(&packed);
            return error_set(error, HINGE_BAD_VALUE,
                             "element %" PRId64 " is %d, outside %s's %d to %d", i, value,
                             hinge_type_text(wanted), low, high);
        }
        number_set_bits(&packed.tensor, i, (uint64_t)value);
    }
    array_free(array);
    *array = packed;
    return true;
}

/* Bytes an element takes in the file. */
static size_t item_size(const struct npy_header *header)
{
    return header->kind == 'U' ? header->item * 4 : header->item;
}

bool npy_check_size(const struct npy_header *header, size_t size, hinge_error *error)
{
    size_t total = 1;
    bool fits = header->item <= SIZE_MAX / 4;
    for (int32_t i = 0; i < header->rank; i++)
        fits = fits && !__builtin_mul_overflow(total, (size_t)header->dims[i], &total);
    if (header->item == 0 && total > 0)
        return error_set(error, HINGE_UNSUPPORTED, "elements of no size are not supported");
    fits = fits && !__builtin_mul_overflow(total, item_size(header), &total);
    if (!fits || total > size)
        return error_set(error, HINGE_BAD_FORMAT,
                         "the file is cut short: its header promises more elements than follow");
    return total == size ||
           error_set(error, HINGE_BAD_FORMAT, "%zu bytes follow the last element", size - total);
}

static bool fill(struct array *array, const struct npy_header *header, const unsigned char *data,
                 size_t size, hinge_error *error)
{
    hinge_tensor *tensor = &array->tensor;
    size_t item = item_size(header);
    unsigned char *turned = NULL;
    if (header->fortran && tensor->rank > 1) {
        turned = malloc(size + 1);
        if (!turned)
            return error_no_memory(error);
        transpose(turned, data, tensor, item);
        data = turned;
    }
    bool ok = true;
    if (tensor->type == HINGE_STRING) {
        ok = npy_take_strings(array, data, item, header->kind == 'U', header->order == '>', error);
    } else if (size) {
        memcpy(tensor->data, data, size);
        size_t part = header->kind == 'c' ? item / 2 : item;
        if (header->order == '>' && part > 1)
            reverse(tensor->data, (int64_t)(size / part), part);
    }
    free(turned);
    return ok;
}

bool npy_is_one(const unsigned char *bytes, size_t size)
{
    return size >= MAGIC_SIZE && memcmp(bytes, MAGIC, MAGIC_SIZE) == 0;
}

bool npy_parse_header(const unsigned char *bytes, size_t size, hinge_type wanted,
                      struct npy_header *header, hinge_error *error)
{
    *header = (struct npy_header){0};
    if (size < 10 || !npy_is_one(bytes, size))
        return error_set(error, HINGE_BAD_FORMAT, "not a .npy file");
    unsigned version = bytes[6];
    size_t start = version == 1 ? 10 : 12;
    if (version < 1 || version > 3)
        return error_set(error, HINGE_UNSUPPORTED, ".npy format version %u is not known", version);
    if (size < start)
        return error_set(error, HINGE_BAD_FORMAT, "the header is cut short");
    size_t length = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (version > 1)
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > size - start)
        return error_set(error, HINGE_BAD_FORMAT, "the header is cut short");
    const char *text = (const char *)bytes + start;
    if (!parse_header(header, (struct cursor){text, text + length}, error))
        return false;
    header->size = start + length;
    header->type = element_type(header, wanted);
    return header->type != HINGE_NO_TYPE ||
           error_set(error, HINGE_UNSUPPORTED, "arrays of type \"%c%zu\" are not supported",
                     header->kind, header->item);
}

bool npy_take(const struct npy_header *header, const unsigned char *data, size_t size,
              hinge_type wanted, struct array *array, hinge_error *error)
{
    *array = (struct array){0};
    bool ok = npy_check_size(header, size, error) &&
              array_create(array, header->type, header->rank, header->dims, error) &&
              fill(array, header, data, size, error);
    if (ok && hinge_type_bits(wanted) && hinge_type_bits(wanted) < 8 &&
        (header->type == HINGE_INT8 || header->type == HINGE_UINT8))
        ok = pack(array, wanted, error);
    if (ok)
        array_canonicalise(array);
    else
        array_free(array);
    return ok;
}

bool npy_parse(const unsigned char *bytes, size_t size, hinge_type wanted, struct array *array,
               hinge_error *error)
{
    struct npy_header header;
    *array = (struct array){0};
    return npy_parse_header(bytes, size, wanted, &header, error) &&
           npy_take(&header, bytes + header.size, size - header.size, wanted, array, error);
}

bool npy_read(const char *path, hinge_type wanted, struct array *array, hinge_error *error)
{
    unsigned char *bytes;
    size_t size;
    *array = (struct array){0};
    if (!file_read(path, &bytes, &size, error))
        return false;
    bool ok = npy_parse(bytes, size, wanted, array, error);
    free(bytes);
    return ok || error_prefix(error, "%s", path);
}

/* The kind and size letters of a type; NULL for strings. */
static const char *type_name(hinge_type type)
{
    switch (type) {
    case HINGE_BOOL: return "|b1";
    case HINGE_INT8:
    case HINGE_INT4:
    case HINGE_INT2: return "|i1";
    case HINGE_UINT8:
    case HINGE_UINT4:
    case HINGE_UINT2:
    case HINGE_FLOAT4E2M1: return "|u1";
    case HINGE_INT16: return "<i2";
    case HINGE_UINT16: return "<u2";
    case HINGE_INT32: return "<i4";
    case HINGE_UINT32: return "<u4";
    case HINGE_INT64: return "<i8";
    case HINGE_UINT64: return "<u8";
    case HINGE_FLOAT16: return "<f2";
    case HINGE_FLOAT: return "<f4";
    case HINGE_DOUBLE: return "<f8";
    case HINGE_COMPLEX64: return "<c8";
    case HINGE_COMPLEX128: return "<c16";
    case HINGE_BFLOAT16: return "<V2";
    case HINGE_FLOAT8E4M3FN:
    case HINGE_FLOAT8E4M3FNUZ:
    case HINGE_FLOAT8E5M2:
    case HINGE_FLOAT8E5M2FNUZ:
    case HINGE_FLOAT8E8M0: return "|V1";
    default: return NULL;
    }
}

size_t npy_make_header(char bytes[NPY_HEADER_SIZE], const char *type, const hinge_tensor *tensor,
                       size_t least)
{
    const char *name = type ? type : type_name(tensor->type);
    memcpy(bytes, MAGIC "\1", 8);
    int n = 10;
    n += sprintf(bytes + n, "{'descr': '%s', 'fortran_order': False, 'shape': (", name);
    for (int32_t i = 0; i < tensor->rank; i++)
        n += sprintf(bytes + n, "%" PRId64 ",%s", tensor->dims[i], i + 1 < tensor->rank ? " " : "");
    n += sprintf(bytes + n, "), }");
    while ((n + 1) % 64 || (size_t)n + 1 < least)
        bytes[n++] = ' ';
    bytes[n++] = '\n';
    bytes[8] = (char)((n - 10) & 255);
    bytes[9] = (char)((n - 10) >> 8);
    return (size_t)n;
}

bool npy_make(struct npy_parts *parts, const hinge_tensor *tensor, hinge_error *error)
{
    char kind[32];
    const char *name = NULL;
    int64_t count = array_count(tensor);
    *parts = (struct npy_parts){.data = tensor->data, .size = array_size(tensor)};
    if (tensor->type == HINGE_STRING) {
        size_t width;
        if (!npy_make_strings(tensor, &parts->copy, &width, error))
            return false;
        snprintf(kind, sizeof kind, "<U%zu", width);
        name = kind;
        parts->size = width * 4 * (size_t)count;
    } else if (hinge_type_bits(tensor->type) < 8) {
        parts->copy = malloc((size_t)count + 1);
        if (!parts->copy)
            return error_no_memory(error);
        for (int64_t i = 0; i < count; i++)
            parts->copy[i] = number_is_float(tensor->type)
                                 ? (unsigned char)number_bits(tensor, i)
                                 : (unsigned char)(int)number_value(tensor, i);
        parts->size = (size_t)count;
    }
    if (parts->copy)
        parts->data = parts->copy;
    parts->header_size = npy_make_header(parts->header, name, tensor, 0);
    return true;
}

bool npy_write(const char *path, const hinge_tensor *tensor, hinge_error *error)
{
    struct npy_parts parts;
    if (!npy_make(&parts, tensor, error))
        return error_prefix(error, "%s", path);
    bool ok = file_write(
        path, (struct file_part[]){{parts.header, parts.header_size}, {parts.data, parts.size}}, 2,
        error);
    free(parts.copy);
    return ok;
}
