/* Tensors and sizes as text for a terminal; foreign names for any text that the command writes. */
#ifndef TOOL_TEXT_H
#define TOOL_TEXT_H

#include <hinge/hinge.h>
#include <stdio.h>

#define TEXT_SHAPE_SIZE 512
#define TEXT_NUMBER_SIZE 96

/* "[1,3,224,224]"; an unknown dimension is "?", an unknown rank "[…]". Returns text, which has
 * TEXT_SHAPE_SIZE bytes. */
const char *text_dims(char *text, const hinge_tensor *tensor);

/* Appends to the terminated text in a buffer of size bytes; cuts where it is full. */
void text_append(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One element as a person writes it; strings are quoted and cut. text has TEXT_NUMBER_SIZE bytes.
 */
const char *text_number(char *text, const hinge_tensor *tensor, int64_t index);

/* Reads one code point of at most size bytes; 0 where they are not UTF-8. */
size_t text_code_point(const char *text, size_t size, uint32_t *code);

/* U+FFFD, what is written for a byte that is not UTF-8. */
#define TEXT_REPLACEMENT "\xEF\xBF\xBD"

/* How the first character of a terminated text is written: names and sentences that come out of a
 * model must not steer the terminal, nor spoil a file. Control characters become "?", bytes that
 * are not UTF-8 TEXT_REPLACEMENT. Returns how many bytes of text it takes; 0 at the end. */
#define TEXT_CHARACTER_SIZE 5
size_t text_character(char shown[TEXT_CHARACTER_SIZE], const char *text);

/* Writes text in that way; at most width columns where width is positive. Returns how many it
 * takes.
 */
int text_print(FILE *file, const char *text, int width);
/* The same, filled up to width columns and followed by a space. */
void text_cell(FILE *file, const char *text, int width);

/* Whether stdout takes UTF-8 text. */
bool text_is_utf8(void);
/* A bar of up to width cells for share in [0, 1]. */
void text_bar(FILE *file, double share, int width);

#endif
