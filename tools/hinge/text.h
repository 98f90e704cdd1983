/* Tensors, sizes and foreign names as text for a terminal. */
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

/* Writes text with control characters replaced: names and sentences that come out of a model must
 * not steer the terminal. At most width columns where width is positive. */
void text_print(FILE *file, const char *text, int width);

/* Whether stdout takes UTF-8 text. */
bool text_is_utf8(void);
/* A bar of up to width cells for share in [0, 1]. */
void text_bar(FILE *file, double share, int width);

#endif
