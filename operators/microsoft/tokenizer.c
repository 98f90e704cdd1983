/* com.microsoft Tokenizer-1: the tokens of each string, padded to the same number: what matches
 * tokenexp, or what lies between matches of the separators, one separator after the other; or code
 * points (tokenexp ".", or one empty separator). Tokens of fewer than mincharnum code points are
 * left out, also between separators. As in ONNX Runtime matches are leftmost-longest, and an empty
 * one takes the code point behind it; an X without elements keeps its dimensions here. */
#include "operators/kernels/utf8.h"
#include "operators/text/regex.h"

#include <string.h>

#define MAX_SEPARATORS 64

enum { MARK, MIN_CHAR_NUM, PAD_VALUE, SEPARATORS, TOKEN_EXP };

struct tokenizer {
    bool by_character, by_separator;
    size_t n;              /* expressions */
    struct regex *regex[]; /* NULL where init has failed */
};

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t dims[3] = {x->dims[0], x->rank == 2 ? x->dims[1] : -1, -1};
    if (x->rank != 1 && x->rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank %d, not 1 or 2", (int)x->rank);
    return op_set_dims(node, 0, x->rank + 1, dims);
}

static hinge_status check(const struct hinge_node *node, bool by_character)
{
    const struct hinge_attribute *a = node->attributes;
    if (a[SEPARATORS].present == a[TOKEN_EXP].present)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "not exactly one of separators and tokenexp is there");
    if (a[SEPARATORS].present && (a[SEPARATORS].count == 0 || a[SEPARATORS].count > MAX_SEPARATORS))
        return OP_FAIL(node, HINGE_BAD_MODEL, "there are %zu separators, not 1 to %d",
                       a[SEPARATORS].count, MAX_SEPARATORS);
    if (a[TOKEN_EXP].present && a[TOKEN_EXP].s.size == 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "tokenexp is empty");
    if (a[MIN_CHAR_NUM].i < 1 || (by_character && a[MIN_CHAR_NUM].i > 1))
        return OP_FAIL(node, HINGE_BAD_MODEL, "mincharnum is %lld", (long long)a[MIN_CHAR_NUM].i);
    return HINGE_OK;
}

static void fini(struct hinge_node *node)
{
    struct tokenizer *tokenizer = node->state;
    for (size_t i = 0; tokenizer && i < tokenizer->n; i++) {
        regex_free(tokenizer->regex[i]);
        tokenizer->regex[i] = NULL;
    }
}

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    const bool by_separator = a[SEPARATORS].present;
    const size_t n = by_separator ? a[SEPARATORS].count : 1;
    const bool by_character = by_separator
                                  ? n == 1 && a[SEPARATORS].strings[0].size == 0
                                  : a[TOKEN_EXP].s.size == 1 && a[TOKEN_EXP].s.bytes[0] == '.';
    hinge_status status = check(node, by_character);
    if (status)
        return status;
    struct tokenizer *tokenizer =
        node->host->alloc(node, sizeof *tokenizer + n * sizeof *tokenizer->regex);
    if (!tokenizer)
        return HINGE_NO_MEMORY;
    *tokenizer = (struct tokenizer){by_character, by_separator, by_character ? 0 : n};
    for (size_t i = 0; i < n; i++)
        tokenizer->regex[i] = NULL;
    node->state = tokenizer;
    for (size_t i = 0; i < tokenizer->n && !status; i++)
        status = regex_compile(node, by_separator ? "a separator" : "tokenexp",
                               by_separator ? a[SEPARATORS].strings[i] : a[TOKEN_EXP].s,
                               &tokenizer->regex[i]);
    if (status)
        fini(node);
    return status;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    (void)node;
    *scratch = REGEX_WORKSPACE * sizeof(int);
    return HINGE_OK;
}

struct tokens {
    const struct hinge_node *node;
    hinge_string *to; /* NULL: they are only counted */
    int64_t count;
    enum regex_result result;
};

static size_t n_code_points(hinge_string text)
{
    const char *at = text.bytes, *end = at + text.size;
    size_t n = 0;
    for (; at < end; n++)
        utf8_next(&at, end);
    return n;
}

static size_t next_place(hinge_string text, size_t place)
{
    const char *at = text.bytes + place;
    if (place == text.size)
        return place + 1;
    utf8_next(&at, text.bytes + text.size);
    return (size_t)(at - text.bytes);
}

static bool is_long(const struct tokens *tokens, hinge_string token)
{
    return n_code_points(token) >= (size_t)tokens->node->attributes[MIN_CHAR_NUM].i;
}

static void add(struct tokens *tokens, hinge_string token)
{
    if (tokens->to)
        tokens->to[tokens->count] = token;
    tokens->count++;
}

static void by_character(struct tokens *tokens, hinge_string text)
{
    for (size_t at = 0, next; at < text.size; at = next) {
        next = next_place(text, at);
        add(tokens, (hinge_string){text.bytes + at, next - at});
    }
}

