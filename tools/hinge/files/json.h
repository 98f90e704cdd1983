/* What the subcommands share in writing JSON. */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include "base/error.h"

#include <jansson.h>

/* A string that may hold bytes that are not UTF-8; each becomes U+FFFD. */
json_t *json_text(const char *text, size_t size);
/* The number, or null where JSON has none (NaN and the infinities). */
json_t *json_number(double value);
/* The number, or "NaN", "Infinity" or "-Infinity". */
json_t *json_any_number(double value);
/* [1, 3, null]: the dims of a tensor; null where its rank is not known. */
json_t *json_dims(const hinge_tensor *tensor);

/* Adds value, which is taken over, to an object or array. A value or object of NULL (no memory)
 * makes *good false. */
void json_put(json_t *object, const char *key, json_t *value, bool *good);
void json_add(json_t *array, json_t *value, bool *good);

/* Writes root to stdout (path NULL) or a file and releases it. good false is want of memory.
 * Failures are told on stderr; returns the exit status. */
int json_finish(json_t *root, bool good, const char *path);
/* The same, with 17 digits, which tell any double; otherwise 9, which tell any float. */
int json_finish_exact(json_t *root, bool good, const char *path);

#endif
