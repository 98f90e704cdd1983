#include "operators/matrix/einsum_term.h"

#include <string.h>

static int label_of(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

static char letter_of(int label)
{
    return (char)(label < 26 ? 'A' + label : label < EINSUM_LETTERS ? 'a' + label - 26 : '.');
}

void einsum_open(const struct hinge_node *node, struct einsum_reader *reader)
{
    const hinge_string equation = node->attributes[0].s;
    *reader = (struct einsum_reader){
        .node = node, .at = equation.bytes, .end = equation.bytes + equation.size};
}

/* The next byte that is no space; 0 at the end. */
static char peek(struct einsum_reader *reader)
{
    while (reader->at < reader->end && *reader->at == ' ')
        reader->at++;
    return reader->at < reader->end ? *reader->at : '\0';
}

static bool take(struct einsum_reader *reader, const char *text)
{
    const size_t size = strlen(text);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, text, size) != 0)
        return false;
    reader->at += size;
    return true;
}

/* Ends a term; what follows is neither a letter nor an ellipsis. */
static hinge_status end_term(struct einsum_reader *reader, char next)
{
    const bool is_output = reader->has_output;
    if (next == '\0' && reader->at == reader->end) {
        reader->last = true;
        reader->has_output = false;
    } else if (!is_output && take(reader, ",")) {
        reader->term++;
    } else if (!is_output && take(reader, "->")) {
        reader->last = true;
        reader->has_output = true;
    } else {
        return OP_FAIL(reader->node, HINGE_BAD_MODEL,
                       "the equation has a byte %d where none such may be", (int)next);
    }
    return HINGE_OK;
}

hinge_status einsum_next(struct einsum_reader *reader, struct einsum_term *term)
{
    *term = (struct einsum_term){.n = 0};
    for (;;) {
        const char c = peek(reader);
        const int label = label_of(c);
        if (label < 0 && c != '.')
            return end_term(reader, c);
        if (term->n == HINGE_MAX_RANK + 1)
            return OP_FAIL(reader->node, HINGE_LIMIT, "term %u has more than %d indices",
                           (unsigned)reader->term, HINGE_MAX_RANK);
        if (label >= 0) {
            term->labels[term->n++] = (uint8_t)label;
            reader->at++;
            continue;
        }
        if (term->ellipsis || !take(reader, "..."))
            return OP_FAIL(reader->node, HINGE_BAD_MODEL,
                           "term %u has a period that is of no ellipsis, or of a second one",
                           (unsigned)reader->term);
        term->ellipsis = true;
        term->labels[term->n++] = EINSUM_ELLIPSIS;
    }
}

void einsum_labels(const struct einsum_term *term, int32_t rank, uint8_t *labels)
{
    int32_t i = 0;
    for (int32_t d = 0; d < rank && d < HINGE_MAX_RANK; d++) {
        const bool within = term->labels[i] == EINSUM_ELLIPSIS && rank - d > term->n - i - 1;
        if (term->labels[i] == EINSUM_ELLIPSIS && !within)
            i++;
        labels[d] =
            within ? (uint8_t)(EINSUM_LABELS - (rank - d - (term->n - i - 1))) : term->labels[i++];
    }
}

static hinge_status take_extents(const struct hinge_node *node, uint32_t input,
                                 const struct einsum_term *term, struct einsum_sizes *sizes)
{
    const hinge_tensor *x = node->inputs[input];
    uint8_t labels[HINGE_MAX_RANK];
    if (term->ellipsis ? x->rank < term->n - 1 : x->rank != term->n)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "term %u has %d indices, its input rank %d",
                       (unsigned)input, (int)(term->n - term->ellipsis), (int)x->rank);
    einsum_labels(term, x->rank, labels);
    if (term->ellipsis && x->rank - term->n + 1 > sizes->n_ellipsis)
        sizes->n_ellipsis = x->rank - term->n + 1;
    for (int32_t d = 0; d < x->rank; d++) {
        int64_t *extent = &sizes->extents[labels[d]];
        if (*extent >= 0 && *extent != 1 && x->dims[d] != 1 && x->dims[d] != *extent)
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "index %c is %lld in term %u, and %lld in term %u", letter_of(labels[d]),
                           (long long)*extent, (unsigned)sizes->terms[labels[d]],
                           (long long)x->dims[d], (unsigned)input);
        if (*extent < 0 || *extent == 1) {
            *extent = x->dims[d];
            sizes->terms[labels[d]] = input;
        }
    }
    return HINGE_OK;
}

