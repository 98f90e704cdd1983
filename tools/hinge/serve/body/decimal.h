/* Numbers as JSON writes them. */
#ifndef SERVE_DECIMAL_H
#define SERVE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

struct decimal {
    uint64_t digits;  /* all of them as one integer, without the sign; modulo 2^64 */
    int64_t exponent; /* the power of ten that they are multiplied by */
    bool is_negative;
    bool is_integer; /* neither fraction nor exponent are written */
    bool is_short;   /* digits is exact: there are at most 19 */
};

/* The number at that place, of the characters in front of end. Returns what is behind it; NULL
 * where there is none, and *decimal is nothing. */
const char *decimal_read(struct decimal *decimal, const char *at, const char *end);

/* Its value, correctly rounded. text is where it was read, and what stands behind it there, within
 * readable memory, is no part of a number. */
double decimal_value(const struct decimal *decimal, const char *text);

#endif
