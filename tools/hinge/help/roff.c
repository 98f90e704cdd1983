#include "help/roff.h"

#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *escaped(char character)
{
    switch (character) {
    case '\\': return "\\e";
    case '-': return "\\-";
    case '\'': return "\\(aq";
    case '`': return "\\(ga";
    case '^': return "\\(ha";
    case '~': return "\\(ti";
    default: return NULL;
    }
}

static bool is_letter(const char *text, size_t size, size_t at)
{
    return at < size && isalpha((unsigned char)text[at]);
}

void roff_text(const char *text, size_t size, bool is_literal)
{
    if (size && *text == '.')
        fputs("\\&", stdout);
    for (size_t i = 0, n; i < size; i += n) {
        uint32_t code = 0;
        n = text_code_point(text + i, size - i, &code);
        n = n ? n : 1;
        const char *name = n == 1 ? escaped(text[i]) : NULL;
        bool joins =
            text[i] == '-' && i > 0 && is_letter(text, size, i - 1) && is_letter(text, size, i + 1);
        if (n > 1)
            printf("\\[u%04" PRIX32 "]", code);
        else if (name && (is_literal || !joins))
            fputs(name, stdout);
        else
            putchar(text[i]);
    }
}

void roff_paragraphs(const char *text)
{
    bool is_literal = false, is_first = true;
    while (*text) {
        size_t size = strcspn(text, "\n");
        bool indented = *text == ' ';
        if (indented != is_literal)
            puts(!indented ? ".EE" : is_first ? ".EX" : ".PP\n.EX");
        is_literal = indented;
        const bool is_title = size == strlen("Examples:") && strncmp(text, "Examples:", size) == 0;
        if (is_title) {
            puts(".SH EXAMPLES");
        } else if (size == 0) {
            puts(".PP");
        } else {
            roff_text(text, size, indented);
            putchar('\n');
        }
        is_first = is_title;
        text += size + (text[size] == '\n');
    }
    if (is_literal)
        puts(".EE");
}