/* Looks on from *at; false where there is no more. */
static bool search(struct tokens *tokens, size_t expression, hinge_string text, size_t at,
                   size_t *from, size_t *to)
{
    const struct tokenizer *tokenizer = tokens->node->state;
    if (at > text.size || tokens->result > REGEX_FOUND)
        return false;
    tokens->result =
        regex_search(tokenizer->regex[expression], tokens->node->scratch, text, at, from, to);
    return tokens->result == REGEX_FOUND;
}

static void by_expression(struct tokens *tokens, hinge_string text)
{
    for (size_t at = 0, from, to; search(tokens, 0, text, at, &from, &to);) {
        const hinge_string token = {text.bytes + from, to - from};
        const bool wanted = is_long(tokens, token);
        if (wanted)
            add(tokens, token);
        at = wanted ? to : next_place(text, from);
    }
}

/* What the separators from number which on leave of the text. */
static void by_separators(struct tokens *tokens, size_t which, hinge_string text)
{
    const struct tokenizer *tokenizer = tokens->node->state;
    if (!is_long(tokens, text))
        return;
    if (which == tokenizer->n) {
        add(tokens, text);
        return;
    }
    size_t at = 0;
    for (size_t from, to; search(tokens, which, text, at, &from, &to);
         at = to > from ? to : next_place(text, from))
        by_separators(tokens, which + 1, (hinge_string){text.bytes + at, from - at});
    if (at < text.size)
        by_separators(tokens, which + 1, (hinge_string){text.bytes + at, text.size - at});
}

static void tokenize(struct tokens *tokens, hinge_string text)
{
    const struct tokenizer *tokenizer = tokens->node->state;
    if (text.size == 0)
        return;
    if (tokenizer->by_character)
        by_character(tokens, text);
    else if (tokenizer->by_separator)
        by_separators(tokens, 0, text);
    else
        by_expression(tokens, text);
}

static bool is_utf8(hinge_string text)
{
    const char *at = text.bytes, *end = at + text.size;
    while (at < end)
        if (utf8_next(&at, end) >= UTF8_RAW)
            return false;
    return true;
}

static hinge_status count_tokens(const struct hinge_node *node, int64_t *most)
{
    const hinge_string *x = node->inputs[0]->data;
    *most = 0;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++) {
        struct tokens tokens = {.node = node};
        if (!is_utf8(x[i]))
            return OP_FAIL(node, HINGE_BAD_VALUE, "string %lld is no UTF-8", (long long)i);
        tokenize(&tokens, x[i]);
        if (tokens.result > REGEX_FOUND)
            return regex_status(node, tokens.result);
        *most = tokens.count > *most ? tokens.count : *most;
    }
    return HINGE_OK;
}

/* n strings: tokens of a copy of x between marks, and what pads them. */
static hinge_status fill(const struct hinge_node *node, hinge_string *y, hinge_string x, int64_t n)
{
    const hinge_string pad = node->attributes[PAD_VALUE].s;
    const bool mark = node->attributes[MARK].i != 0;
    struct tokens tokens = {.node = node, .to = y};
    char *bytes = x.size <= SIZE_MAX - pad.size - 2
                      ? node->host->alloc_string(node, x.size + pad.size + 2)
                      : NULL;
    if (!bytes)
        return HINGE_NO_MEMORY;
    memcpy(bytes, "\2\3", 2);
    if (pad.size)
        memcpy(bytes + 2, pad.bytes, pad.size);
    if (x.size)
        memcpy(bytes + 2 + pad.size, x.bytes, x.size);
    if (mark)
        add(&tokens, (hinge_string){bytes, 1});
    tokenize(&tokens, (hinge_string){bytes + 2 + pad.size, x.size});
    if (mark)
        add(&tokens, (hinge_string){bytes + 1, 1});
    while (tokens.count < n)
        add(&tokens, (hinge_string){bytes + 2, pad.size});
    return regex_status(node, tokens.result);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t most, dims[3] = {x->dims[0], x->rank == 2 ? x->dims[1] : 0, 0};
    hinge_status status = count_tokens(node, &most);
    if (status)
        return status;
    if (most && node->attributes[MARK].i)
        most += 2;
    dims[x->rank] = most;
    status = node->host->resize(node, 0, x->rank + 1, dims);
    for (int64_t i = 0; i < hinge_count(x) && most && !status; i++)
        status = fill(node, (hinge_string *)node->outputs[0]->data + i * most,
                      ((const hinge_string *)x->data)[i], most);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    [MARK] = {.name = "mark", .type = HINGE_ATTR_INT, .required = true},
    [MIN_CHAR_NUM] = {.name = "mincharnum", .type = HINGE_ATTR_INT, .required = true},
    [PAD_VALUE] = {.name = "pad_value", .type = HINGE_ATTR_STRING, .required = true},
    [SEPARATORS] = {.name = "separators", .type = HINGE_ATTR_STRINGS},
    [TOKEN_EXP] = {.name = "tokenexp", .type = HINGE_ATTR_STRING},
    {.name = NULL}};

const struct hinge_op op_tokenizer[] = {
    {.name = "Tokenizer",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(X: T) -> (Y: T); T: string",
     .attributes = attributes,
     .init = init,
     .fini = fini,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_STRING, run})},
    OP_END,
};
