#include "operators/text/regex.h"

#include <stdio.h>
#include <string.h>

#define MAX_REPEAT 1000 /* RE2's */
#define MAX_DEPTH 250   /* PCRE2's, of groups */

struct translation {
    const char *bytes;
    size_t size, at;
    char *to;
    size_t to_size;
    /* What was read last: a quantifier; or something of one code point, from there on in to. */
    bool quantified, single;
    size_t from;
    bool multiline[MAX_DEPTH + 1]; /* flag m of each group that is open */
    size_t depth;
};

static int peek(const struct translation *t, size_t ahead)
{
    return ahead < t->size - t->at ? (unsigned char)t->bytes[t->at + ahead] : -1;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_octal(int c)
{
    return c >= '0' && c <= '7';
}

static bool is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void put(struct translation *t, const char *text)
{
    const size_t size = strlen(text);
    memcpy(t->to + t->to_size, text, size);
    t->to_size += size;
}

static void copy(struct translation *t, size_t size)
{
    memcpy(t->to + t->to_size, t->bytes + t->at, size);
    t->to_size += size;
    t->at += size;
}

/* \Q…\E, up to the end where there is no \E. */
static void copy_quote(struct translation *t)
{
    copy(t, 2);
    while (t->at < t->size && !(peek(t, 0) == '\\' && peek(t, 1) == 'E'))
        copy(t, 1);
    if (t->at < t->size)
        copy(t, 2);
}

static const char *translate_octal(struct translation *t)
{
    unsigned code = 0;
    size_t n = 0;
    char text[16];
    if (peek(t, 1) != '0' && !is_octal(peek(t, 2)))
        return "a backreference";
    while (n < 3 && is_octal(peek(t, 1 + n)))
        code = code * 8 + (unsigned)(peek(t, 1 + n++) - '0');
    snprintf(text, sizeof text, "\\x{%x}", code);
    put(t, text);
    t->at += 1 + n;
    return NULL;
}

/* Two bytes and what is in the braces behind them. */
static const char *copy_braces(struct translation *t)
{
    size_t n = 3;
    while (is_word(peek(t, n)) || peek(t, n) == '^')
        n++;
    if (peek(t, n) != '}')
        return "an escape without an end";
    copy(t, n + 1);
    return NULL;
}

/* White space is without U+000B, which PCRE2 has; \v is that alone, not any vertical space. */
static const char *translate_escape(struct translation *t, bool in_class)
{
    const int c = peek(t, 1);
    switch (c) {
    case -1: return "a backslash at the end";
    case 'v': put(t, "\\x0b"); break;
    case 's': put(t, in_class ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]"); break;
    case 'S':
        put(t, in_class ? "\\x00-\\x08\\x0b\\x0e-\\x1f!-\\x{10ffff}" : "[^\\t\\n\\f\\r ]");
        break;
    case 'x':
        if (peek(t, 2) == '{')
            return copy_braces(t);
        if (!is_hex(peek(t, 2)) || !is_hex(peek(t, 3)))
            return "\\x without two digits";
        copy(t, 4);
        return NULL;
    case 'p':
    case 'P':
        if (peek(t, 2) == '{')
            return copy_braces(t);
        if (!is_word(peek(t, 2)))
            return "an escape that RE2 has not";
        copy(t, 3);
        return NULL;
    case 'A':
    case 'b':
    case 'B':
    case 'z':
        if (in_class)
            return "an assertion in a class";
        copy(t, 2);
        return NULL;
    case 'Q':
        if (in_class)
            return "\\Q in a class";
        copy_quote(t);
        return NULL;
    default:
        if (is_octal(c))
            return translate_octal(t);
        if (c >= 0x80 || (is_word(c) && c != '_' && !strchr("afnrtdDwW", c)))
            return "an escape that RE2 has not";
        copy(t, 2);
        return NULL;
    }
    t->at += 2;
    return NULL;
}

/* The size of [:name:] or [:^name:]; 0 where there is none. */
static size_t posix_class(const struct translation *t)
{
    size_t n = 2;
    if (peek(t, 0) != '[' || peek(t, 1) != ':')
        return 0;
    if (peek(t, n) == '^')
        n++;
    while (is_word(peek(t, n)))
        n++;
    return peek(t, n) == ':' && peek(t, n + 1) == ']' ? n + 2 : 0;
}

static const char *translate_class(struct translation *t)
{
    const char *reason = NULL;
    copy(t, peek(t, 1) == '^' ? 2 : 1);
    for (bool first = true; !reason; first = false) {
        const size_t posix = posix_class(t);
        const int c = peek(t, 0);
        if (c < 0)
            return "a class without an end";
        if (c == ']' && !first)
            break;
        if (posix)
            copy(t, posix);
        else if (c == '\\')
            reason = translate_escape(t, true);
        else {
            /* What PCRE2 takes for the name of a class, or for a mistake in one. */
            if (c == '[' || c == ':')
                put(t, "\\");
            copy(t, 1);
        }
    }
    if (!reason)
        copy(t, 1);
    return reason;
}

/* (?flags) or (?flags:…: the size up to the sign that ends the flags; 0 where it is none of them.
 */
static size_t read_flags(const struct translation *t, bool *multiline)
{
    size_t n = 2;
    bool set = true;
    for (; peek(t, n) > 0 && strchr("imsU-", peek(t, n)); n++) {
        if (peek(t, n) == '-')
            set = false;
        else if (peek(t, n) == 'm')
            *multiline = set;
    }
    return peek(t, n) == ':' || (peek(t, n) == ')' && n > 2) ? n + 1 : 0;
}

static const char *translate_group(struct translation *t)
{
    bool multiline = t->multiline[t->depth];
    size_t size = 1;
    if (peek(t, 1) == '*')
        return "a repetition of nothing";
    if (peek(t, 1) == '?') {
        if (peek(t, 2) == 'P' && peek(t, 3) == '<' && is_word(peek(t, 4)))
            size = 4;
        else if (peek(t, 2) == '<' && is_word(peek(t, 3)))
            size = 3;
        else
            size = read_flags(t, &multiline);
        if (size == 0)
            return "a group that RE2 has not";
    }
    const bool opens = peek(t, size - 1) != ')';
    if (opens && t->depth == MAX_DEPTH)
        return "groups in too many groups";
    t->depth += opens;
    t->multiline[t->depth] = multiline;
    copy(t, size);
    return NULL;
}

/* The size of the quantifier here; 0: none, a brace may stand for itself. */
static size_t quantifier(const struct translation *t, int64_t *largest)
{
    size_t n = 1;
    int64_t numbers[2] = {0, 0};
    const int c = peek(t, 0);
    *largest = 0;
    if (c == '*' || c == '+' || c == '?')
        return 1;
    if (c != '{' || !is_digit(peek(t, 1)))
        return 0;
    for (int i = 0; i < 2; i++) {
        for (; is_digit(peek(t, n)); n++)
            if (numbers[i] <= MAX_REPEAT)
                numbers[i] = numbers[i] * 10 + peek(t, n) - '0';
        if (i == 0 && peek(t, n) == ',')
            n++;
        else
            break;
    }
    *largest = numbers[0] > numbers[1] ? numbers[0] : numbers[1];
    return peek(t, n) == '}' ? n + 1 : 0;
}

/* x+ of one code point becomes xx*: PCRE2 keeps a state for each number of times that + has
 * matched. */
static const char *translate_quantifier(struct translation *t, size_t size, int64_t largest)
{
    const bool lazy = peek(t, size) == '?';
    if (t->quantified)
        return "a repetition of a repetition";
    if (largest > MAX_REPEAT)
        return "more than 1000 repetitions";
    if (peek(t, 0) == '+' && t->single) {
        const size_t atom = t->to_size - t->from;
        memcpy(t->to + t->to_size, t->to + t->from, atom);
        t->to_size += atom;
        put(t, lazy ? "*?" : "*");
        t->at += lazy ? 2 : 1;
    } else {
        copy(t, size + lazy);
    }
    t->quantified = true;
    return NULL;
}

/* Something that is no quantifier. */
static const char *translate_atom(struct translation *t)
{
    const int c = peek(t, 0);
    t->quantified = false;
    t->from = t->to_size;
    t->single = c != '(' && c != ')' && c != '^' && c != '$' && c != '|';
    switch (c) {
    case '\\': {
        const int escaped = peek(t, 1);
        t->single = escaped > 0 && !strchr("AbBzQ", escaped);
        return translate_escape(t, false);
    }
    case '[': return translate_class(t);
    case '(': return translate_group(t);
    case ')':
        t->depth -= t->depth > 0;
        copy(t, 1);
        return NULL;
    case '$': /* in PCRE2 also in front of a line's end that is the last */
        put(t, t->multiline[t->depth] ? "$" : "\\z");
        t->at++;
        return NULL;
    default:
        do
            copy(t, 1);
        while ((peek(t, 0) & 0xc0) == 0x80 && peek(t, 0) >= 0); /* the rest of a code point */
        return NULL;
    }
}

const char *regex_translate(hinge_string pattern, char *to, size_t *size, size_t *at)
{
    struct translation t = {.bytes = pattern.bytes, .size = pattern.size, .to = to};
    const char *reason = NULL;
    while (t.at < t.size && !reason) {
        int64_t largest;
        const size_t quantifier_size = quantifier(&t, &largest);
        reason = quantifier_size ? translate_quantifier(&t, quantifier_size, largest)
                                 : translate_atom(&t);
    }
    *at = t.at;
    *size = t.to_size;
    return reason;
}
