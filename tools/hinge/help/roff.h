/* Text for man(7). */
#ifndef TOOL_ROFF_H
#define TOOL_ROFF_H

#include <stdbool.h>
#include <stddef.h>

/* Writes size bytes of text to stdout as running text: nothing in it is a request, and what is not
 * ASCII is named. A hyphen between letters may become a typographical one; elsewhere, and
 * everywhere with is_literal, it stays what can be typed. */
void roff_text(const char *text, size_t size, bool is_literal);

/* Paragraphs: an empty line between them, lines that begin with a space as they are, and a line
 * "Examples:" as a section. */
void roff_paragraphs(const char *text);

#endif
