#include "serve/body/envelope.h"

#include <stdlib.h>
#include <string.h>

/* Of a request without its data: a parsed one takes many times as much memory. */
#define ENVELOPE_LIMIT ((size_t)1 << 20)

struct scan {
    const char *at, *end, *copied; /* what lies before copied is in rest already */
    struct bytes rest;
    struct envelope *envelope;
    bool failed;
};

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
}

/* At a quote; afterwards behind the closing one, or at the end. */
static void skip_string(struct scan *scan)
{
    for (scan->at++; scan->at < scan->end; scan->at++) {
        if (*scan->at == '"') {
            scan->at++;
            return;
        }
        if (*scan->at == '\\' && scan->at + 1 < scan->end)
            scan->at++;
    }
}

/* Whether none of that many bytes is a quote or a bracket: "[]{}" are alike but for the bits that
 * are masked; so is 'Y', which numbers have no more of. Written to become vectors. */
#define BLOCK 32
static bool is_plain(const char *at)
{
    unsigned char any = 0;
    for (int i = 0; i < BLOCK; i++)
        any |= (at[i] == '"') | ((at[i] & 0xd9) == ('[' & 0xd9));
    return any == 0;
}

/* At an opening bracket; afterwards behind the one that closes it, or at the end. */
static void skip_brackets(struct scan *scan)
{
    size_t depth = 0;
    while (scan->at < scan->end) {
        if (scan->end - scan->at >= BLOCK && is_plain(scan->at)) {
            scan->at += BLOCK;
            continue;
        }
        char c = *scan->at;
        if (c == '"') {
            skip_string(scan);
            continue;
        }
        scan->at++;
        if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && --depth == 0)
            return;
    }
}

static void take(struct scan *scan, size_t place)
{
    struct envelope *envelope = scan->envelope;
    const char *start = scan->at;
    bytes_add(&scan->rest, scan->copied, (size_t)(start - scan->copied));
    bytes_text(&scan->rest, "null");
    skip_brackets(scan);
    scan->copied = scan->at;
    if ((envelope->n_data & (envelope->n_data - 1)) == 0) {
        size_t capacity = envelope->n_data ? 2 * envelope->n_data : 1;
        struct envelope_data *bigger = realloc(envelope->data, capacity * sizeof *bigger);
        if (!bigger) {
            scan->failed = true;
            return;
        }
        envelope->data = bigger;
    }
    envelope->data[envelope->n_data++] =
        (struct envelope_data){place, start, (size_t)(scan->at - start)};
}

/* Behind the key that begins at start: moves to the value, and tells whether key is its name. */
static bool is_key(struct scan *scan, const char *start, const char *key)
{
    size_t size = strlen(key);
    bool same = (size_t)(scan->at - start) == size + 2 && memcmp(start + 1, key, size) == 0;
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != ':')
        return false;
    scan->at++;
    skip_space(scan);
    return same && scan->at < scan->end && *scan->at == '[';
}

/* Whether text is JSON is for the parser to say; here brackets and strings are followed as far as
 * they go: depth 1 is the request, 2 the list "inputs", 3 one of these. */
static void scan_all(struct scan *scan)
{
    size_t depth = 0, place = 0;
    bool in_inputs = false;
    while (scan->at < scan->end && !scan->failed) {
        char c = *scan->at;
        if (c == '"') {
            const char *start = scan->at;
            skip_string(scan);
            if (depth == 1 && is_key(scan, start, "inputs")) {
                in_inputs = true;
                place = 0;
            } else if (depth == 3 && in_inputs && is_key(scan, start, "data")) {
                take(scan, place);
            }
            continue;
        }
        scan->at++;
        if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && depth > 0)
            in_inputs &= --depth > 1;
        else if (c == ',' && depth == 2)
            place++;
    }
    bytes_add(&scan->rest, scan->copied, (size_t)(scan->end - scan->copied));
}

bool envelope_read(struct envelope *envelope, const char *text, size_t size, hinge_error *error)
{
    struct scan scan = {text, text + size, text, {0}, envelope, false};
    json_error_t wrong;
    *envelope = (struct envelope){0};
    scan_all(&scan);
    bool ok = (!scan.failed && !scan.rest.failed) || error_no_memory(error);
    if (ok && scan.rest.size > ENVELOPE_LIMIT)
        ok = error_set(error, HINGE_LIMIT, "the request without its data takes more than 1 MiB");
    if (ok) {
        const char *rest = scan.rest.size ? scan.rest.data : "";
        envelope->root = json_loadb(rest, scan.rest.size, JSON_REJECT_DUPLICATES, &wrong);
        if (!envelope->root)
            ok = error_set(error, HINGE_BAD_FORMAT, "the request is no JSON: %s", wrong.text);
        else if (!json_is_object(envelope->root))
            ok = error_set(error, HINGE_BAD_FORMAT, "the request is no JSON object");
    }
    bytes_free(&scan.rest);
    return ok;
}

const struct envelope_data *envelope_find(const struct envelope *envelope, size_t place)
{
    for (size_t i = 0; i < envelope->n_data; i++)
        if (envelope->data[i].place == place)
            return &envelope->data[i];
    return NULL;
}

void envelope_free(struct envelope *envelope)
{
    json_decref(envelope->root);
    free(envelope->data);
    *envelope = (struct envelope){0};
}
