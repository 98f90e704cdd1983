#include "files/npy_string.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static uint32_t code_point(const unsigned char *p, bool is_big_endian)
{
    return is_big_endian ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
                         : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Appends code as UTF-8; 0 where it is not a code point. */
static size_t put_utf8(char *to, uint32_t code)
{
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return 0;
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3F));
    to[0] = (char)(lead[n] | code);
    return n;
}

bool npy_take_strings(struct array *array, const unsigned char *data, size_t item, bool is_unicode,
                      bool is_big_endian, hinge_error *error)
{
    hinge_string *strings = array->tensor.data;
    int64_t count = array_count(&array->tensor);
    /* A code point takes at most 4 bytes in either form; item * count is a size that exists. */
    array->text = malloc(item * (size_t)count + 1);
    if (!array->text)
        return error_no_memory(error);
    char *end = array->text;
    for (int64_t i = 0; i < count; i++, data += item) {
        size_t unit = is_unicode ? 4 : 1, n = item / unit;
        static const unsigned char zeros[4];
        while (n > 0 && memcmp(data + (n - 1) * unit, zeros, unit) == 0)
            n--;
        strings[i].bytes = end;
        for (size_t j = 0; j < n; j++) {
            if (!is_unicode) {
                *end++ = (char)data[j];
                continue;
            }
            uint32_t code = code_point(data + 4 * j, is_big_endian);
            size_t written = put_utf8(end, code);
            if (written == 0)
                return error_set(error, HINGE_BAD_VALUE,
                                 "string %" PRId64 " has 0x%" PRIx32 ", which is no code point", i,
                                 code);
            end += written;
        }
        strings[i].size = (size_t)(end - strings[i].bytes);
    }
    return true;
}

bool npy_make_strings(const hinge_tensor *tensor, unsigned char **data, size_t *width,
                      hinge_error *error)
{
    const hinge_string *strings = tensor->data;
    int64_t count = array_count(tensor);
    uint32_t code;
    *width = 1;
    for (int64_t i = 0; i < count; i++) {
        size_t length = 0;
        for (size_t at = 0, n; at < strings[i].size; at += n, length++) {
            n = text_code_point(strings[i].bytes + at, strings[i].size - at, &code);
            if (n == 0 || (code == 0 && at + n == strings[i].size))
                return error_set(error, HINGE_BAD_VALUE,
                                 "string %" PRId64 " has no form in a .npy file: it %s", i,
                                 n ? "ends in a zero" : "is not UTF-8");
        }
        if (length > *width)
            *width = length;
    }
    size_t size;
    if (__builtin_mul_overflow(*width * 4, (size_t)count, &size))
        return error_set(error, HINGE_LIMIT, "the strings are too long");
    unsigned char *to = calloc(size + 1, 1);
    if (!to)
        return error_no_memory(error);
    *data = to;
    for (int64_t i = 0; i < count; i++, to += *width * 4) {
        unsigned char *unit = to;
        for (size_t at = 0; at < strings[i].size; unit += 4) {
            at += text_code_point(strings[i].bytes + at, strings[i].size - at, &code);
            for (int byte = 0; byte < 4; byte++)
                unit[byte] = (unsigned char)(code >> (8 * byte));
        }
    }
    return true;
}
