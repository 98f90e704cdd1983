/* The largest scores of an output, with the names of their classes. */
#ifndef TOOL_RUN_TOP_H
#define TOOL_RUN_TOP_H

#include "files/json.h"

#include <stdio.h>

struct run_top {
    const char *path; /* of the labels, one a line; NULL: none */
    uint64_t n;       /* how many; 0: the option was not given */
    unsigned char *text;
    const char **labels; /* in text */
    size_t n_labels;
};

/* Reads the labels, where there are any. On failure nothing is to be freed. */
bool run_top_open(struct run_top *top, hinge_error *error);
void run_top_close(struct run_top *top);

/* Whether the largest were asked for, and value has scores: floating numbers, whose last dimension
 * (those of 1 behind it aside) counts the labels, or, without labels, is above 1. */
bool run_top_has(const struct run_top *top, const hinge_tensor *value);
/* A table for each row of scores. Rows that are no probabilities (from 0 to 1, 1 in all) are shown
 * with their softmax, where all are finite. */
void run_top_print(FILE *file, const struct run_top *top, const char *name,
                   const hinge_tensor *value, hinge_type_code type);
/* The same of all rows, a list of objects for each: index, label, score and probability (null where
 * there is none). */
json_t *run_top_json(const struct run_top *top, const hinge_tensor *value);

#endif
