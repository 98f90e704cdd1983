/* Code points of UTF-8, one after the other; bytes that are none are handed through. */
#ifndef KERNELS_UTF8_H
#define KERNELS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX 4                  /* bytes of a code point */
#define UTF8_RAW UINT32_C(0x800000) /* + a byte that begins no code point */

/* The code point at *at, which is before end; goes on behind it. */
static inline uint32_t utf8_next(const char **at, const char *end)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)*at;
    const unsigned lead = bytes[0];
    const int size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size == 1) {
        *at += 1;
        return lead;
    }
    uint32_t code = size ? lead & (0x7fU >> size) : 0;
    bool valid = size && lead < 0xf5 && end - *at >= size;
    for (int i = 1; i < size && valid; i++) {
        valid = (bytes[i] & 0xc0) == 0x80;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    if (!valid || code < least[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        *at += 1;
        return UTF8_RAW + lead;
    }
    *at += size;
    return code;
}

/* Writes what utf8_next returned and returns how many bytes that are. */
static inline size_t utf8_put(char *to, uint32_t code)
{
    if (code < 0x80 || code >= UTF8_RAW) {
        to[0] = (char)(code & 0xff);
        return 1;
    }
    const size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    to[0] = (char)(code | (0xf0U << (4 - size) & 0xff));
    return size;
}

#endif
