/* The rule of Einsum: by an operand it is the Einsum of dy and the other operands. */
#include "passes/gradient/gradient.h"

#include <stdio.h>
#include <string.h>

#define MAX_OPERANDS 16
#define MAX_LETTERS HINGE_MAX_RANK

struct term {
    char letters[MAX_LETTERS + 1];
};

struct equation {
    struct term operands[MAX_OPERANDS], output;
    uint32_t n;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool has_twice(const struct term *term)
{
    for (const char *c = term->letters; *c; c++)
        if (strchr(c + 1, *c))
            return true;
    return false;
}

/* The letters up to a comma, an arrow or the end; false where there is anything else, or one twice.
 */
static bool take_term(const char **at, const char *end, struct term *term)
{
    size_t n = 0;
    for (; *at < end && **at != ',' && **at != '-'; (*at)++) {
        if (**at == ' ')
            continue;
        if (!is_letter(**at) || n == MAX_LETTERS)
            return false;
        term->letters[n++] = **at;
    }
    term->letters[n] = '\0';
    return !has_twice(term);
}

/* Letters that are in one operand alone, in alphabetical order. */
static bool imply_output(struct equation *e)
{
    size_t n = 0;
    for (int c = 'A'; c <= 'z'; c++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < e->n && is_letter((char)c); i++)
            count += strchr(e->operands[i].letters, c) != NULL;
        if (count == 1 && n == MAX_LETTERS)
            return false;
        if (count == 1)
            e->output.letters[n++] = (char)c;
    }
    return true;
}

static bool read_equation(const hinge_string *text, struct equation *e)
{
    const char *at = text->bytes, *end = text->bytes + text->size;
    *e = (struct equation){.n = 0};
    for (;; at++) {
        if (e->n == MAX_OPERANDS || !take_term(&at, end, &e->operands[e->n++]))
            return false;
        if (at == end || *at != ',')
            break;
    }
    if (at == end)
        return imply_output(e);
    if (end - at < 2 || memcmp(at, "->", 2) != 0)
        return false;
    at += 2;
    return take_term(&at, end, &e->output) && at == end;
}

/* Whether a letter of an operand is in the output or another operand. */
static bool is_elsewhere(const struct equation *e, uint32_t operand, char letter)
{
    bool found = strchr(e->output.letters, letter) != NULL;
    for (uint32_t i = 0; i < e->n && !found; i++)
        found = i != operand && strchr(e->operands[i].letters, letter);
    return found;
}

/* "output,others->letters"; those of the operand alone were summed up, and are not there. */
static const char *write_equation(struct gradient *g, const struct equation *e, uint32_t operand,
                                  const char *letters)
{
    const size_t size = (size_t)(e->n + 2) * (MAX_LETTERS + 2);
    char *text = arena_alloc(&g->graph->arena, size);
    if (!text) {
        g->status = status_no_memory(g->run->error);
        return NULL;
    }
    size_t at = (size_t)snprintf(text, size, "%s", e->output.letters);
    for (uint32_t i = 0; i < e->n; i++)
        if (i != operand)
            at += (size_t)snprintf(text + at, size - at, ",%s", e->operands[i].letters);
    snprintf(text + at, size - at, "->%s", letters);
    return text;
}

static uint32_t by_operand(struct gradient *g, const struct equation *e, uint32_t operand)
{
    const char *all = e->operands[operand].letters;
    char letters[MAX_LETTERS + 1] = "";
    int64_t axes[MAX_LETTERS];
    size_t n = 0, n_axes = 0;
    uint32_t inputs[MAX_OPERANDS], n_inputs = 0;
    for (size_t i = 0; all[i]; i++)
        if (is_elsewhere(e, operand, all[i]))
            letters[n++] = all[i];
        else
            axes[n_axes++] = (int64_t)i;
    const char *text = write_equation(g, e, operand, letters);
    if (!text)
        return GRAPH_NONE;
    inputs[n_inputs++] = gradient_dy(g);
    for (uint32_t i = 0; i < e->n; i++)
        if (i != operand)
            inputs[n_inputs++] = g->node.inputs[i];
    const struct graph_attribute equation = {
        .name = "equation", .value = {.type = HINGE_ATTR_STRING, .s = {text, strlen(text)}}};
    uint32_t dx = gradient_node(g, "Einsum", inputs, n_inputs, &equation, 1);
    if (n_axes)
        dx = gradient_binary(g, "Unsqueeze", dx, gradient_list(g, axes, n_axes));
    /* Larger than the operand where that was broadcast. */
    const uint32_t x = g->node.inputs[operand];
    return gradient_sum_to(g, gradient_binary(g, "Expand", dx, gradient_shape(g, x)), x);
}

void gradient_einsum(struct gradient *g)
{
    struct equation e;
    const struct hinge_attribute *text = gradient_attribute(g, "equation", HINGE_ATTR_STRING);
    if (!read_equation(&text->s, &e) || e.n != g->node.n_inputs)
        gradient_fail(
            g, HINGE_UNSUPPORTED,
            "there is none with ellipses, a letter twice in a term, or more than %d terms",
            MAX_OPERANDS);
    for (uint32_t i = 0; i < g->node.n_inputs && !g->status; i++)
        if (g->is_wanted[i])
            g->dx[i] = by_operand(g, &e, i);
}
