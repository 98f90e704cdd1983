/* StringSplit-20: the parts of each string between delimiters, padded with empty strings, and how
 * many there are. Without a delimiter white space, as many of it as there is, is one; white space
 * is Unicode's, and the separators U+001C to U+001F, as in Python. A maxsplit below 0 is none. */
#include "operators/kernels/utf8.h"
#include "operators/op/op.h"

#include <string.h>

enum { DELIMITER, MAXSPLIT };

static bool is_space(uint32_t code)
{
    return (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x20) || code == 0x85 ||
           code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

/* Where white space, or what is none, that begins at `at` ends. */
static const char *skip(const char *at, const char *end, bool space)
{
    while (at < end) {
        const char *next = at;
        if (is_space(utf8_next(&next, end)) != space)
            break;
        at = next;
    }
    return at;
}

static const char *find(const char *at, const char *end, hinge_string what)
{
    for (; (size_t)(end - at) >= what.size; at++) {
        at = memchr(at, what.bytes[0], (size_t)(end - at) - what.size + 1);
        if (!at)
            return NULL;
        if (!memcmp(at, what.bytes, what.size))
            return at;
    }
    return NULL;
}

struct splitter {
    hinge_string delimiter; /* of size 0: white space */
    int64_t left;           /* splits that may still be made */
    const char *at, *end;   /* what is left of the string; at NULL: nothing */
};

static struct splitter begin_split(const struct hinge_node *node, hinge_string x)
{
    const struct hinge_attribute *most = &node->attributes[MAXSPLIT];
    const char *bytes = x.size ? x.bytes : "";
    return (struct splitter){.delimiter = node->attributes[DELIMITER].s,
                             .left = most->present && most->i >= 0 ? most->i : INT64_MAX,
                             .at = bytes,
                             .end = bytes + x.size};
}

static bool next_part(struct splitter *s, hinge_string *part)
{
    const char *stop = NULL;
    if (s->delimiter.size == 0 && s->at)
        s->at = skip(s->at, s->end, true);
    if (!s->at || (s->delimiter.size == 0 && s->at == s->end))
        return false;
    if (s->left > 0)
        stop = s->delimiter.size ? find(s->at, s->end, s->delimiter) : skip(s->at, s->end, false);
    s->left--;
    part->bytes = s->at;
    part->size = (size_t)((stop ? stop : s->end) - s->at);
    s->at = stop ? stop + s->delimiter.size : NULL;
    return true;
}

static int64_t count_parts(const struct hinge_node *node, hinge_string x)
{
    struct splitter s = begin_split(node, x);
    hinge_string part;
    int64_t n = 0;
    while (next_part(&s, &part))
        n++;
    return n;
}

/* Parts of a copy of x, and empty strings up to n. */
static hinge_status split(const struct hinge_node *node, hinge_string *y, hinge_string x, int64_t n)
{
    char *bytes = node->host->alloc_string(node, x.size);
    int64_t i = 0;
    if (!bytes)
        return HINGE_NO_MEMORY;
    if (x.size)
        memcpy(bytes, x.bytes, x.size);
    struct splitter s = begin_split(node, (hinge_string){bytes, x.size});
    while (i < n && next_part(&s, &y[i]))
        i++;
    for (; i < n; i++)
        y[i] = (hinge_string){"", 0};
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK + 1];
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d];
    dims[x->rank] = -1;
    hinge_status status = op_set_dims(node, 0, x->rank + 1, dims);
    return status ? status : op_set_dims(node, 1, x->rank, x->dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = op_output(node, 0), *counts = op_output(node, 1);
    const hinge_string *strings = x->data;
    const int64_t count = hinge_count(x);
    int64_t most = 0, dims[HINGE_MAX_RANK + 1];
    for (int64_t i = 0; i < count; i++) {
        const int64_t n = count_parts(node, strings[i]);
        most = n > most ? n : most;
        if (counts)
            ((int64_t *)counts->data)[i] = n;
    }
    if (!y)
        return HINGE_OK;
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d];
    dims[x->rank] = most;
    hinge_status status = node->host->resize(node, 0, x->rank + 1, dims);
    for (int64_t i = 0; i < count && most && !status; i++)
        status = split(node, (hinge_string *)y->data + i * most, strings[i], most);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [DELIMITER] = {.name = "delimiter", .type = HINGE_ATTR_STRING},
    [MAXSPLIT] = {.name = "maxsplit", .type = HINGE_ATTR_INT},
    {.name = NULL}};

const struct hinge_op op_stringsplit[] = {
    {.name = "StringSplit",
     .since = 20,
     .signature = "(X: T1) -> (Y: string, Z: int64); T1: string",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_STRING, run})},
    OP_END,
};
