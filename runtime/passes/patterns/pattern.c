#include "passes/patterns/pattern.h"

#include <string.h>

static uint32_t add_part(struct pattern *pattern, struct pattern_part part)
{
    if (pattern->n == PATTERN_MAX_PARTS)
        return PATTERN_MAX_PARTS;
    pattern->parts[pattern->n] = part;
    return pattern->n++;
}

static uint32_t read_number(void *user, double number)
{
    return add_part(user, (struct pattern_part){.kind = PATTERN_NUMBER, .number = number});
}

static uint32_t read_name(void *user, struct formula_name name)
{
    if (name.size != 1 || *name.text < 'a' || *name.text > 'z')
        return PATTERN_MAX_PARTS;
    return add_part(user, (struct pattern_part){.kind = PATTERN_LETTER, .letter = *name.text});
}

static uint32_t read_call(void *user, struct formula_name op, const uint32_t *arguments, uint32_t n)
{
    static const struct {
        const char *name;
        enum pattern_kind kind;
    } kinds[] = {{"Either", PATTERN_EITHER},
                 {"Mean", PATTERN_MEAN},
                 {"Turned", PATTERN_TURNED},
                 {"Rows", PATTERN_ROWS}};
    struct pattern_part part = {.kind = PATTERN_OP, .op = op, .n = n};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (formula_is(op, kinds[i].name))
            part.kind = kinds[i].kind;
    for (uint32_t i = 0; i < n; i++) {
        if (arguments[i] == PATTERN_MAX_PARTS)
            return PATTERN_MAX_PARTS;
        part.arguments[i] = arguments[i];
    }
    return add_part(user, part);
}

bool pattern_read(struct pattern *pattern, const char *text)
{
    static const struct formula_visitor visitor = {read_number, read_name, read_call};
    const char *at;
    pattern->n = 0;
    return formula_visit((struct formula_name){text, strlen(text)}, &visitor, pattern,
                         &pattern->root, &at) &&
           pattern->root < pattern->n;
}
