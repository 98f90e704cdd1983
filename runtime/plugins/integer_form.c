#include "plugins/integer_form.h"

#include <stdlib.h>
#include <string.h>

static bool copy_word(char *to, size_t size, const char *from, size_t length)
{
    if (length == 0 || length >= size)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

/* Letters with a comma between them, and the bracket at the end. */
static bool are_inputs(const char *text)
{
    for (;;) {
        if (*text == '\0' || !strchr("abcdeABCDEy", *text))
            return false;
        text += strncmp(text + 1, "...", 3) == 0 && *text >= 'a' && *text <= 'e' ? 4 : 1;
        if (*text == ')')
            return text[1] == '\0';
        if (strncmp(text, ", ", 2) != 0)
            return false;
        text += 2;
    }
}

bool integer_form_read(const char *text, struct integer_form *form)
{
    const char *colons = strstr(text, "::"), *op = colons ? colons + 2 : text;
    const size_t length = strcspn(op, "-");
    form->domain[0] = '\0';
    if ((colons && !copy_word(form->domain, sizeof form->domain, text, (size_t)(colons - text))) ||
        !copy_word(form->op, sizeof form->op, op, length) || op[length] != '-')
        return false;
    const char *opset = op + length + 1;
    const size_t digits = strspn(opset, "0123456789");
    if (digits < 1 || digits > 6 || opset[digits] != '(')
        return false;
    form->opset = (uint32_t)strtoul(opset, NULL, 10);
    form->inputs = opset + digits + 1;
    return are_inputs(form->inputs);
}

bool integer_form_next(const char **at, uint32_t n_inputs, struct integer_input *input)
{
    *at += strspn(*at, ", ");
    const char letter = **at;
    if (letter == ')')
        return false;
    (*at)++;
    *input = (struct integer_input){.is_y = letter == 'y', .is_bias = letter <= 'E'};
    if (input->is_y)
        return true;
    input->first = (uint32_t)(letter - (input->is_bias ? 'A' : 'a'));
    input->end = **at == '.' ? n_inputs : input->first + 1;
    *at += strspn(*at, ".");
    return true;
}
