/*
 * Regular expressions in RE2's syntax, by PCRE2's DFA matcher: of all matches that begin leftmost
 * the longest, whose time does not grow exponentially with the text (a code point takes at most the
 * square of REGEX_STATES steps). A pattern or a text that needs more than that many states at once
 * is an error. What RE2 does not have (backreferences, assertions that look around, atomic groups
 * and possessive quantifiers, recursion, extended mode) is refused, too, and so is a repetition of
 * an assertion, which RE2 takes.
 *
 * github.com/google/re2/wiki/Syntax; pcre2matching(3).
 */
#ifndef OPERATORS_TEXT_REGEX_H
#define OPERATORS_TEXT_REGEX_H

#include "operators/op/op.h"

#define REGEX_STATES 600
#define REGEX_WORKSPACE (20 + 2 * 3 * REGEX_STATES) /* ints that a thread needs */

struct regex;

/* From init, to be freed in fini: compiles the pattern, called what in errors. */
hinge_status regex_compile(const struct hinge_node *node, const char *what, hinge_string pattern,
                           struct regex **regex);
void regex_free(struct regex *regex);

enum regex_result {
    REGEX_NONE, /* also in what is no UTF-8 */
    REGEX_FOUND,
    REGEX_NO_MEMORY,
    REGEX_TOO_MUCH, /* more states than there is room for */
};

/* Whether all of the text matches. */
enum regex_result regex_match(const struct regex *regex, int *workspace, hinge_string text);
/* The first match from byte start on, bytes [*from, *to), in what must be UTF-8. */
enum regex_result regex_search(const struct regex *regex, int *workspace, hinge_string text,
                               size_t start, size_t *from, size_t *to);

hinge_status regex_status(const struct hinge_node *node, enum regex_result result);

/* A pattern in PCRE2's syntax, of at most REGEX_GROWTH bytes for each of RE2's, into to. Where that
 * cannot be, returns the reason and leaves its place in *at. */
#define REGEX_GROWTH 48
const char *regex_translate(hinge_string pattern, char *to, size_t *size, size_t *at);

#endif
