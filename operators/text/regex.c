#include "operators/text/regex.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MAX_PATTERN 32768
#define MAX_HEAP 1024 /* KiB, beside the workspace */
#define MAX_DEPTH 250
#define MAX_CALLS 100000

struct regex {
    pcre2_code *code;
    pcre2_match_context *limits;
};

void regex_free(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_code_free(regex->code);
    pcre2_match_context_free(regex->limits);
    free(regex);
}

static struct regex *compile(const char *pattern, size_t size, int *error, size_t *at)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    struct regex *regex = calloc(1, sizeof *regex);
    *error = PCRE2_ERROR_NOMEMORY;
    if (context && regex) {
        pcre2_set_newline(context, PCRE2_NEWLINE_LF);
        regex->limits = pcre2_match_context_create(NULL);
        regex->code = pcre2_compile((PCRE2_SPTR)pattern, size,
                                    PCRE2_UTF | PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C,
                                    error, at, context);
    }
    pcre2_compile_context_free(context);
    if (!regex || !regex->code || !regex->limits) {
        regex_free(regex);
        return NULL;
    }
    pcre2_set_match_limit(regex->limits, MAX_CALLS);
    pcre2_set_depth_limit(regex->limits, MAX_DEPTH);
    pcre2_set_heap_limit(regex->limits, MAX_HEAP);
    return regex;
}

hinge_status regex_compile(const struct hinge_node *node, const char *what, hinge_string pattern,
                           struct regex **regex)
{
    size_t size = 0, at = 0;
    int error = 0;
    PCRE2_UCHAR text[128];
    if (pattern.size > MAX_PATTERN)
        return OP_FAIL(node, HINGE_LIMIT, "%s has %zu bytes, more than %d", what, pattern.size,
                       MAX_PATTERN);
    char *translated = malloc(pattern.size * REGEX_GROWTH + 1);
    if (!translated)
        return HINGE_NO_MEMORY;
    const char *reason = regex_translate(pattern, translated, &size, &at);
    *regex = reason ? NULL : compile(translated, size, &error, &at);
    free(translated);
    if (reason)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %s at byte %zu", what, reason, at);
    if (!*regex && error == PCRE2_ERROR_NOMEMORY)
        return HINGE_NO_MEMORY;
    if (!*regex) {
        pcre2_get_error_message(error, text, sizeof text);
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s: %s", what, (const char *)text);
    }
    return HINGE_OK;
}

static enum regex_result match(const struct regex *regex, int *workspace, hinge_string text,
                               size_t start, uint32_t options, size_t *from, size_t *to)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    if (!data)
        return REGEX_NO_MEMORY;
    const int result =
        pcre2_dfa_match(regex->code, (PCRE2_SPTR)(text.size ? text.bytes : ""), text.size, start,
                        options, data, regex->limits, workspace, REGEX_WORKSPACE);
    if (result >= 0) {
        *from = pcre2_get_ovector_pointer(data)[0];
        *to = pcre2_get_ovector_pointer(data)[1];
    }
    pcre2_match_data_free(data);
    if (result >= 0)
        return REGEX_FOUND;
    if (result == PCRE2_ERROR_NOMATCH ||
        (result <= PCRE2_ERROR_UTF8_ERR1 && result >= PCRE2_ERROR_UTF8_ERR21))
        return REGEX_NONE;
    return result == PCRE2_ERROR_NOMEMORY ? REGEX_NO_MEMORY : REGEX_TOO_MUCH;
}

enum regex_result regex_match(const struct regex *regex, int *workspace, hinge_string text)
{
    size_t from = 0, to = 0;
    const enum regex_result result = match(regex, workspace, text, 0, PCRE2_ANCHORED, &from, &to);
    return result == REGEX_FOUND && to != text.size ? REGEX_NONE : result;
}

enum regex_result regex_search(const struct regex *regex, int *workspace, hinge_string text,
                               size_t start, size_t *from, size_t *to)
{
    return match(regex, workspace, text, start, PCRE2_NO_UTF_CHECK, from, to);
}

hinge_status regex_status(const struct hinge_node *node, enum regex_result result)
{
    if (result == REGEX_NO_MEMORY)
        return HINGE_NO_MEMORY;
    if (result == REGEX_TOO_MUCH)
        return OP_FAIL(node, HINGE_LIMIT, "a string takes more than %d states of the pattern",
                       REGEX_STATES);
    return HINGE_OK;
}