static hinge_status output_term(const struct hinge_node *node, const struct einsum_term *term,
                                struct einsum_sizes *sizes)
{
    bool there[EINSUM_LABELS] = {false};
    sizes->rank = term->n;
    if (term->ellipsis)
        sizes->rank += sizes->n_ellipsis - 1;
    else if (sizes->n_ellipsis > 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "the output's term lacks the ellipsis");
    if (sizes->rank > HINGE_MAX_RANK)
        return OP_FAIL(node, HINGE_LIMIT, "the output has rank %d", (int)sizes->rank);
    einsum_labels(term, sizes->rank, sizes->output);
    for (int32_t d = 0; d < sizes->rank; d++) {
        const int label = sizes->output[d];
        if (label < EINSUM_LETTERS && sizes->counts[label] == 0)
            return OP_FAIL(node, HINGE_BAD_MODEL, "index %c of the output is in no input's term",
                           letter_of(label));
        if (there[label])
            return OP_FAIL(node, HINGE_BAD_MODEL, "index %c is twice in the output's term",
                           letter_of(label));
        there[label] = true;
    }
    return HINGE_OK;
}

/* The dimensions of ellipses, and what stands once in the inputs' terms. */
static hinge_status implicit_output(const struct hinge_node *node, struct einsum_sizes *sizes)
{
    struct einsum_term term = {.ellipsis = true, .n = 1, .labels = {EINSUM_ELLIPSIS}};
    for (int label = 0; label < EINSUM_LETTERS; label++) {
        if (sizes->counts[label] != 1)
            continue;
        if (term.n == HINGE_MAX_RANK + 1)
            return OP_FAIL(node, HINGE_LIMIT, "the output has more than %d indices",
                           HINGE_MAX_RANK);
        term.labels[term.n++] = (uint8_t)label;
    }
    return output_term(node, &term, sizes);
}

/* Reads the equation, with the inputs' shapes where they count. */
static hinge_status read(const struct hinge_node *node, bool shapes, struct einsum_sizes *sizes)
{
    struct einsum_reader reader;
    struct einsum_term term;
    hinge_status status = HINGE_OK;
    memset(sizes, 0, sizeof *sizes);
    for (int label = 0; label < EINSUM_LABELS; label++)
        sizes->extents[label] = -1;
    einsum_open(node, &reader);
    for (uint32_t i = 0; i < node->n_inputs && !status; i++) {
        if (reader.last)
            return OP_FAIL(node, HINGE_BAD_MODEL, "the equation has %u terms for %u inputs",
                           (unsigned)i, (unsigned)node->n_inputs);
        status = einsum_next(&reader, &term);
        for (int32_t k = 0; k < term.n && !status; k++)
            if (term.labels[k] != EINSUM_ELLIPSIS)
                sizes->counts[term.labels[k]]++;
        if (!status && shapes)
            status = take_extents(node, i, &term, sizes);
    }
    if (status)
        return status;
    if (!reader.last)
        return OP_FAIL(node, HINGE_BAD_MODEL, "the equation has more than %u terms",
                       (unsigned)node->n_inputs);
    if (!reader.has_output)
        return implicit_output(node, sizes);
    status = einsum_next(&reader, &term);
    return status ? status : output_term(node, &term, sizes);
}

hinge_status einsum_check(const struct hinge_node *node)
{
    struct einsum_sizes sizes;
    return read(node, false, &sizes);
}

hinge_status einsum_measure(const struct hinge_node *node, struct einsum_sizes *sizes)
{
    return read(node, true, sizes);
}
