/* StringNormalizer-10: the strings of X that are no stop words, in upper or lower case; one empty
 * string where none is left. Case is that of Unicode's simple mappings, of one code point to one,
 * whatever the locale; bytes that are no UTF-8 stay as they are. Stop words are whole elements, as
 * the standard has it: its reference implementation looks for them among the words of each
 * element, and takes accents off. */
#include "operators/kernels/utf8.h"
#include "operators/op/op.h"
#include "operators/text/case.h"

#include <stdlib.h>
#include <string.h>

enum { ACTION, IS_CASE_SENSITIVE, LOCALE, STOPWORDS };

enum action { NONE, LOWER, UPPER };

static bool read_action(const struct hinge_node *node, enum action *action)
{
    static const char *const names[] = {[NONE] = "NONE", [LOWER] = "LOWER", [UPPER] = "UPPER"};
    const hinge_string s = node->attributes[ACTION].s;
    for (int i = 0; i < 3; i++) {
        if (s.size == strlen(names[i]) && !memcmp(s.bytes, names[i], s.size)) {
            *action = (enum action)i;
            return true;
        }
    }
    return false;
}

static uint32_t map(uint32_t code, enum action action)
{
    return action == NONE ? code : case_map(code, action == UPPER);
}

/* Writes the string so mapped, where to is not NULL; returns its size. */
static size_t map_string(char *to, hinge_string from, enum action action)
{
    const char *at = from.bytes, *end = at + from.size;
    size_t size = 0;
    while (at < end) {
        char bytes[UTF8_MAX];
        size += utf8_put(to ? to + size : bytes, map(utf8_next(&at, end), action));
    }
    return size;
}

/* Order of code points as they are, or in lower case. */
static int compare(hinge_string a, hinge_string b, bool exactly)
{
    const char *x = a.bytes, *x_end = x + a.size, *y = b.bytes, *y_end = y + b.size;
    while (x < x_end && y < y_end) {
        const uint32_t p = map(utf8_next(&x, x_end), exactly ? NONE : LOWER);
        const uint32_t q = map(utf8_next(&y, y_end), exactly ? NONE : LOWER);
        if (p != q)
            return p < q ? -1 : 1;
    }
    return (x < x_end) - (y < y_end);
}

static int compare_exactly(const void *a, const void *b)
{
    return compare(*(const hinge_string *)a, *(const hinge_string *)b, true);
}

static int compare_any_case(const void *a, const void *b)
{
    return compare(*(const hinge_string *)a, *(const hinge_string *)b, false);
}

static int (*comparison(const struct hinge_node *node))(const void *, const void *)
{
    return node->attributes[IS_CASE_SENSITIVE].i ? compare_exactly : compare_any_case;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[2] = {1, 1};
    enum action action;
    if (!read_action(node, &action))
        return OP_FAIL(node, HINGE_BAD_MODEL, "case_change_action is not NONE, LOWER or UPPER");
    if (x->rank != 1 && (x->rank != 2 || x->dims[0] != 1))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X is neither a list nor one row");
    if (x->dims[x->rank - 1] != 0)
        dims[x->rank - 1] = node->attributes[STOPWORDS].count ? -1 : x->dims[x->rank - 1];
    return op_set_dims(node, 0, x->rank, dims);
}

/* The stop words, sorted. */
static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *words = &node->attributes[STOPWORDS];
    if (words->count == 0)
        return HINGE_OK;
    hinge_string *sorted = node->host->alloc(node, words->count * sizeof *sorted);
    if (!sorted)
        return HINGE_NO_MEMORY;
    memcpy(sorted, words->strings, words->count * sizeof *sorted);
    qsort(sorted, words->count, sizeof *sorted, comparison(node));
    node->state = sorted;
    return HINGE_OK;
}

static bool is_stop_word(const struct hinge_node *node, const hinge_string *x)
{
    const size_t count = node->attributes[STOPWORDS].count;
    return count && bsearch(x, node->state, count, sizeof *x, comparison(node));
}

static int64_t count_left(const struct hinge_node *node, const hinge_string *x, int64_t count)
{
    int64_t n = 0;
    for (int64_t i = 0; i < count; i++)
        n += !is_stop_word(node, &x[i]);
    return n;
}

static hinge_status resize(const struct hinge_node *node, int64_t n)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t dims[2] = {x->rank == 2 ? 1 : n, n};
    return node->host->resize(node, 0, x->rank, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_string *x = node->inputs[0]->data;
    const int64_t count = hinge_count(node->inputs[0]);
    const int64_t n_left = count_left(node, x, count);
    enum action action = NONE;
    hinge_status status = HINGE_OK;
    (void)read_action(node, &action);
    if (count && node->attributes[STOPWORDS].count)
        status = resize(node, n_left ? n_left : 1);
    if (status)
        return status;
    hinge_string *y = node->outputs[0]->data;
    if (n_left == 0)
        *y = (hinge_string){"", 0};
    for (int64_t i = 0; i < count; i++) {
        if (is_stop_word(node, &x[i]))
            continue;
        const size_t size = map_string(NULL, x[i], action);
        char *bytes = node->host->alloc_string(node, size);
        if (!bytes)
            return HINGE_NO_MEMORY;
        map_string(bytes, x[i], action);
        *y++ = (hinge_string){bytes, size};
    }
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [ACTION] = {.name = "case_change_action", .type = HINGE_ATTR_STRING, .s = "NONE"},
    [IS_CASE_SENSITIVE] = {.name = "is_case_sensitive", .type = HINGE_ATTR_INT},
    [LOCALE] = {.name = "locale", .type = HINGE_ATTR_STRING},
    [STOPWORDS] = {.name = "stopwords", .type = HINGE_ATTR_STRINGS},
    {.name = NULL}};

const struct hinge_op op_stringnormalizer[] = {
    {.name = "StringNormalizer",
     .since = 10,
     .signature = "(X: string) -> (Y: string)",
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
