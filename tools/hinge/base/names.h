/* The order that people expect of names with numbers in them. */
#ifndef TOOL_NAMES_H
#define TOOL_NAMES_H

/* As strcmp, with numbers by value: "b9" before "b10". */
int names_compare(const char *a, const char *b);

#endif
